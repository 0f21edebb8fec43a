"""What residents are told: the right ones, politely, and nothing of one resident to another."""

from datetime import UTC, datetime
from itertools import product

import pytest

from bot.feedback.kinds import CATEGORIES, Category
from bot.feedback.lifecycle import Act, Hat
from bot.feedback.rejections import POLITE, RejectReason
from bot.feedback.telling import WRITTEN, Listener, News, message

KINDS = (*(act.value for act in Act), WRITTEN)
CODE = "CH-7K2M-9QXD"


def news(kind: str, **given: object) -> News:
    fields: dict[str, object] = {
        "hat": Hat.MTTQ,
        "code": CODE,
        "category": Category.LOCKED_EXIT,
        "sent_at": datetime(2026, 11, 1, 20, tzinfo=UTC),
        "text": "đã cắt khóa",
        "agency": "Công an phường",
        **given,
    }
    return News(kind=kind, **fields)  # type: ignore[arg-type]


def told(kind: str, to: Listener = Listener.OWN, **given: object) -> str:
    found = message(news(kind, **given), to)
    assert found is not None
    return str(found["text"])


def test_the_resident_is_told_of_every_step_that_is_not_their_own() -> None:
    silent = {kind for kind in KINDS if message(news(kind), Listener.OWN) is None}
    assert silent == {Act.CONFIRM.value, Act.WITHDRAW.value}


def test_a_message_names_the_report_by_code_kind_and_day_of_viet_nam() -> None:
    found = message(news(Act.VERIFY.value), Listener.OWN)
    assert found is not None
    assert set(found) == {"id", "text", "buttons"}
    first = found["text"].split("\n")[0]
    assert first == f"Phản ánh {CODE} của bạn ({CATEGORIES[Category.LOCKED_EXIT]}, gửi 02/11/2026):"
    again = message(news(Act.VERIFY.value), Listener.OWN)
    assert again is not None
    assert again["id"] != found["id"]


@pytest.mark.parametrize(
    ("kind", "buttons"),
    [
        (Act.ANSWER.value, [("Đã xong", "do:done"), ("Chưa xong", "do:undone")]),
        (Act.REPLY.value, [("Ổn rồi", "do:done"), ("Chưa ổn", "do:undone")]),
        (Act.CLOSE.value, [("Chưa xong", "do:undone")]),
        (Act.REJECT.value, [("Đề nghị xem lại", "do:restore")]),
        (WRITTEN, [("Trả lời", "do:add")]),
        (Act.VERIFY.value, []),
    ],
)
def test_only_the_resident_is_asked(kind: str, buttons: list[tuple[str, str]]) -> None:
    found = message(news(kind), Listener.OWN)
    assert found is not None
    assert found["buttons"] == [{"label": label, "payload": f"{do}:{CODE}"} for label, do in buttons]
    for other in (Listener.MERGED, Listener.SUPPORTER):
        shown = message(news(kind), other)
        assert shown is None or shown["buttons"] == []


def test_supporters_never_read_a_code() -> None:
    for kind, hat in product(KINDS, (Hat.MTTQ, Hat.AGENCY, Hat.RESIDENT)):
        found = message(news(kind, hat=hat), Listener.SUPPORTER)
        assert found is None or CODE not in str(found)


def test_who_speaks_is_said() -> None:
    assert "Công an phường trả lời:\n“đã cắt khóa”" in told(Act.ANSWER.value, hat=Hat.AGENCY)
    assert "Mặt trận Tổ quốc chuyển lời Công an phường trả lời:" in told(Act.ANSWER.value)
    assert "Mặt trận Tổ quốc trả lời:\n“đã cắt khóa”" in told(Act.REPLY.value)
    assert "gọi 114 ngay" in told(Act.ANSWER.value)
    assert "Cơ quan có trách nhiệm đã tiếp nhận" in told(Act.TAKE_UP.value, agency=None)
    assert "chuyển cơ quan có trách nhiệm" in told(Act.VERIFY.value)
    assert "trả lời bạn" in told(Act.VERIFY.value, category=Category.QUESTION)


@pytest.mark.parametrize("reason", RejectReason)
def test_a_refusal_says_why_and_that_nobody_is_silenced(reason: RejectReason) -> None:
    text = told(Act.REJECT.value, reason=reason.value)
    assert POLITE[reason] in text
    assert "“đã cắt khóa”" in text
    assert "đề nghị xem lại một lần" in text
    assert "vẫn gửi phản ánh khác như thường" in text


def test_a_refusal_without_a_known_reason_is_told_all_the_same() -> None:
    assert "Cán bộ ghi: “đã cắt khóa”" in told(Act.REJECT.value, reason=None)
    assert set(POLITE) == set(RejectReason)


def test_words_of_a_resident_reach_no_other() -> None:
    text = told(Act.REOPEN.value, Listener.SUPPORTER, hat=Hat.RESIDENT, text="tôi ở tầng ba")
    assert "tầng ba" not in text
    assert "“đã cắt khóa”" in told(Act.REOPEN.value, Listener.SUPPORTER)
    assert told(Act.REOPEN.value, text="").endswith("mở lại việc này.")
