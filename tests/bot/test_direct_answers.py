"""Questions that want a yes, a no or a number get it in the first line, typed with and without diacritics."""

from __future__ import annotations

from datetime import date

import pytest

from bot.conversation.finding import Finder
from bot.conversation.phrases import IF_BURNING
from bot.conversation.turn import Assistant
from bot.understanding import Understanding
from knowledge.vietnamese import fold

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def assistant(understanding: Understanding) -> Assistant:
    finder = Finder(understanding.base, understanding.built.index, understanding.built.calibration)
    return Assistant(understanding.base, finder, lambda: TODAY)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("chung cư tôi 4 tầng khỏi mua bảo hiểm đúng không", "Dưới 5 tầng thì còn tuỳ diện tích"),
        ("tạp hoá 40m2 có phải lập đội không", "Không, nếu tiệm có dưới 20 người"),
        ("phường đòi mỗi nhà nộp 300 nghìn mua bình có bắt buộc không", "không thấy quy định PCCC nào buộc"),
        ("Mua bình mới có cần tem kiểm định không", "Không nhất thiết"),
        ("em mới 17 tuổi thì bị phạt bao nhiêu", "không quá một nửa mức người lớn"),
        ("bao lâu thì nạp lại bình CO2", "cân: hụt khoảng 20% là phải nạp"),
        ("báo động giả ở chung cư em suốt, ai chịu trách nhiệm", "người đứng đầu phải giữ phương tiện PCCC"),
        ("Con gái tôi học lớp 2 hay chơi bật lửa, dạy cháu sao đây", "dạy bé thấy thì báo người lớn"),
        ("Nhà có mấy lối ra thì an toàn", "ít nhất hai lối"),
        ("em hỏi cho bài tập: khi thang máy kẹt thì làm gì", "bấm chuông khẩn cấp"),
        ("bác 72 tuổi ở tầng 9, cháy thì ngồi yên hay đi xuống?", "xuống thang bộ nếu thang chưa có khói"),
        ("cần bao nhiêu bình cho tiệm tạp hoá 60 mét vuông", "QCVN 10:2025/BCA"),
        ("Thợ hàn làm rớt tia lửa cháy kho, phải đền và có đi tù không", "Bộ luật Hình sự, Điều 313"),
        ("Bếp từ cháy khét thì xử lý sao", "Ngắt cầu dao, aptomat trước"),
        ("nhà trọ trên 5 tầng phải thẩm duyệt đúng không", "từ 7 tầng hoặc từ 3.000 m²"),
    ],
)
def test_the_first_line_answers(assistant: Assistant, question: str, said: str) -> None:
    for asked in (question, fold(question)):
        finding = assistant.find(asked)
        turn = assistant.answer(finding)
        assert turn is not None, asked
        first = turn.replies[0].text.removeprefix(f"{IF_BURNING}\n\n").partition("\n")[0]
        assert not finding.likely, asked
        assert said in first
