"""Which kinds of agencies usually handle a report: a hint in words for officers, who decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.feedback.kinds import Category

_COMMUNE: Final = "UBND cấp xã"
_POLICE: Final = "Công an cấp xã"
_FIRE_POLICE: Final = "Phòng Cảnh sát PCCC và CNCH, Công an cấp tỉnh"
_POWER: Final = "Điện lực (đơn vị bán lẻ điện)"
_PREMISES: Final = (_COMMUNE, _FIRE_POLICE)

WHO_MANAGES: Final = (
    "Nhà ở kết hợp kinh doanh từ 50 m² đến dưới 200 m² do UBND cấp xã quản lý, từ 200 m² do cơ quan Công an "
    "(Nghị định 105/2025/NĐ-CP, Điều 42 khoản 2 điểm a). Mặt trận không kiểm tra, không xử phạt."
)
HINTS: Final[Mapping[Category, tuple[str, ...]]] = {
    Category.BLOCKED_EXIT: _PREMISES,
    Category.LOCKED_EXIT: _PREMISES,
    Category.CAGE: (_COMMUNE, _POLICE),
    Category.BLOCKED_LANE: (_COMMUNE, _POLICE),
    Category.WIRING: (_COMMUNE, _POWER),
    Category.CHARGING: _PREMISES,
    Category.HYDRANT: (_COMMUNE, _FIRE_POLICE, "Đơn vị cấp nước"),
    Category.STORAGE: _PREMISES,
    Category.EQUIPMENT: _PREMISES,
    Category.HAZARD_OTHER: (_COMMUNE, _POLICE),
    Category.OFFICIALS: ("Cơ quan cấp trên trực tiếp của cán bộ bị phản ánh",),
    Category.PREMISES: _PREMISES,
    Category.SLOW: ("Cơ quan đang giải quyết thủ tục, hoặc cơ quan cấp trên của nơi đó",),
    Category.NEEDLESS: ("Cơ quan đang giải quyết thủ tục, hoặc cơ quan cấp trên của nơi đó",),
}
"""By category, the likeliest first; opinions, good practice, praise and questions are for MTTQ itself."""


def hint(category: Category) -> str:
    """Return the hint for a category in one line; "" where there is none.

    >>> hint(Category.CAGE)
    'UBND cấp xã; Công an cấp xã'
    """
    return "; ".join(HINTS.get(category, ()))
