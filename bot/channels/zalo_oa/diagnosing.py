"""Looks at an account for `python -m bot doctor`, and says in Vietnamese how it stands and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from bot.channels.contract import Diagnosis, Mark
from bot.channels.zalo_oa.capabilities import Capabilities, Capability, unknown_events
from bot.channels.zalo_oa.client import Answer, NoAnswerError, NotSentError, ZaloClient
from bot.channels.zalo_oa.errors import GRANT_AGAIN, SETTING_UP, TOKEN_REFUSED, told
from bot.channels.zalo_oa.quota import SPENT
from bot.channels.zalo_oa.settings import ZaloOaSettings
from bot.channels.zalo_oa.uploads import COUNTED, month_of
from bot.store.channel_tokens import ChannelTokens, StoredPair
from bot.store.quotas import Quota, Quotas
from bot.store.sealing import SealedDataError
from knowledge.clock import VIET_NAM

_PROFILE: Final = "/v2.0/oa/getoa"
_BUSINESS: Final = 2
_GOVERNMENT: Final = 4
_TYPES: Final = {_BUSINESS: "doanh nghiệp", _GOVERNMENT: "cơ quan nhà nước"}
_GRANT_LIFE: Final = timedelta(days=90)
_ASK_AGAIN_BEFORE: Final = timedelta(days=14)
_LOW: Final = 0.1
_NAMES: Final = {
    Capability.CS_V3: "tin tư vấn (v3)",
    Capability.CS_V2: "tin tư vấn (v2)",
}
_MASS: Final = {
    Capability.TEMPLATE: (
        "tin mẫu (template theo UID)",
        "ai quá 7 ngày không nhắn thì chiến dịch không tới được qua Zalo",
    ),
    Capability.BROADCAST: ("phát bài viết (broadcast)", "chiến dịch vẫn gửi từng người, không phát bài viết"),
}
"""Ways of reaching many, and what it means when one is refused."""
_LEFT_OUT: Final = {
    Capability.SHORT_CALLS: ("nút gọi số ngắn như 114", "số được ghi trong tin"),
    Capability.CALLS: ("nút gọi điện", "số được ghi trong tin"),
    Capability.LINKS: ("nút mở trang", "địa chỉ được ghi trong tin"),
    Capability.BUTTONS: ("nút chọn", "các lựa chọn được đánh số trong tin"),
    Capability.PICTURES: ("tin có ảnh", "tin đi không kèm ảnh, chỉ có lời tả ảnh"),
    Capability.UPLOADS: ("tải ảnh lên", "tin đi không kèm ảnh, chỉ có lời tả ảnh"),
}
_ASK: Final = "Hỏi Zalo bằng văn bản OA này được dùng cách gửi nào."
_OF_RESIDENTS: Final = frozenset({"cs_reply", "reply", "promotion"})
"""Quotas of one resident: what was read last is somebody's, and nobody can buy more."""
_RESIDENTS_PERIOD: Final = timedelta(hours=48)


