"""Why a report is not taken: a short list of reasons, and what its resident reads of each before the officer's words.

None of them silences anybody: whoever sent it may ask once for another look, and may send the next report as ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class RejectReason(StrEnum):
    """Why a report is not taken."""

    SPAM = "spam"
    ABUSE = "abuse"
    UNCLEAR = "unclear"
    OUTSIDE = "outside"
    UNFOUNDED = "unfounded"
    SETTLED = "settled"


POLITE: Final[Mapping[RejectReason, str]] = {
    RejectReason.SPAM: "Tin này chưa nêu một việc cụ thể về phòng cháy, chữa cháy.",
    RejectReason.ABUSE: "Cán bộ muốn nghe việc bạn gặp phải, nhưng chưa thể chuyển đi khi nội dung có lời xúc phạm "
    "người khác. Bạn viết lại giúp, chỉ nêu sự việc: ở đâu, khi nào, như thế nào.",
    RejectReason.UNCLEAR: "Thông tin chưa đủ để tìm ra nơi hoặc việc bạn phản ánh. Bạn ghi rõ thêm địa điểm và sự việc "
    "thì cán bộ xem lại được.",
    RejectReason.OUTSIDE: "Việc bạn nêu đáng quan tâm, nhưng không thuộc lĩnh vực phòng cháy, chữa cháy mà kênh này "
    "tiếp nhận.",
    RejectReason.UNFOUNDED: "Cán bộ đã tìm hiểu và hiện chưa thấy tình trạng như phản ánh; có thể nó đã thay đổi sau "
    "khi bạn gửi.",
    RejectReason.SETTLED: "Việc này đã được giải quyết từ trước khi phản ánh của bạn tới nơi.",
}
