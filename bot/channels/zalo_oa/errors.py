"""What Zalo's error codes mean: what became of the message, and what an operator is told.

Zalo answers a refusal with HTTP 200 and a number in `error`; that number decides, not the status.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final, TypeAlias

from bot.channels.contract import (
    Halted,
    Outcome,
    Permanent,
    QuotaSpent,
    Retryable,
    Stopped,
    Throttled,
    WindowClosed,
)
from knowledge.clock import VIET_NAM

TOKEN_REFUSED: Final = frozenset({-216, -220})
"""The access token is invalid or expired; sources disagree which is which, so both ask for a refresh."""
UNSUITED: Final = frozenset({-235, -240, -224})
"""The way of sending does not suit this OA; another may."""
OF_THIS_WAY: Final = frozenset({-212, -223, -224, -235, -240, -320, -321})
"""What refuses templates or broadcasts as such: other ways of sending, so replies, go on."""
UPLOAD_EXPIRED: Final = -100
ODD_SHAPE: Final = frozenset({UPLOAD_EXPIRED, -201, -210, -233})
"""The message as it is shaped is refused: its words alone may be taken."""
TOO_FAST: Final = -32
_MORNING: Final = time(6)

_Becomes: TypeAlias = Callable[[str, datetime, float], Outcome]


@dataclass(frozen=True)
class Refusal:
    """One code: what it becomes, and what it says to an operator, in Vietnamese, with what to do."""

    code: int
    becomes: _Becomes
    told: str
    next_step: str = ""

    @property
    def reason(self) -> str:
        """What is kept with the message."""
        return f"{self.code}: {self.told}"


def _halted(reason: str, _now: datetime, _throttle_seconds: float) -> Outcome:
    return Halted(reason)


def _permanent(reason: str, _now: datetime, _throttle_seconds: float) -> Outcome:
    return Permanent(reason)


def _retryable(reason: str, _now: datetime, _throttle_seconds: float) -> Outcome:
    return Retryable(reason)


def _too_fast(_reason: str, _now: datetime, throttle_seconds: float) -> Outcome:
    return Throttled(throttle_seconds, whole_account=True)


def _stopped(reason: str, _now: datetime, _throttle_seconds: float) -> Outcome:
    return Stopped(reason)


def _window(reason: str, _now: datetime, _throttle_seconds: float) -> Outcome:
    return WindowClosed(reason)


def _night(reason: str, now: datetime, _throttle_seconds: float) -> Outcome:
    return WindowClosed(reason, next_morning(now))


def _account_quota(reason: str, _now: datetime, _throttle_seconds: float) -> Outcome:
    return QuotaSpent(reason, whole_account=True)


def _resident_quota(reason: str, _now: datetime, _throttle_seconds: float) -> Outcome:
    return QuotaSpent(reason)


_GRANT_AGAIN: Final = (
    "Quản trị viên OA vào developers.zalo.me → Công cụ và hỗ trợ → API Explorer, cấp lại OA Access Token, rồi đặt "
    "ZALO_OA_ACCESS_TOKEN và ZALO_OA_REFRESH_TOKEN mới và khởi động lại."
)
_ASK_ZALO: Final = "Hỏi Zalo bằng văn bản xem OA này được dùng cách gửi nào."

# Where sources leave a choice: -204, -205 and -242 concern the account or the app as a whole, so the account is halted
# rather than its messages used up one by one; -1441 and -1472 are taken for the resident's quota (unverified).
_ALL: Final = (
    # token
    Refusal(-216, _halted, "Zalo không chấp nhận mã truy cập (access token).", _GRANT_AGAIN),
    Refusal(-220, _halted, "Mã truy cập (access token) đã hết hạn hoặc bị thu hồi.", _GRANT_AGAIN),
    # transient
    Refusal(TOO_FAST, _too_fast, "Gửi quá nhanh: vượt số yêu cầu mỗi phút mà Zalo cho phép."),
    Refusal(UPLOAD_EXPIRED, _permanent, "Ảnh hoặc tệp đã tải lên Zalo quá 7 ngày nên hết hạn."),
    Refusal(-200, _retryable, "Zalo báo gửi tin không thành công."),
    # quota
    Refusal(-211, _account_quota, "OA đã dùng hết hạn mức gửi tin.", "Xem hạn mức và gói dịch vụ ở trang quản trị OA."),
    Refusal(-218, _resident_quota, "Người này đã nhận đủ số tin mà Zalo cho phép."),
    Refusal(-1441, _resident_quota, "Đã hết hạn mức tin gửi đến người này."),
    Refusal(-1472, _resident_quota, "Đã hết hạn mức tin truyền thông gửi đến người này."),
    # window
    Refusal(-213, _stopped, "Người này chưa quan tâm OA hoặc chưa từng nhắn cho OA."),
    Refusal(-217, _window, "Người này có thể đã chặn lời mời của OA."),
    Refusal(-227, _window, "Tài khoản Zalo của người này bị khóa hoặc đã hơn 45 ngày không hoạt động."),
    Refusal(-230, _window, "Người này không tương tác với OA trong 7 ngày qua."),
    Refusal(-232, _window, "Người này chưa tương tác với OA, hoặc lần tương tác cuối đã quá hạn."),
    Refusal(-234, _night, "Loại tin này không được gửi từ 22 giờ đến 6 giờ."),
    Refusal(-244, _stopped, "Người này đã chọn không nhận loại tin này từ OA."),
    # permanent
    Refusal(-201, _permanent, "Tin có tham số không hợp lệ."),
    Refusal(-210, _permanent, "Tin có tham số vượt giới hạn."),
    Refusal(-233, _permanent, "Zalo không hỗ trợ loại tin này."),
    Refusal(-248, _permanent, "Nội dung tin vi phạm tiêu chuẩn của Zalo.", "Xem lại nội dung theo chính sách OA."),
    Refusal(-249, _permanent, "Mẫu tin này không gửi được theo mã người dùng (UID).", "Tạo mẫu tin mới hỗ trợ UID."),
    # configuration
    Refusal(-204, _halted, "OA có thể đã bị khóa hoặc bị xóa.", "Kiểm tra trạng thái OA ở oa.zalo.me."),
    Refusal(-205, _halted, "Có thể không có OA này.", "Kiểm tra ZALO_OA_ID và ứng dụng có gắn đúng OA không."),
    Refusal(
        -209,
        _halted,
        "Ứng dụng Zalo chưa được kích hoạt.",
        "Vào developers.zalo.me → Cài đặt, bật trạng thái “Đang hoạt động”.",
    ),
    Refusal(
        -212,
        _halted,
        "Ứng dụng chưa đăng ký API này.",
        "Vào developers.zalo.me → Đăng ký sử dụng API → Official Account API.",
    ),
    Refusal(
        -219,
        _halted,
        "Ứng dụng đã bị gỡ khỏi OA hoặc bị vô hiệu hóa.",
        "Kiểm tra quyền quản trị và trạng thái ứng dụng, rồi cấp quyền lại cho OA.",
    ),
    Refusal(-221, _halted, "OA chưa được xác thực.", "Nộp hồ sơ xác thực OA ở oa.zalo.me."),
    Refusal(
        -223,
        _halted,
        "OA chưa cấp quyền API này cho ứng dụng (cũng có thể là hết hạn mức đăng bài).",
        "Mở lại danh sách quyền của ứng dụng và cấp quyền lại; kiểm tra cả hạn mức.",
    ),
    Refusal(
        -224,
        _halted,
        "Gói dịch vụ của OA không có tính năng này.",
        "OA doanh nghiệp: mua gói có OpenAPI (Tăng trưởng hoặc Toàn diện). OA cơ quan nhà nước: hỏi Zalo.",
    ),
    Refusal(-235, _halted, "API này không dùng được cho loại OA này (thường gặp ở OA cơ quan nhà nước).", _ASK_ZALO),
    Refusal(-240, _halted, "Zalo đã ngừng cách gửi tin đời v2 cho OA này.", _ASK_ZALO),
    Refusal(
        -242,
        _halted,
        "Zalo không chấp nhận yêu cầu này, có thể vì đòi appsecret_proof.",
        "Vào developers.zalo.me xem phần bảo mật của ứng dụng và báo người quản trị hệ thống.",
    ),
    Refusal(-320, _halted, "Ứng dụng có thể chưa liên kết Zalo Cloud Account (ZCA).", "Liên kết ZCA ở zalo.cloud."),
    Refusal(-321, _halted, "Zalo Cloud Account (ZCA) có thể hết tiền hoặc không trừ được tiền.", "Nạp tiền vào ZCA."),
    Refusal(-403, _halted, "OA không thuộc nhóm chat này.", "Kiểm tra danh sách nhóm của OA."),
)
REFUSALS: Final = {one.code: one for one in _ALL}

SETTING_UP: Final = {
    -14002: "Ứng dụng Zalo chưa hoạt động: vào developers.zalo.me → Cài đặt, bật trạng thái “Đang hoạt động”.",
    -14003: "Địa chỉ nhận kết quả (callback) không khớp: chép đúng địa chỉ đã lưu ở developers.zalo.me → Official "
    "Account → Thiết lập chung; đổi địa chỉ hay đổi quyền thì phải cấp quyền lại.",
}
"""What the OAuth server's codes mean that a wrong set-up brings."""
LOST: Final = frozenset({-14014})
"""The OAuth server's codes for a refresh token that is spent or invalid (unverified); all others are tried again."""
GRANT_AGAIN: Final = _GRANT_AGAIN


def outcome_of(code: int, now: datetime, throttle_seconds: float) -> Outcome:
    """Return what becomes of a message that was refused with `code`. A code that we do not know is final."""
    refusal = REFUSALS.get(code)
    if refusal is None:
        return Permanent(f"{code}: Zalo từ chối với mã lỗi chưa biết.")
    return refusal.becomes(refusal.reason, now, throttle_seconds)


def told(code: int) -> tuple[str, str]:
    """Return a code in words for an operator, and what to do next."""
    refusal = REFUSALS.get(code)
    if refusal:
        return refusal.reason, refusal.next_step
    return f"{code}: Zalo từ chối với mã lỗi chưa biết.", SETTING_UP.get(code, "")


def next_morning(now: datetime) -> datetime:
    """Return the next 6 o'clock in Viet Nam, when the night's rule ends."""
    here = now.astimezone(VIET_NAM)
    day = here.date() + timedelta(days=here.time() >= _MORNING)
    return datetime.combine(day, _MORNING, VIET_NAM)
