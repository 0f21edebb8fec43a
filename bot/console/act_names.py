"""What people read of the acts in the log. An act that is missing here is shown by its own name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot.console.permissions import ROLES
from bot.feedback.lifecycle import STATES

ACTS: Final[Mapping[str, str]] = {
    "sign-in": "Đăng nhập",
    "sign-in.refused": "Đăng nhập bị từ chối",
    "sign-out": "Đăng xuất",
    "sign-out.everywhere": "Đăng xuất mọi nơi",
    "refused": "Mở trang không có quyền",
    "staff.add": "Thêm tài khoản",
    "staff.describe": "Sửa họ tên, chức vụ",
    "staff.entitle": "Đổi vai trò, địa bàn",
    "staff.enable": "Mở tài khoản",
    "staff.disable": "Tắt tài khoản",
    "staff.reset-password": "Cấp lại mật khẩu",
    "staff.reset-totp": "Cấp lại mã xác thực",
    "staff.unlock": "Bỏ khóa tạm",
    "staff.choose-password": "Tự đổi mật khẩu",
    "staff.set-totp": "Thiết lập mã xác thực",
    "report verify": "Xác minh phản ánh",
    "report forward": "Chuyển phản ánh",
    "report take_up": "Ghi nhận cơ quan tiếp nhận",
    "report answer": "Ghi trả lời của cơ quan",
    "report reply": "Trả lời người dân",
    "report reopen": "Mở lại phản ánh",
    "report close": "Đóng phản ánh",
    "report reject": "Không tiếp nhận phản ánh",
    "report restore": "Khôi phục phản ánh",
    "report merge": "Gộp phản ánh",
    "report part": "Tách phản ánh đã gộp",
    "report noted": "Ghi chú nội bộ",
    "report written": "Viết cho người dân",
    "report claimed": "Nhận xử lý phản ánh",
    "report handed_over": "Giao phản ánh cho người khác",
    "report unclaimed": "Thôi xử lý phản ánh",
    "report moderated": "Biên tập nội dung phản ánh",
    "report contact seen": "Mở thông tin liên hệ",
    "report originals seen": "Xem nội dung gốc",
    "report original photo seen": "Xem ảnh gốc",
    "report original restored": "Khôi phục nội dung gốc",
    "reports exported": "Xuất danh sách phản ánh",
    "campaign results exported": "Xuất kết quả chiến dịch",
    "agency added": "Thêm cơ quan",
    "agency changed": "Sửa cơ quan",
    "agency switched on": "Dùng lại cơ quan",
    "agency switched off": "Ngừng dùng cơ quan",
    "agency told": "Báo cho cơ quan",
    "dispatch resent": "Gửi lại cho cơ quan",
    "dispatch link renewed": "Đổi đường dẫn cho cơ quan",
    "dispatch printed": "In đường dẫn cho cơ quan",
    "office changed": "Sửa tên đơn vị ban hành",
    "question answered": "Trả lời câu hỏi",
    "question put aside": "Bỏ qua câu hỏi",
    "draft.created": "Soạn thẻ kiến thức",
    "draft.saved": "Lưu thẻ kiến thức",
    "draft.submitted": "Gửi duyệt thẻ kiến thức",
    "draft.given-back": "Trả lại thẻ kiến thức",
    "draft.published": "Duyệt và đăng thẻ kiến thức",
    "draft.discarded": "Bỏ thẻ kiến thức",
    "schedule added": "Thêm lịch báo cáo",
    "schedule switched on": "Bật lịch báo cáo",
    "schedule switched off": "Tắt lịch báo cáo",
    "monitoring report drafted": "Lập dự thảo báo cáo",
    "monitoring report edited": "Sửa dự thảo báo cáo",
    "monitoring comment added": "Góp ý dự thảo báo cáo",
    "monitoring figures taken anew": "Lấy lại số liệu báo cáo",
    "monitoring report issued": "Ban hành báo cáo",
    "monitoring report discarded": "Bỏ dự thảo báo cáo",
    "monitoring file taken": "Tải tệp báo cáo",
    "campaign create": "Lập chiến dịch",
    "campaign save": "Sửa chiến dịch",
    "campaign submit": "Gửi duyệt chiến dịch",
    "campaign send_back": "Trả lại chiến dịch để sửa",
    "campaign approve": "Duyệt chiến dịch",
    "campaign freeze": "Chốt danh sách người nhận của chiến dịch",
    "campaign revise": "Đưa chiến dịch về bản soạn",
    "campaign begin": "Bắt đầu gửi chiến dịch",
    "campaign pause": "Tạm dừng chiến dịch",
    "campaign resume": "Gửi tiếp chiến dịch",
    "campaign complete": "Kết thúc chiến dịch",
    "campaign retry": "Gửi lại cho người gửi không được",
    "campaign fail": "Chiến dịch không thực hiện được",
    "campaign cancel": "Hủy chiến dịch",
    "campaign repeat": "Tự lập bản soạn cho kỳ tiếp theo",
    "campaign series_end": "Ngừng lặp lại chiến dịch",
}
_DETAILS: Final[Mapping[str, str]] = {
    "name": "họ tên",
    "roles": "vai trò",
    "places": "địa bàn",
    "place": "địa bàn",
    "from": "từ địa chỉ",
    "what": "bước",
    "counted": "tính là một lần sai",
    "locks": "khóa tạm",
    "page": "trang",
    "before": "trước",
    "after": "sau",
    "field": "mục",
    "to": "giao cho",
    "report": "phản ánh số",
    "reports": "số phản ánh",
    "agency": "cơ quan số",
    "file": "tệp",
    "number": "số",
    "version": "bản",
    "path": "thẻ",
    "filter": "bộ lọc",
    "words": "tìm theo chữ",
    "period": "kỳ",
    "due_days": "hạn (ngày)",
    "kit": "bộ mẫu",
    "occasion": "dịp",
    "of": "theo chiến dịch số",
    "day": "ngày",
    "urgent": "cho gửi khẩn",
    "table": "bảng",
    "campaign": "chiến dịch số",
}
_VALUES: Final[Mapping[str, str]] = {
    **{role.value: words for role, words in ROLES.items()},
    **{state.value: words for state, words in STATES.items()},
    "password": "mật khẩu",
    "code": "mã xác thực",
}


PROGRAMS: Final[Mapping[str, str]] = {
    "campaigns": "hệ thống (chiến dịch)",
    "schedule": "hệ thống (lịch báo cáo)",
}
"""Who in the log is no member of the staff."""


def explained(details: Mapping[str, Any]) -> str:
    """Return the details of an act as one line for people.

    >>> explained({"roles": ["viewer"], "locks": True})
    'vai trò: Người xem; khóa tạm: có'
    """
    return "; ".join(f"{_DETAILS.get(key, key)}: {_shown(value)}" for key, value in details.items())


def _shown(value: object) -> str:
    if value is None:
        return "không có"
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, Mapping):
        return f"({explained(value)})"
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value) or "không có"
    return _VALUES.get(str(value), str(value))
