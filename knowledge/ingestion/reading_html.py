"""Reads a web page: the document is kept, menus, sharing, related news and scripts are dropped. Nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bs4 import BeautifulSoup, Comment, NavigableString, Tag

from knowledge.ingestion.blocks import Block, Paragraph, Reading, letters_by_font, lines_of, one_line, table_or_lines
from knowledge.ingestion.decoding import decoded
from knowledge.ingestion.errors import UnusableFileError
from knowledge.ingestion.portal import is_caption, is_tail_heading, without_surroundings
from knowledge.vietnamese import fold

_NEVER_TEXT: Final = (
    "script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "canvas", "head", "form", "input",
    "button", "select", "textarea", "video", "audio", "map",
)  # fmt: skip
_AROUND: Final = ("nav", "header", "footer", "aside", "figcaption", "dialog")
_AROUND_NAMES: Final = re.compile(
    r"(?:^|[\s_-])(?:menu|nav|navbar|navigation|breadcrumbs?|share|sharing|social|related|relate|footer|sidebar|comments?|"
    r"banner|advert(?:isement)?|ads?|quang-?cao|vote|poll|binh-?chon|thong-?ke|counter|tin-?(?:lien-?quan|khac|moi)|"
    r"lien-?quan|hotline|search|tim-?kiem|toolbar|pagination|weblink|lien-?ket|copyright|skip-?link|caption|tags?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_FONT: Final = re.compile(r"font-family\s*:\s*['\"]?([^;'\",]+)", re.IGNORECASE)
_BLOCKS: Final = {
    "p", "div", "section", "article", "main", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "center", "pre",
    "table", "td", "th", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "figure", "header", "footer", "body", "html",
    "fieldset",
}  # fmt: skip
_MARKS: Final = re.compile(r"cộng\s+(?:hòa|hoà)\s+xã\s+hội|nơi\s+nhận\s*:", re.IGNORECASE)
_NO_PART: Final = {"p", "table", "tr", "td", "tbody", "ul", "ol"}
_MAIN_SHARE: Final = 0.75
_LONGEST_LINK: Final = 150
_SHOWN: Final = 80
_DEEPEST: Final = 200  # parts within parts


def read_html(path: Path, data: bytes) -> Reading:
    """Return the document on a web page. Raises `NeedsConversionError`, `UnusableFileError` (see `decoded`)."""
    soup = BeautifulSoup(decoded(path, data), "lxml")
    _refuse_deep(path, soup)
    title = _title(soup)
    for tag in soup.find_all(_NEVER_TEXT):
        tag.decompose()
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    body = soup.body or soup
    dropped = _drop_surroundings(body)
    main = _main_part(body)
    dropped += _outside(body, main)
    _drop_tail(main, dropped)
    fonts = letters_by_font(_fonts(main))
    blocks = list(_blocks(main))
    if blocks and title and isinstance(blocks[0], Paragraph) and fold(blocks[0].text) == fold(title):
        blocks = blocks[1:]
    kept = _without_noise(blocks, dropped)
    return Reading(blocks=tuple(kept), title=title, dropped=tuple(filter(None, map(_shown, dropped))), fonts=fonts)


def _title(soup: BeautifulSoup) -> str | None:
    """Return the page's main heading, or what its <title> says before the name of the site."""
    for heading in soup.find_all("h1"):
        if text := one_line(heading.get_text(" ")):
            return text
    named = one_line(soup.title.get_text(" ")) if soup.title else ""
    return re.split(r"\s[|–-]\s", named)[0] or None


def _refuse_deep(path: Path, soup: BeautifulSoup) -> None:
    """Refuse a page whose parts are nested beyond all measure, which no editor makes."""
    depth = 0
    layer: list[Tag] = [soup]
    while layer:
        depth += 1
        if depth > _DEEPEST:
            reason = "Trang web lồng nhau quá sâu để đọc."
            raise UnusableFileError(path, reason, "Hãy mở trang, chép văn bản sang tệp .docx hoặc .txt.")
        layer = [child for tag in layer for child in tag.children if isinstance(child, Tag)]