class Doctor:
    """Looks at one account without changing anything: no token is refreshed and no message sent."""

    def __init__(
        self,
        settings: ZaloOaSettings,
        client: ZaloClient,
        account: int,
        *,
        tokens: ChannelTokens,
        capabilities: Capabilities,
        quotas: Quotas,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._client = client
        self._tokens = tokens
        self._capabilities = capabilities
        self._quotas = quotas
        self._account = account
        self._now = now

    async def look(self) -> tuple[Diagnosis, ...]:
        """Return what was found. Raises nothing."""
        found = [*self._settings_given()]
        try:
            stored = await self._tokens.load(self._account)
            known = await self._capabilities.all()
            found += [*self._token(stored), *self._exchange(known), *await self._profile(stored)]
            found += [self._ways(known), *self._mass(known), *self._left_out(known), *self._events(known)]
            found += [self._quota(one) for one in await self._quotas.every(self._account) if self._is_of_now(one)]
        except SealedDataError:
            found.append(_bad("Không mở được mã truy cập đã lưu bằng khóa DATA_KEY hiện tại.", GRANT_AGAIN))
        except (SQLAlchemyError, OSError) as error:
            found.append(_bad(f"Không đọc được cơ sở dữ liệu ({type(error).__name__}).", "Kiểm tra DATABASE_URL."))
        return tuple(found)

    def _settings_given(self) -> list[Diagnosis]:
        secrets = sum(bool(one) for one in self._settings.webhook_secrets)
        found = [
            _good(f"Có {secrets} khóa để kiểm tra chữ ký webhook; nhật ký ghi khóa nào khớp.")
            if secrets
            else _bad(
                "Chưa có khóa để kiểm tra chữ ký webhook nên mọi sự kiện đều bị từ chối.",
                "Đặt ZALO_OA_SECRETS: “OA Secret Key” ở trang Webhook, thêm cả khóa bí mật của ứng dụng.",
            )
        ]
        if self._settings.verifier_path:
            found.append(_good(f"Tệp xác minh tên miền có ở {self._settings.verifier_path}."))
        else:
            found.append(
                _caution(
                    "Chưa đặt mã xác minh tên miền.",
                    "Lấy mã ở developers.zalo.me → Xác thực domain rồi đặt ZALO_OA_VERIFIER (bỏ qua nếu đã xác thực).",
                )
            )
        return found

    def _token(self, stored: StoredPair | None) -> list[Diagnosis]:
        if stored is None:
            return [_bad("Chưa có mã truy cập của OA.", GRANT_AGAIN)]
        if stored.failure is not None:
            return [_bad(f"Lần làm mới mã truy cập gần nhất thất bại: {stored.failure}", GRANT_AGAIN)]
        if stored.refreshing_since is not None:
            return [
                _caution(
                    f"Có một lần làm mới mã truy cập bắt đầu lúc {_spoken(stored.refreshing_since)} chưa xong.",
                    "Chạy lại lệnh này sau ít phút; nếu vẫn vậy thì khởi động lại hệ thống để thử lại.",
                )
            ]
        until = stored.refreshed_at + _GRANT_LIFE
        if until - self._now() < _ASK_AGAIN_BEFORE:
            return [_caution(f"Quyền của OA sẽ hết hạn khoảng {_spoken(until)} nếu không được làm mới.", GRANT_AGAIN)]
        if not stored.pair.access or stored.pair.expires_at <= self._now():
            return [
                _caution(
                    f"Mã truy cập đã hết hạn lúc {_spoken(stored.pair.expires_at)}; sẽ tự làm mới khi gửi tin.",
                    "Kiểm tra hệ thống có đang chạy không: bình thường cứ 12 giờ mã được làm mới một lần.",
                )
            ]
        return [_good(f"Mã truy cập còn hạn đến {_spoken(stored.pair.expires_at)} (lần cấp thứ {stored.version}).")]

    def _exchange(self, known: Mapping[str, Any]) -> list[Diagnosis]:
        """Tell of an exchange that Zalo refused and that is tried again."""
        record = known.get(Capability.OAUTH.value)
        if not isinstance(record, Mapping) or record.get("can") is not False:
            return []
        code = _number(record.get("code"))
        shown = f"lỗi {code}" if code else "câu trả lời lạ"
        return [
            _bad(
                f"Lần đổi mã truy cập gần nhất bị Zalo từ chối ({shown}); hệ thống sẽ tự thử lại.",
                SETTING_UP.get(code, f"Tra mã lỗi này trong tài liệu Zalo OA. Nếu không tự hết: {GRANT_AGAIN}"),
            )
        ]

    async def _profile(self, stored: StoredPair | None) -> list[Diagnosis]:
        if stored is None or not stored.pair.access:
            return []
        try:
            answer = await self._client.get(_PROFILE, stored.pair.access)
        except (NotSentError, NoAnswerError) as error:
            return [
                _bad(
                    f"Không kết nối được {self._settings.api_url} ({type(error).__name__}).",
                    "Kiểm tra mạng, tường lửa và DNS của máy chủ; Zalo có thể đòi địa chỉ IP ở Việt Nam.",
                )
            ]
        if answer.error != 0:
            return [self._refused(answer)]
        return [*self._about(answer.data), *self._rate()]

    def _refused(self, answer: Answer) -> Diagnosis:
        if answer.error is None:
            return _bad(
                f"Zalo trả lời không đọc được (HTTP {answer.status}).", "Thử lại sau ít phút; kiểm tra ZALO_OA_API."
            )
        text, next_step = told(answer.error)
        if answer.error in TOKEN_REFUSED:
            return _caution(f"{text} Hệ thống sẽ tự làm mới khi gửi tin.", f"Nếu vẫn lỗi: {next_step}")
        return _bad(text, next_step or "Tra mã lỗi này trong tài liệu Zalo OA.")

    def _about(self, profile: Mapping[str, Any]) -> list[Diagnosis]:
        name = str(profile.get("name") or profile.get("oa_name") or self._settings.oa_id)[:100]
        kind = _number(profile.get("oa_type"))
        known = str(profile.get("oaid") or profile.get("oa_id") or self._settings.oa_id)
        if known != self._settings.oa_id:
            return [_bad(f"Mã truy cập là của OA khác ({known}).", "Cấp mã truy cập cho đúng OA, hoặc sửa ZALO_OA_ID.")]
        found = []
        if str(profile.get("is_verified")).lower() in {"true", "1"}:
            found.append(_good(f"OA “{name}” đã được xác thực, loại: {_TYPES.get(kind, f'mã {kind}')}."))
        else:
            found.append(_caution(f"OA “{name}” chưa được xác thực.", told(-221)[1]))
        package = str(profile.get("package_name") or "")[:100]
        until = str(profile.get("package_valid_through_date") or "")[:40]
        if package:
            found.append(_good(f"Gói dịch vụ: {package}{f', đến {until}' if until else ''}."))
        else:
            found.append(
                _caution(
                    "Không rõ gói dịch vụ của OA.",
                    "Gửi tin qua OpenAPI cần gói Tăng trưởng hoặc Toàn diện."
                    if kind == _BUSINESS
                    else "Hỏi Zalo bằng văn bản OA này cần gói nào để gửi tin qua OpenAPI.",
                )
            )
        if kind == _GOVERNMENT:
            found.append(
                _caution(
                    "OA cơ quan nhà nước có thể không được dùng một số cách gửi (lỗi -235).",
                    "Hỏi Zalo bằng văn bản OA này được dùng cách nào trước khi hứa gửi tin hàng loạt.",
                )
            )
        return found

    def _rate(self) -> list[Diagnosis]:
        rate = self._client.rate
        if rate is None or rate.limit is None:
            return []
        left = "" if rate.remaining is None else f", còn {rate.remaining}"
        text = f"Zalo cho {rate.limit} yêu cầu{left}; hệ thống đang giữ mức {self._settings.per_minute} một phút."
        if rate.limit < self._settings.per_minute:
            return [_caution(text, f"Giảm ZALO_OA_PER_MINUTE xuống {rate.limit} nếu hạn mức này tính theo phút.")]
        return [_good(text)]

    def _ways(self, known: Mapping[str, Any]) -> Diagnosis:
        said, refused = [], False
        for way in _NAMES:
            record = known.get(way.value)
            can = record.get("can") if isinstance(record, Mapping) else None
            refused = refused or can is False
            code = f" ({record.get('code')})" if can is False and isinstance(record, Mapping) else ""
            said.append(f"{_NAMES[way]}: {'được' if can else 'không được' if can is False else 'chưa rõ'}{code}")
        text = f"Cách gửi của OA — {'; '.join(said)}."
        if not refused:
            return _good(text)
        return _caution(text, "Hỏi Zalo bằng văn bản nếu cần cách gửi đang bị từ chối; hệ thống tự thử lại sau 7 ngày.")

    def _mass(self, known: Mapping[str, Any]) -> list[Diagnosis]:
        """Tell whether templates and broadcasts are allowed, as far as was seen."""
        return [self._allowed(one, known.get(one.value)) for one in _MASS]

    def _allowed(self, one: Capability, record: object) -> Diagnosis:
        name, instead = _MASS[one]
        can = record.get("can") if isinstance(record, Mapping) else None
        if can is True:
            return _good(f"OA được dùng {name}.")
        if can is None or not isinstance(record, Mapping):
            return Diagnosis(
                Mark.GOOD,
                f"Chưa rõ OA có được dùng {name} không: hệ thống chỉ biết sau lần gửi đầu tiên.",
                "Hỏi Zalo bằng văn bản trước khi lập chiến dịch cần cách gửi này.",
            )
        code = _number(record.get("code"))
        again = "sẽ tự thử lại sau" if self._capabilities.known_barred(one) else "lần gửi tới sẽ thử lại"
        return _caution(f"OA không được dùng {name} (lỗi {code}): {instead}; {again}.", told(code)[1] or _ASK)

    def _left_out(self, known: Mapping[str, Any]) -> list[Diagnosis]:
        """Tell of buttons and pictures that Zalo lately refused."""
        found = []
        for one, (name, instead) in _LEFT_OUT.items():
            record = known.get(one.value)
            if isinstance(record, Mapping) and self._capabilities.known_barred(one):
                code = _number(record.get("code"))
                next_step = told(code)[1] or "Không phải làm gì ngay; hệ thống sẽ tự thử lại sau."
                found.append(_caution(f"Zalo từ chối {name} (lỗi {code}): {instead}.", next_step))
        return found

    def _events(self, known: Mapping[str, Any]) -> list[Diagnosis]:
        names = unknown_events(known)
        if not names:
            return []
        return [
            _caution(
                f"Sự kiện chưa biết: {', '.join(names)}.",
                "Nếu có tên của sự kiện người dân rút lại đồng ý thì thêm vào ZALO_OA_WITHDRAWAL_EVENTS; các tên khác "
                "báo cho người bảo trì phần mềm.",
            )
        ]

    def _is_of_now(self, quota: Quota) -> bool:
        """Whether what was read still holds: packages count by the month, residents by two days."""
        if quota.kind in _OF_RESIDENTS:
            return self._now() - quota.read_at <= _RESIDENTS_PERIOD
        return quota.read_at >= month_of(self._now())

    def _quota(self, quota: Quota) -> Diagnosis:
        if quota.kind == SPENT:
            return _caution(f"Zalo báo OA đã dùng hết hạn mức gửi tin (lúc {_spoken(quota.read_at)}).", told(-211)[1])
        of = "" if quota.total is None else f"/{quota.total}"
        left = "không rõ" if quota.remaining is None else f"{quota.remaining}{of}"
        name = "Lượt tải ảnh lên trong tháng" if quota.kind == COUNTED else f"Hạn mức “{quota.kind}”"
        text = f"{name}: còn {left} (lúc {_spoken(quota.read_at)})."
        if quota.kind in _OF_RESIDENTS or quota.remaining is None or quota.remaining > _LOW * (quota.total or 0):
            return _good(text)
        if quota.kind == COUNTED:
            return _caution(text, "Không phải làm gì: khi hết lượt, tin đi không kèm ảnh cho đến đầu tháng sau.")
        return _caution(text, "Mua thêm hạn mức hoặc chờ sang kỳ mới.")


def _good(text: str) -> Diagnosis:
    return Diagnosis(Mark.GOOD, text)


def _caution(text: str, next_step: str) -> Diagnosis:
    return Diagnosis(Mark.CAUTION, text, next_step)


def _bad(text: str, next_step: str) -> Diagnosis:
    return Diagnosis(Mark.BAD, text, next_step)


def _spoken(at: datetime) -> str:
    return f"{at.astimezone(VIET_NAM):%H:%M ngày %d/%m/%Y}"


def _number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0
