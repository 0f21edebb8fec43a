"""Figures of residents: what they asked the assistant, who receives its news, and who had their data erased."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bot.monitoring.figures import Figure, counted_elsewhere
from bot.monitoring.material import Material, Name

_EVERYWHERE: Final = "Tính trên toàn hệ thống (câu hỏi không gắn địa bàn), trên các hội thoại còn lưu khi lấy số liệu."


def of_questions(material: Material, topic_name: Name) -> Iterator[Figure]:
    """Count questions. Not compared: conversations go with time, those of the period before sooner."""
    now = material.beside
    told = f"Số lượt trợ lý trả lời từ thẻ kiến thức. {_EVERYWHERE}"
    yield counted_elsewhere("hd.tra-loi", "Lượt hỏi được trả lời", told, (now.answers, None))
    for topic, number in sorted(now.answered.items(), key=lambda one: (-one[1], one[0])):
        name = f"Chủ đề “{topic_name(topic)}”"
        told = f"Số lượt trả lời từ thẻ thuộc chủ đề này; một lượt có thể thuộc nhiều chủ đề. {_EVERYWHERE}"
        yield counted_elsewhere(f"hd.chu-de.{topic}", name, told, (number, None))
    asked = f"Số câu hỏi trợ lý chưa có câu trả lời, giữ lại cho cán bộ. {_EVERYWHERE}"
    yield counted_elsewhere("hd.chua-tra-loi", "Câu hỏi chưa có câu trả lời", asked, (now.unanswered, None), "câu hỏi")
    up = f"Số câu trả lời được người dân đánh giá hữu ích. {_EVERYWHERE}"
    yield counted_elsewhere("hd.huu-ich", "Đánh giá hữu ích", up, (now.thumbs_up, None))
    down = f"Số câu trả lời bị người dân đánh giá chưa hữu ích. {_EVERYWHERE}"
    yield counted_elsewhere("hd.chua-huu-ich", "Đánh giá chưa hữu ích", down, (now.thumbs_down, None))


def of_residents(material: Material) -> Iterator[Figure]:
    """Count who receives news, and who had their data erased."""
    now, before = material.beside, material.beside_before
    new = "Số người đăng ký nhận tin trong kỳ; nếu báo cáo theo địa bàn thì chỉ tính người đã cho biết nơi ở."
    yield counted_elsewhere("dk.moi", "Đăng ký nhận tin mới", new, (now.subscribed, before.subscribed), "người")
    active = "Số người đang nhận tin vào cuối kỳ; nếu báo cáo theo địa bàn thì chỉ tính người đã cho biết nơi ở."
    yield counted_elsewhere("dk.dang-nhan", "Đang nhận tin", active, (now.subscribers, before.subscribers), "người")
    gone = "Số lần người dân yêu cầu xóa dữ liệu của mình; tính trên toàn hệ thống, không lưu là ai."
    yield counted_elsewhere("xoa.yeu-cau", "Yêu cầu xóa dữ liệu", gone, (now.erasures, before.erasures))