def _tags_below(tag: Tag) -> list[Tag]:
    return [child for child in tag.children if isinstance(child, Tag)]


def _drop_surroundings(body: Tag) -> list[str]:
    dropped: list[str] = []
    waiting = _tags_below(body)
    while waiting:
        tag = waiting.pop(0)
        if _is_around(tag):
            dropped.append(tag.get_text(" "))
            tag.decompose()
        else:
            waiting += _tags_below(tag)
    return dropped


def _is_around(tag: Tag) -> bool:
    if tag.has_attr("hidden") or _HIDDEN.search(str(tag.get("style", ""))):
        return True
    classes = tag.get("class")
    names = [*(classes if isinstance(classes, list) else []), str(tag.get("id", "")), str(tag.get("role", ""))]
    if tag.name in _AROUND or _AROUND_NAMES.search(" ".join(names)):
        if _MARKS.search(tag.get_text(" ")):
            return False
        return tag.name in _AROUND or tag.parent is None or _prose(tag) * 2 < _prose(tag.parent)
    return tag.name in {"ul", "ol", "div", "section", "table", "td"} and _is_list_of_links(tag)


def _is_list_of_links(tag: Tag) -> bool:
    if len(tag.find_all("a", limit=3)) < 3:
        return False
    links, text = tag.find_all("a"), tag.get_text(" ")
    linked = sum(len(link.get_text(" ").strip()) for link in links)
    length = len(text.strip())
    return linked >= 0.8 * length and length / len(links) < _LONGEST_LINK and "Căn cứ" not in text


def _prose(tag: Tag) -> int:
    """Return the letters that are not inside links."""
    return _length(tag) - sum(_length(link) for link in tag.find_all("a"))


def _length(tag: Tag) -> int:
    return len(" ".join(tag.get_text(" ").split()))


def _marks(tag: Tag) -> set[str]:
    """Return which marks of an official document the part has: its head, its recipients."""
    return {found[:2].lower() for found in _MARKS.findall(tag.get_text(" "))}


def _main_part(body: Tag) -> Tag:
    """Go down to the innermost part that holds nearly all prose, and the head and foot of the document with it."""
    least, wanted, part = _MAIN_SHARE * _prose(body), _marks(body), body
    while True:
        inner = [
            child
            for child in _tags_below(part)
            if child.name not in _NO_PART and _prose(child) >= least and wanted <= _marks(child)
        ]
        if not inner:
            return part
        part = inner[0]


def _outside(body: Tag, main: Tag) -> list[str]:
    inside = {id(tag) for tag in [main, *main.find_all(True)]}
    around = {id(tag) for tag in main.parents}
    return [
        tag.get_text(" ")
        for tag in body.find_all(True)
        if id(tag) not in inside and id(tag) not in around and tag.parent is not None and id(tag.parent) in around
    ]


def _drop_tail(main: Tag, dropped: list[str]) -> None:
    """Drop "Tin liên quan" and all that follows it, unless most of the text follows."""
    whole = _prose(main)
    waiting = [main]
    while waiting:
        below = _tags_below(waiting.pop(0))
        at = next((number for number, tag in enumerate(below) if is_tail_heading(_opening(tag))), len(below))
        tail = below[at:]
        if sum(map(_prose, tail)) * 2 <= whole:
            dropped += [tag.get_text(" ") for tag in tail]
            for tag in tail:
                tag.decompose()
            below = below[:at]
        waiting += below


def _opening(tag: Tag) -> str:
    """Return the text of a tag, as far as is needed to see that it is no short heading."""
    text = ""
    for part in tag.stripped_strings:
        text += f" {part}"
        if len(text) > _SHOWN:
            break
    return one_line(text)


