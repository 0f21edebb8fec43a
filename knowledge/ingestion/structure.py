"""Splits a document into its parts: Phần, Chương, Mục, Điều, Khoản, Điểm; or I, 1, 1.1; or headings; and annexes.

Each part has an anchor that depends on its number only, so that it stays the same in a later wording
("dieu-27-k4-a", "muc-2-1", "phu-luc-1").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from knowledge.ingestion.blocks import RULE, Block, Paragraph, Table, is_capitals
from knowledge.ingestion.headings import (
    ANNEX,
    ARABIC,
    ARABIC_2,
    ARTICLE,
    ATTACHED,
    CHAPTER,
    CLAUSE,
    DIVISION,
    FORM,
    LETTER_HEADING,
    LETTERS,
    LONGEST_ARTICLE_TITLE,
    LONGEST_HEADING,
    MOST_SKIPPED,
    OPENINGS,
    PART,
    POINT,
    RECIPIENTS,
    ROMAN_HEADING,
    anchor_figure,
    anchor_letter,
    is_annex,
    is_heading,
    is_numbered,
    is_title,
    labelled,
    value_of,
)
from knowledge.ingestion.joining import is_terminal
from knowledge.ingestion.numbers import slug
from knowledge.ingestion.parts import Ordinal, Part, texts_of
from knowledge.ingestion.quotations import quoted
from knowledge.ingestion.signature import find_signature


@dataclass
class _Open:
    """A part that paragraphs are added to. `awaits`: its heading may go on in the next paragraphs."""

    part: Part
    paragraphs: list[str] = field(default_factory=list)
    awaits: bool = False

    def closed(self) -> Part:
        return replace(self.part, paragraphs=tuple(self.paragraphs))


def split(blocks: Sequence[Block], head_end: int, title: str | None) -> tuple[Part, ...]:
    """Return the parts of a document whose first `head_end` blocks are its head; `title` names an unnumbered text."""
    splitter = _Splitter(title, has_head=head_end > 0)
    splitter.head([text for block in blocks[:head_end] for text in texts_of(block)])
    body = list(blocks[head_end:])
    ends = _signature_starts(body)
    inside = quoted(body)
    for number, block in enumerate(body):
        following = body[number + 1] if number + 1 < len(body) else None
        if number in ends:
            splitter.signature()
        if isinstance(block, Table) or number in inside:
            splitter.plain(block)
        else:
            splitter.paragraph(block, following)
    return splitter.parts()


def _signature_starts(body: Sequence[Block]) -> set[int]:
    """Return where signature blocks begin that no "Nơi nhận" precedes: at the end, or before an annex."""
    texts = [block.text if isinstance(block, Paragraph) else "" for block in body]
    ends = [n for n, text in enumerate(texts) if (m := ANNEX.match(text)) and is_annex(text, m)][:1] or [len(texts)]
    end = ends[0]
    start = max(0, end - 8)
    found = find_signature(texts[start:end])
    recipients = any(RECIPIENTS.match(text) for text in texts[:end])
    return {start + found.start} if found is not None and found.signer and not recipients else set()


class _Splitter:
    """Walks over the blocks and opens a part at each heading. Later parts inside an annex carry its prefix."""

    def __init__(self, title: str | None, *, has_head: bool) -> None:
        self._title = title
        self._has_head = has_head
        self._parts: list[_Open] = []
        self._prefix = ""  # anchor of the annex, with a hyphen
        self._place = ""  # its locator, with a comma
        self._base = 0  # levels to go down inside an annex
        self._chapter = ""
        self._division = ""
        self._article = ""
        self._clause = ""
        self._counts: dict[str, int] = {}
        self._section = ""
        self._closing = False

    def parts(self) -> tuple[Part, ...]:
        """Return the parts; an anchor that comes again gets a number."""
        seen: dict[str, int] = {}
        found = []
        for one in self._parts:
            part = one.closed()
            seen[part.anchor] = seen.get(part.anchor, 0) + 1
            found.append(
                part if seen[part.anchor] == 1 else replace(part, anchor=f"{part.anchor}-b{seen[part.anchor]}")
            )
        return tuple(found)

    def head(self, lines: Sequence[str]) -> None:
        if lines:
            self._open(Part(anchor="mo-dau", heading="Phần mở đầu", locator="phần mở đầu", level=2, frame=True))
            self._parts[-1].paragraphs.append("\n".join(line for line in lines if not RULE.match(line)))

    def plain(self, block: Block) -> None:
        """Add a block that opens nothing: a table, or a paragraph of a quotation."""
        self._ready()
        self._parts[-1].paragraphs += texts_of(block)

    def signature(self) -> None:
        if not self._closing:
            self._close("Người ký", "nguoi-ky")

    def paragraph(self, block: Paragraph, following: Block | None) -> None:
        text = block.text
        if self._continues_heading(block) or self._opens_annex(block):
            return
        if self._closing:
            self._add_to_closing(text)
        elif self._opens_law(block):
            return
        elif RECIPIENTS.match(text) and not self._prefix:
            self._close("Nơi nhận, người ký", "noi-nhan")
            self._add_to_closing(text)
        elif not self._article and self._opens_plan(block, following):
            return
        elif not (self._article and self._opens_clause(text)):
            self._ready()
            self._parts[-1].paragraphs.append(text)

    def _ready(self) -> None:
        """Make sure that there is a part to add to."""
        if not self._parts:
            name = "Phần mở đầu" if self._has_head or not self._title else self._title
            anchor = "mo-dau" if self._has_head or not self._title else "toan-van"
            self._open(Part(anchor=anchor, heading=name, locator=name[:1].lower() + name[1:], level=2, frame=True))
        self._parts[-1].awaits = False

    def _open(self, part: Part, *, awaits: bool = False) -> None:
        self._parts.append(_Open(part, awaits=awaits))

    def _close(self, heading: str, anchor: str) -> None:
        self._article, self._closing = "", True
        anchor, place = f"{self._prefix}{anchor}", f"{self._place}cuối văn bản"
        self._open(Part(anchor=anchor, heading=heading, locator=place, level=2, frame=True))

    def _add_to_closing(self, text: str) -> None:
        """Keep the list of recipients and the signature each as one paragraph of lines."""
        paragraphs = self._parts[-1].paragraphs
        listed = text.startswith(("-", "+", "*"))
        if paragraphs and (listed or not paragraphs[-1].startswith("Nơi nhận")):
            paragraphs[-1] += f"\n{text}"
        elif paragraphs and paragraphs[-1].startswith("Nơi nhận") and text[:1].islower():
            paragraphs[-1] += f" {text}"
        else:
            paragraphs.append(text)

    def _continues_heading(self, block: Paragraph) -> bool:
        """Take "QUY ĐỊNH CHUNG" under "Chương I" into its heading."""
        if not self._parts or not self._parts[-1].awaits:
            return False
        last = self._parts[-1]
        named = last.part.heading != last.part.locator[:1].upper() + last.part.locator[1:] and "." in last.part.heading
        fits = is_capitals(block.text) if named else is_capitals(block.text) or block.bold
        fits = fits and not any(one.match(block.text) for one in OPENINGS)
        if not fits or len(block.text) + len(last.part.heading) > LONGEST_HEADING or block.text.startswith("("):
            last.awaits = False
            return False
        joint = " " if named else ". "
        last.part = replace(last.part, heading=f"{last.part.heading}{joint}{block.text}")
        return True

    def _opens_annex(self, block: Paragraph) -> bool:
        text = block.text
        annex, form = ANNEX.match(text), FORM.match(text)
        if annex and is_annex(text, annex):
            figure = annex.group(1) or ""
            anchor = f"phu-luc-{anchor_figure(figure)}" if figure else "phu-luc"
            name = f"Phụ lục {figure}".strip()
            shown = text.split()[0] + " " + text.split()[1] + (f" {figure}" if figure else "")
            value = value_of(figure) if figure else 0
            self._enter(anchor, name, labelled(shown, annex.group(2)), Ordinal("Phụ lục", "", value, figure))
        elif form and len(text) <= LONGEST_ARTICLE_TITLE and (self._closing or self._prefix) and not is_terminal(text):
            anchor = f"mau-{slug(form.group(1))}"
            self._enter(anchor, f"Mẫu {form.group(1)}", text, None)
        elif self._closing and ATTACHED.match(text) and is_capitals(text):
            name = text.split("(")[0].strip().capitalize()
            self._enter("kem-theo", f"{name[:40]} kèm theo", text, None)
        else:
            return False
        return True

    def _enter(self, anchor: str, locator: str, heading: str, ordinal: Ordinal | None) -> None:
        self._closing, self._chapter, self._division, self._article, self._section = False, "", "", "", ""
        self._counts.clear()
        taken = sum(one.part.anchor.split("-b")[0] == anchor for one in self._parts)
        self._prefix = f"{anchor}-b{taken + 1}-" if taken else f"{anchor}-"
        self._place, self._base = f"{locator[:1].lower() + locator[1:]}, ", 1
        ordinal = ordinal if ordinal is not None and ordinal.value else None
        self._open(Part(anchor=anchor, heading=heading, locator=locator, level=2, ordinal=ordinal), awaits=True)

    def _opens_law(self, block: Paragraph) -> bool:
        text = block.text
        part, chapter, division = PART.match(text), CHAPTER.match(text), DIVISION.match(text)
        article = ARTICLE.match(text)
        if article and self._is_article(article):
            self._open_article(article, text)
        elif chapter and is_title(chapter.group(2)):
            self._chapter, self._division, self._article = anchor_figure(chapter.group(1)), "", ""
            self._open_division("chuong", "Chương", chapter.group(1), chapter.group(2), text, level=2)
        elif part and is_title(part.group(3)) and (is_capitals(text) or block.bold or not part.group(3)):
            figure = part.group(2) or part.group(1).lower()
            self._chapter, self._division, self._article = "", "", ""
            self._open_division("phan", "Phần", figure, part.group(3), text, level=2)
        elif division and (self._chapter or self._article) and is_title(division.group(3)):
            self._open_muc(division, text)
        else:
            return False
        return True

    def _open_muc(self, division: re.Match[str], text: str) -> None:
        kind = division.group(1).capitalize()
        chapter = f"chuong-{self._chapter}-" if self._chapter else ""
        self._article = ""
        if kind == "Mục":
            self._division = f"muc-{anchor_figure(division.group(2))}-"
        stem = f"{chapter}{'' if kind == 'Mục' else self._division}"
        self._open_division(f"{stem}{slug(kind)}", kind, division.group(2), division.group(3), text, level=3)

    def _open_division(self, stem: str, kind: str, figure: str, title: str, text: str, *, level: int) -> None:
        anchor = f"{self._prefix}{stem}-{anchor_figure(figure)}"
        words = text.split()
        shown = text if not title else labelled(text[: len(text) - len(title)].rstrip(" .:–-"), title)
        locator = f"{self._place}{kind.lower()} {figure}"
        ordinal = Ordinal(kind, f"{self._prefix}{stem}", value_of(figure), figure)
        heading = shown if len(words) > 1 else text
        part = Part(anchor=anchor, heading=heading, locator=locator, level=min(level + self._base, 4), ordinal=ordinal)
        self._open(part, awaits=True)

    def _is_article(self, match: re.Match[str]) -> bool:
        """Whether the number goes on from the last article; text like "Điều 5." inside a sentence does not."""
        value, last = int(match.group(1)), self._counts.get("article", 0)
        return value == last + 1 or (match.group(3) is not None and (value >= last or last - value > 20))

    def _open_article(self, match: re.Match[str], text: str) -> None:
        figure = match.group(1) + match.group(2)
        self._counts = {"article": int(match.group(1))}
        self._clause, self._section = "", ""
        self._article = f"{self._prefix}dieu-{anchor_letter(figure)}"
        title = match.group(3) or ""
        is_text = len(title) > LONGEST_ARTICLE_TITLE or (is_terminal(title) and bool(title))
        name = f"{self._place}Điều {figure}"
        part = Part(
            anchor=self._article,
            heading=name[:1].upper() + name[1:] if is_text else text,
            locator=name,
            level=min((3 if self._chapter else 2) + self._base, 4),
            ordinal=Ordinal("Điều", f"{self._prefix}dieu", int(match.group(1)), figure),
        )
        self._open(part)
        if is_text:
            self._parts[-1].paragraphs.append(text)

    def _opens_clause(self, text: str) -> bool:
        clause, point = CLAUSE.match(text), POINT.match(text)
        if clause and self._follows("clause", int(clause.group(1)), repeats=bool(clause.group(2))):
            self._clause = clause.group(1) + clause.group(2)
            self._counts.pop("point", None)
            name = f"{self._article_name()} khoản {self._clause}"
            anchor = f"{self._article}-k{anchor_letter(self._clause)}"
            self._open_item(anchor, name, text, Ordinal("khoản", self._article, int(clause.group(1)), self._clause))
        elif point and self._follows("point", LETTERS.find(point.group(1)) + 1, repeats=bool(point.group(2))):
            letter = point.group(1) + point.group(2)
            stem = f"{self._article}-k{anchor_letter(self._clause)}" if self._clause else self._article
            clause_name = f" khoản {self._clause}" if self._clause else ""
            name = f"{self._article_name()}{clause_name} điểm {letter}"
            value = LETTERS.find(point.group(1)) + 1
            self._open_item(f"{stem}-{anchor_letter(letter)}", name, text, Ordinal("điểm", stem, value, letter))
        else:
            return False
        return True

    def _open_item(self, anchor: str, name: str, text: str, ordinal: Ordinal) -> None:
        level = min((4 if self._chapter else 3) + self._base, 4)
        heading = name[:1].upper() + name[1:]
        self._open(Part(anchor=anchor, heading=heading, locator=name, level=level, ordinal=ordinal))
        self._parts[-1].paragraphs.append(text)

    def _article_name(self) -> str:
        figure = self._article.removeprefix(f"{self._prefix}dieu-").replace("dd", "đ")
        return f"{self._place}Điều {figure}"

    def _follows(self, what: str, value: int, *, repeats: bool) -> bool:
        last = self._counts.get(what, 0)
        if value < 1 or not (last < value <= last + MOST_SKIPPED or (repeats and value == last)):
            return False
        self._counts[what] = value
        return True

    def _opens_plan(self, block: Paragraph, following: Block | None) -> bool:
        text = block.text
        if block.heading is not None and not is_numbered(text):
            self._section = ""
            anchor = f"{self._prefix}{slug(text) or 'muc'}"
            level = min(max(block.heading, 2) + self._base, 4)
            self._open(Part(anchor=anchor, heading=text, locator=f"{self._place}{text[:80]}", level=level))
            return True
        roman, letter = ROMAN_HEADING.match(text), LETTER_HEADING.match(text)
        marked = block.heading is not None or block.bold
        if roman and len(text) <= LONGEST_HEADING and self._is_next_roman(roman, marked=marked):
            self._counts = {"roman": value_of(roman.group(1))}
            self._section = f"muc-{value_of(roman.group(1))}"
            name = f"{self._place}mục {roman.group(1)}"
            self._open_section(
                self._section, name, text, 2, Ordinal("mục", self._prefix, value_of(roman.group(1)), roman.group(1))
            )
        elif letter and len(text) <= LONGEST_HEADING and is_capitals(text):
            self._counts, self._section = {}, ""
            self._open_section(f"phan-{letter.group(1).lower()}", f"{self._place}phần {letter.group(1)}", text, 2, None)
        else:
            return self._opens_arabic(text, following, marked=marked)
        return True

    def _is_next_roman(self, match: re.Match[str], *, marked: bool) -> bool:
        value, last = value_of(match.group(1)), self._counts.get("roman", 0)
        title = is_capitals(match.group(2)) or marked or not is_terminal(match.group(2))
        return title and value > 0 and (last < value <= last + MOST_SKIPPED or (value == 1 and last > 0))

    def _opens_arabic(self, text: str, following: Block | None, *, marked: bool) -> bool:
        second, first = ARABIC_2.match(text), ARABIC.match(text)
        stem = self._section or "muc"
        if second and self._counts.get("arabic") == int(second.group(1)):
            if not is_heading(second.group(3), following, marked=marked):
                return False
            anchor = f"{stem}-{second.group(1)}-{second.group(2)}"
            ordinal = Ordinal("mục", f"{self._prefix}{stem}-{second.group(1)}", int(second.group(2)), second.group(2))
            return self._open_section(
                anchor, self._section_name(f"{second.group(1)}.{second.group(2)}"), text, 4, ordinal
            )
        if not first or not is_heading(first.group(2), following, marked=marked):
            return False
        if not self._follows("arabic", int(first.group(1)), repeats=False):
            return False
        ordinal = Ordinal("mục", f"{self._prefix}{stem}", int(first.group(1)), first.group(1))
        level = 3 if self._section else 2
        return self._open_section(f"{stem}-{first.group(1)}", self._section_name(first.group(1)), text, level, ordinal)

    def _section_name(self, figure: str) -> str:
        last = next(
            (one.part for one in reversed(self._parts) if one.part.anchor == f"{self._prefix}{self._section}"), None
        )
        roman = last.locator.rpartition("mục ")[2] + "." if last is not None and self._section else ""
        return f"{self._place}mục {roman}{figure}"

    def _open_section(self, anchor: str, name: str, text: str, level: int, ordinal: Ordinal | None) -> bool:
        level = min(level + self._base, 4)
        self._open(Part(anchor=f"{self._prefix}{anchor}", heading=text, locator=name, level=level, ordinal=ordinal))
        return True
