"""What each part of search is worth is measured on questions that were not indexed."""

from retrieval.ablation import ablate, as_table, hold_out, labelled
from retrieval.fusion import Mix
from retrieval.labelled import LabelledQuestion
from retrieval.search import Passage


def cards() -> list[Passage]:
    subjects = ("bình chữa cháy", "thang máy", "mặt nạ phòng độc", "lối thoát thứ hai")
    return [
        Passage(
            f"card:{number}",
            f"{subject} dùng thế nào?",
            tuple(f"{subject} {word}" for word in ("là gì", "ở đâu", "mua đâu", "giá nào", "loại nào")),
            f"Cách dùng {subject} cho đúng.",
            "",
            "card",
        )
        for number, subject in enumerate(subjects)
    ]


def test_what_is_held_out_is_not_indexed() -> None:
    rest, asked = hold_out(cards())
    assert len(asked) == 4
    indexed = {variant for passage in rest for variant in passage.variants}
    assert not indexed & {one.text for one in asked}


def test_only_questions_with_a_card_are_asked() -> None:
    questions = [
        LabelledQuestion("1", "thang máy?", "skill", ("1",)),
        LabelledQuestion("2", "thời tiết?", "out_of_scope", ()),
    ]
    assert [(one.text, set(one.relevant)) for one in labelled(questions)] == [("thang máy?", {"card:1"})]


def test_every_system_is_measured_on_both_sets_and_both_ways_of_typing() -> None:
    rows = ablate(cards(), [LabelledQuestion("1", "đi thang máy ở đâu", "skill", ("1",))], Mix())
    assert len({(row.questions, row.system, row.typed) for row in rows}) == len(rows) == 16
    assert all(row.hit_at_1 <= row.mrr_at_10 <= 1 for row in rows)
    mixed = [row for row in rows if row.system == "mixed"]
    assert all(row.hit_at_3 == 1 for row in mixed)
    assert len(as_table(rows).splitlines()) == 2 + len(rows)
