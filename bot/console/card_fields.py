"""The fields of a card in the editor's form: many lines in one field stand for many entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from bot.console.forms import Fields
from bot.editing.card_forms import CardForm, is_name
from knowledge.answers import Audience
from knowledge.check import KnowledgeBase

TOPICS: Final[Mapping[str, str]] = {
    "bao-hiem": "Bảo hiểm cháy, nổ",
    "bep-gas": "Bếp, gas",
    "chi-dao": "Chỉ thị, chỉ đạo",
    "chung-cu": "Chung cư",
    "cong-dong": "Cộng đồng, tổ liên gia",
    "dien": "Điện trong nhà",
    "dung-cu": "Bình chữa cháy, dụng cụ",
    "goi-114": "Gọi 114",
    "lua-dao": "Lừa đảo mạo danh",
    "lua-trong-nha": "Lửa trong nhà",
    "mttq": "Mặt trận Tổ quốc",
    "muc-phat": "Mức phạt",
    "ngay-04-10": "Ngày toàn dân PCCC 04/10",
    "nghia-vu": "Nghĩa vụ",
    "nguoi-yeu-the": "Trẻ em, người già, người khuyết tật",
    "nha-ong": "Nhà ống, nhà riêng",
    "nha-tro": "Nhà trọ",
    "noi-dong-nguoi": "Nơi đông người",
    "phan-anh": "Phản ánh, góp ý",
    "quyen-loi": "Quyền lợi",
    "so-cuu": "Sơ cứu",
    "tai-nan": "Tai nạn, cứu nạn",
    "tap-luyen": "Tập luyện",
    "thien-tai": "Thiên tai",
    "thoat-nan": "Thoát nạn",
    "thu-tuc": "Thủ tục",
    "van-ban": "Văn bản pháp luật",
    "xe-dien": "Xe điện",
    "xe-va-rung": "Xe cộ, rừng",
}
_LONGEST_LINE: Final = 500
_LONGEST_LINES: Final = 20_000
_LONGEST_VARIANT: Final = 400
_MOST: Final = 200
_EMPTY: Final = CardForm(topic="", id="", question="", variants=(), lead="")


def topics_in(base: KnowledgeBase) -> dict[str, str]:
    """Return the topics there are, by name; one that an office added is shown by its folder's name."""
    found = {card.topic for card in base.cards.values()} | set(TOPICS)
    return {topic: TOPICS.get(topic, topic) for topic in sorted(found)}


def typed_of(form: CardForm) -> dict[str, Any]:
    """Return what the fields of the form hold for a card; what is chosen of several is a tuple."""
    return {
        "topic": form.topic,
        "question": form.question,
        "variants": "\n".join(form.variants),
        "lead": form.lead,
        "steps": "\n".join(form.steps),
        "donts": "\n".join(form.donts),
        "notes": "\n".join(form.notes),
        "sources": "\n".join(form.sources),
        "related": "\n".join(form.related),
        "audiences": form.audiences,
        "possible_emergency": form.possible_emergency,
        "historical": form.historical,
        "valid_from": form.valid_from.isoformat() if form.valid_from else "",
        "valid_to": form.valid_to.isoformat() if form.valid_to else "",
    }


def as_typed(fields: Fields) -> dict[str, Any]:
    """Return what was typed, to be shown again."""
    return {**typed_of(_EMPTY), **fields.as_typed(), "audiences": fields.listed("audiences")}


def card_form_of(fields: Fields, known: CardForm | None) -> CardForm | None:
    """Return the card that was filled in, None with faults in `fields`; `known` keeps its name, topic and picture."""
    form = CardForm(
        topic=known.topic if known else fields.text("topic", longest=60),
        id=known.id if known else "",
        question=fields.text("question", longest=_LONGEST_LINE),
        variants=_lines(fields, "variants", _LONGEST_VARIANT),
        lead="\n".join(_lines(fields, "lead", _LONGEST_LINE)),
        steps=_lines(fields, "steps", _LONGEST_LINE),
        donts=_lines(fields, "donts", _LONGEST_LINE),
        notes=_lines(fields, "notes", _LONGEST_LINE),
        sources=_lines(fields, "sources", _LONGEST_LINE),
        audiences=tuple(one for one in fields.listed("audiences") if one in set(Audience)) or ("everyone",),
        related=_lines(fields, "related", _LONGEST_LINE),
        possible_emergency=fields.flag("possible_emergency"),
        historical=fields.flag("historical"),
        valid_from=fields.day("valid_from", required=False),
        valid_to=fields.day("valid_to", required=False),
        image=known.image if known else None,
    )
    if not is_name(form.topic):
        _fault(fields, "topic", "Chọn một chủ đề.")
    if len(form.variants) > _MOST:
        _fault(fields, "variants", f"Nhiều nhất {_MOST} cách hỏi.")
    return None if fields.faults else replace(form, variants=tuple(dict.fromkeys(form.variants)))


def _lines(fields: Fields, name: str, longest: int) -> tuple[str, ...]:
    """The lines of a field, empty ones left out."""
    text = fields.text(name, longest=_LONGEST_LINES, required=False, lines=True)
    lines = tuple(line for row in text.splitlines() if (line := " ".join(row.split())))
    if long := next((line for line in lines if len(line) > longest), None):
        _fault(fields, name, f"Dòng “{long[:40]}…” dài {len(long)} ký tự, nhiều nhất {longest}.")
    return lines


def _fault(fields: Fields, name: str, words: str) -> None:
    fields.faults.setdefault(name, words)
