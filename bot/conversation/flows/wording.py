"""What forms say, whatever they are about."""

from __future__ import annotations

from typing import Final

STEP: Final = "{title} ({number}/{count})"
SKIP: Final = "Bỏ qua câu này"
BACK: Final = "Quay lại"
CANCEL: Final = "Thôi, không làm nữa"
RESUME: Final = "Làm tiếp: {title}"
CANCELLED: Final = (
    "Mình đã dừng “{title}”, không lưu gì của phần này. Bạn cứ hỏi việc khác. Đang có cháy: gọi 114 ngay."
)
OLD_BUTTON: Final = "Nút này thuộc câu hỏi trước nên không còn tác dụng, chưa có gì thay đổi."
CANNOT_SKIP: Final = "Câu này mình cần mới làm tiếp được. Bạn trả lời giúp mình, hoặc thôi không làm nữa cũng được."
NOTHING_BEFORE: Final = "Đây là câu đầu tiên rồi."
STUCK: Final = "Nếu chưa tiện, bạn bấm “Thôi, không làm nữa”, không sao cả."
STUCK_OPTIONAL: Final = "Nếu chưa tiện, bạn bấm “Bỏ qua câu này” hoặc “Thôi, không làm nữa”, không sao cả."
NOT_STORED: Final = (
    "Mình chưa lưu được vì hệ thống đang trục trặc. Những gì bạn đã điền vẫn còn, bạn bấm lại sau ít phút nhé."
)
CANNOT_NOW: Final = (
    "Việc này cần lưu lại mà hệ thống đang trục trặc, bạn thử lại sau ít phút nhé. Đang có cháy: gọi 114 ngay."
)
EXPIRED: Final = "Phần “{title}” bạn làm dở đã lâu nên mình đã bỏ, không giữ lại gì."
PAUSED: Final = "Bạn còn phần “{title}” đang làm dở."
SOME_FORM: Final = "biểu mẫu"
YES: Final = "Đồng ý"
