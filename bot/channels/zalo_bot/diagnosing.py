"""Looks at a Zalo Bot without changing anything, and tells an operator in Vietnamese."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from bot.channels.contract import Diagnosis, Mark
from bot.channels.zalo_bot.client import Answer, CallError, Client, NotReachedError
from bot.channels.zalo_bot.polling import webhook_url
from bot.channels.zalo_bot.settings import Mode, ZaloBotSettings

_SECONDS: Final = 8.0
_TIER: Final = Diagnosis(
    Mark.CAUTION,
    "Zalo Bot gói Cơ bản chỉ phục vụ 50 người và 3.000 tin nhắn mỗi tháng, không có nút bấm và không nhận vị trí.",
    "Chỉ dùng để thử, trình diễn hoặc báo tin cho cán bộ. Phục vụ người dân thì dùng Zalo OA.",
)


async def diagnoses(client: Client, settings: ZaloBotSettings) -> tuple[Diagnosis, ...]:
    """Return what was seen of the token, the webhook and the limits. Raises nothing."""
    try:
        bot = await client.call("getMe", {}, seconds=_SECONDS)
    except CallError as error:
        return (_unreached(error), _TIER)
    if not bot.ok:
        return (_refused(bot), _TIER)
    try:
        webhook = _webhook(await client.call("getWebhookInfo", {}, seconds=_SECONDS), settings)
    except CallError as error:
        webhook = _unreached(error)
    return (_known(bot), webhook, _TIER)


def _known(bot: Answer) -> Diagnosis:
    found = bot.result if isinstance(bot.result, dict) else {}
    name = found.get("account_name") or found.get("display_name") or found.get("id") or "không rõ tên"
    return Diagnosis(Mark.GOOD, f"Mã bot Zalo dùng được: {str(name)[:100]}.")


def _unreached(error: CallError) -> Diagnosis:
    if isinstance(error, NotReachedError):
        text = f"Không kết nối được tới máy chủ Zalo Bot ({error})."
    else:
        text = f"Máy chủ Zalo Bot không trả lời trọn vẹn ({error})."
    return Diagnosis(Mark.BAD, text, "Kiểm tra mạng, tường lửa và địa chỉ API đã cài, rồi chạy lại.")


def _refused(bot: Answer) -> Diagnosis:
    said = f"{bot.code} {bot.description}".strip()
    if not bot.is_own:
        return Diagnosis(
            Mark.BAD,
            f"Nơi trả lời không phải máy chủ Zalo Bot, hoặc máy chủ đang lỗi (HTTP {bot.status}).",
            "Kiểm tra mã bot (ZALO_BOT_TOKEN), địa chỉ API đã cài và tường lửa, rồi chạy lại.",
        )
    if bot.code in {401, 403, 404}:
        return Diagnosis(
            Mark.BAD,
            f"Mã bot (ZALO_BOT_TOKEN) hoặc địa chỉ API bị từ chối ({said}).",
            "Kiểm tra địa chỉ API đã cài. Nếu đúng, mở Zalo, vào OA “Zalo Bot Manager” lấy lại mã của bot rồi cài lại "
            "ZALO_BOT_TOKEN.",
        )
    return Diagnosis(Mark.BAD, f"Máy chủ Zalo Bot báo lỗi ({said}).", "Thử lại sau ít phút.")


def _webhook(answer: Answer, settings: ZaloBotSettings) -> Diagnosis:
    if not answer.ok:
        said = f"{answer.code} {answer.description}".strip()
        return Diagnosis(Mark.CAUTION, f"Không xem được webhook của bot ({said}).", "Thử lại sau ít phút.")
    url = webhook_url(answer)
    if settings.mode is Mode.POLLING:
        return _while_polling(url)
    if url == settings.webhook_url:
        return Diagnosis(Mark.GOOD, f"Webhook đã đặt đúng, về {_host(url)}.")
    told = f"đang đặt về {_host(url)}" if url else "chưa đặt"
    return Diagnosis(
        Mark.BAD,
        f"Webhook của bot {told}, không phải ZALO_BOT_WEBHOOK_URL đã cài.",
        "Khởi động lại trợ lý để đặt webhook; nếu vẫn sai, kiểm tra địa chỉ có dùng https và mở được từ Internet.",
    )


def _while_polling(url: str) -> Diagnosis:
    if not url:
        return Diagnosis(Mark.GOOD, "Bot nhận tin bằng cách tự hỏi máy chủ, không cần địa chỉ công khai.")
    return Diagnosis(
        Mark.CAUTION,
        f"Bot đang đặt webhook về {_host(url)} nên chưa tự hỏi tin được.",
        "Trợ lý sẽ gỡ webhook này khi khởi động. Nếu hệ thống khác đang dùng nó, hãy tạo bot riêng.",
    )


def _host(url: str) -> str:
    """Host and port of an address; not its path, which may be a secret of whoever set it, nor any password."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or "một địa chỉ lạ"
    except ValueError:
        return "một địa chỉ lạ"