def _without_noise(blocks: list[Block], dropped: list[str]) -> Iterator[Block]:
    """Leave out counters, captions and what stands above the heading of an article."""
    lines = [block.text for block in blocks if isinstance(block, Paragraph)]
    kept, noise = without_surroundings(lines)
    dropped += noise
    remaining = iter([*kept, None])
    expected = next(remaining)
    for block in blocks:
        if not isinstance(block, Paragraph):
            yield block
        elif block.text == expected:
            expected = next(remaining)
            if not is_caption(block.text):
                yield block


def _blocks(tag: Tag) -> Iterator[Block]:
    """Yield paragraphs and tables in order; text between blocks, parted by <br>, makes paragraphs of its own."""
    loose: list[str] = []
    for child in tag.children:
        if isinstance(child, NavigableString):
            loose.append(re.sub(r"\s+", " ", str(child)))
        elif isinstance(child, Tag):
            if child.name == "br":
                loose.append("\n")
            elif child.name in _BLOCKS or child.find(list(_BLOCKS)) is not None:
                yield from _paragraphs("".join(loose), tag)
                loose = []
                yield from _of_block(child)
            else:
                loose.append(_inline(child))
    yield from _paragraphs("".join(loose), tag)


def _of_block(tag: Tag) -> Iterator[Block]:
    if tag.name != "table":
        yield from _blocks(tag)
        return
    rows = [[_cell(cell) for cell in row.find_all(["td", "th"], recursive=False)] for row in tag.find_all("tr")]
    if tag.find("table") is not None or any(len(cell) > 2_000 for row in rows for cell in row):
        for cell in tag.find_all(["td", "th"]):  # a table that lays out the page
            if cell.find_parent("table") is tag:
                yield from _blocks(cell)
        return
    yield from table_or_lines(rows)


def _cell(cell: Tag) -> str:
    return "\n".join(block.text for block in _blocks(cell) if isinstance(block, Paragraph))


def _inline(tag: Tag) -> str:
    for line_break in tag.find_all("br"):
        line_break.replace_with("\n")
    raised = {"sup": {"2": "²", "3": "³"}}.get(tag.name, {})
    text = "".join(_squeezed(part) for part in tag.strings)
    return raised.get(text.strip(), text)


def _squeezed(text: str) -> str:
    return "\n" if text == "\n" else re.sub(r"\s+", " ", text)


def _paragraphs(text: str, tag: Tag) -> Iterator[Paragraph]:
    level = int(tag.name[1]) if re.fullmatch(r"h[1-6]", tag.name) else None
    bold = tag.name in {"th"} or (
        len(list(tag.children)) == 1 and tag.find(["b", "strong"], recursive=False) is not None
    )
    prefix = _list_label(tag)
    for number, line in enumerate(lines_of(text)):
        yield Paragraph(text=f"{prefix}{line}" if number == 0 else line, heading=level, bold=bold)


def _list_label(tag: Tag) -> str:
    """Return what the browser writes before a list item: "- ", "3. " or "c) "."""
    parent = tag.parent
    if tag.name != "li" or parent is None or parent.name not in {"ul", "ol"}:
        return ""
    if parent.name == "ul":
        return "- "
    start = str(parent.get("start", "1"))
    number = len(tag.find_previous_siblings("li")) + (int(start) if start.isdigit() else 1)
    return f"{chr(ord('a') + (number - 1) % 26)}) " if parent.get("type") == "a" else f"{number}. "


def _fonts(main: Tag) -> Iterator[tuple[str, str]]:
    for tag in main.find_all(True):
        named = _FONT.search(str(tag.get("style", "")))
        face = named.group(1) if named else str(tag.get("face", "")).split(",")[0]
        if face.strip():
            yield face.strip(), "".join(tag.find_all(string=True))


def _shown(text: str) -> str:
    return one_line(text)[:_SHOWN]
