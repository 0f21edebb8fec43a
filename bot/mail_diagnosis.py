"""What `python -m bot doctor` says about mail to agencies."""

from __future__ import annotations

from collections.abc import Callable

from bot.channels.contract import Diagnosis, Mark
from bot.feedback.mail import Mailer, MailSettings
from bot.settings import Settings


async def diagnose_mail(settings: Settings, mailer: Callable[[MailSettings], Mailer] = Mailer) -> Diagnosis:
    """Say whether mail can be sent to agencies; connects to the server and signs in, but sends nothing."""
    if settings.mail is None:
        return Diagnosis(
            Mark.CAUTION,
            "Chưa đặt SMTP_URL và MAIL_FROM: phản ánh chỉ chuyển cho cơ quan được bằng phiếu in.",
            "Muốn gửi thư cho cơ quan: đặt hai mục này theo docs/settings.md.",
        )
    where = f"{settings.mail.host}:{settings.mail.port}"
    if settings.public_url is None:
        return Diagnosis(
            Mark.BAD,
            f"Có máy chủ thư {where} nhưng chưa có PUBLIC_URL, nên thư không có đường dẫn để cơ quan trả lời.",
            "Đặt PUBLIC_URL là địa chỉ https của máy chủ này.",
        )
    wrong = await mailer(settings.mail).reachable()
    if wrong is not None:
        return Diagnosis(
            Mark.BAD,
            f"Không dùng được máy chủ thư {where}: {wrong}.",
            "Xem lại SMTP_URL (địa chỉ, cổng, tên đăng nhập, mật khẩu) và tường lửa của máy chủ.",
        )
    return Diagnosis(Mark.GOOD, f"Đăng nhập được máy chủ thư {where}; thư gửi đi từ {settings.mail.sender.addr_spec}.")
