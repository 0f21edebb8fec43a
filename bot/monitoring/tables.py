"""Tables and charts of a section, made from the figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.feedback.kinds import CATEGORIES, KINDS, ReportKind
from bot.feedback.lifecycle import STATES
from bot.feedback.reports import reference
from bot.monitoring.charts import bars
from bot.monitoring.document import Block, Chart, Table
from bot.monitoring.drafting import Writer
from bot.monitoring.figures import Figure
from bot.monitoring.periods import on
from bot.monitoring.reach_figures import DRILL, OF_CAMPAIGN, QUIZ, by_campaign
from bot.monitoring.report_figures import SENT_BY
from bot.monitoring.wording import number

MOST_ROWS: Final = 30
_OF_CAMPAIGN: Final = ("sent", "people", "answered", "stopped", "skipped", "failed")
"""What the table of campaigns shows of each; all of it stands in the appendix and in the .xlsx."""
_COUNTED: Final = ("Kỳ này", "Kỳ trước")


def blocks_of(section: str, writer: Writer) -> tuple[Block, ...]:
    """Return the tables and charts of a section; none where there is nothing to count."""
    make = _BLOCKS.get(section)
    if make is None or (section not in _WITHOUT_REPORTS and not writer.has("pa.tong")):
        return ()
    return make(writer)


def _kinds(writer: Writer) -> tuple[Block, ...]:
    figures = [writer.figure(f"pa.loai.{kind}") for kind in KINDS]
    compared = _is_compared(figures)
    chart = Chart(
        f"Phản ánh theo loại{', kỳ này và kỳ trước' if compared else ''}",
        "Biểu đồ cột ngang: " + "; ".join(f"{one.name}: {number(one.value)}" for one in figures),
        bars([one.name for one in figures], _values(figures), _befores(figures) if compared else None, _COUNTED),
    )
    return _compared("Phản ánh theo loại", "Loại", [*figures, writer.figure("pa.tong")]), chart


def _results(writer: Writer) -> tuple[Block, ...]:
    figures = [one for one in (writer.figure(f"pa.ket-qua.{state}") for state in STATES) if one.value]
    chart = Chart(
        "Phản ánh nhận trong kỳ theo trạng thái khi lấy số liệu",
        "Biểu đồ cột ngang: " + "; ".join(f"{one.name}: {number(one.value)}" for one in figures),
        bars([one.name for one in figures], _values(figures), None, _COUNTED),
    )
    rows = tuple((one.name, number(one.value)) for one in figures)
    table = Table("Phản ánh theo trạng thái khi lấy số liệu", ("Trạng thái", "Số phản ánh"), rows, (0.7, 0.3), (1,))
    return table, chart


def _places(writer: Writer) -> tuple[Block, ...]:
    figures = list(writer.figures.under("pa.noi."))
    if len(figures) < 2:
        return ()
    table = _compared("Phản ánh theo địa bàn", "Địa bàn", figures[:MOST_ROWS])
    rows = list(table.rows)
    if len(figures) > MOST_ROWS:
        rest = figures[MOST_ROWS:]
        sums = (f"{len(rest)} địa bàn khác", number(sum(_values(rest))), number(sum(_befores(rest))))
        rows.append(sums[: len(table.head)])
    unknown = writer.figures.by_id.get("pa.chua-ro-noi")
    if unknown is not None and (unknown.value or unknown.before):
        rows.append((unknown.name, number(unknown.value), number(unknown.before))[: len(table.head)])
    return (Table(table.caption, table.head, tuple(rows), table.widths, table.numbers),)


def _channels(writer: Writer) -> tuple[Block, ...]:
    figures = [replace(one, name=one.name.removeprefix(SENT_BY)) for one in writer.figures.under("pa.kenh.")]
    return (_compared("Phản ánh theo kênh gửi", "Kênh", figures),)


def _agencies(writer: Writer) -> tuple[Block, ...]:
    given = [one for one in writer.figures.under("cq.") if one.id.endswith(".giao")]
    rows = []
    for one in given[:MOST_ROWS]:
        late = writer.figure(one.id.removesuffix(".giao") + ".qua-han")
        rows.append((one.name.removesuffix(": được giao"), number(one.value), number(late.value)))
    if not rows:
        return ()
    head = ("Cơ quan", "Đang được giao", "Đang quá hạn")
    return (Table("Phản ánh theo cơ quan được giao", head, tuple(rows), (0.6, 0.2, 0.2), (1, 2)),)


def _listed(writer: Writer, kind: ReportKind, caption: str) -> tuple[Block, ...]:
    named = writer.figures.named.get(kind, ())
    if not named:
        return ()
    rows = [
        (reference(one.code), on(one.day), CATEGORIES[one.category], writer.where(one), STATES[one.state])
        for one in named[:MOST_ROWS]
    ]
    over = int(writer.figures.value(f"pa.neu-ma.{kind}")) - len(rows)
    if over > 0:
        rows.append((f"và {number(over)} phản ánh khác", "", "", "xem tệp dữ liệu kèm theo", ""))
    head = ("Số phản ánh", "Ngày nhận", "Loại", "Địa bàn", "Trạng thái")
    return (Table(caption, head, tuple(rows), (0.15, 0.175, 0.215, 0.26, 0.2)),)


def _compared(caption: str, what: str, figures: Sequence[Figure]) -> Table:
    if not _is_compared(figures):
        plain = tuple((one.name, number(one.value)) for one in figures)
        return Table(caption, (what, _COUNTED[0]), plain, (0.7, 0.3), (1,))
    rows = tuple((one.name, number(one.value), number(one.before)) for one in figures)
    return Table(caption, (what, *_COUNTED), rows, (0.6, 0.2, 0.2), (1, 2))


def _is_compared(figures: Sequence[Figure]) -> bool:
    """Whether there is a period before to compare with; there is none as long as a period is not over."""
    return any(one.before is not None for one in figures)


def _values(figures: Sequence[Figure]) -> list[float]:
    return [one.value or 0 for one in figures]


def _befores(figures: Sequence[Figure]) -> list[float]:
    return [one.before or 0 for one in figures]


def _reports(writer: Writer) -> tuple[Block, ...]:
    return (*_kinds(writer), *_results(writer), *_places(writer), *_channels(writer))


def _procedures(writer: Writer) -> tuple[Block, ...]:
    return _listed(writer, ReportKind.PROCEDURE, "Phản ánh về thủ tục hành chính")


def _opinions(writer: Writer) -> tuple[Block, ...]:
    return _listed(writer, ReportKind.OPINION, "Ý kiến về văn bản pháp luật, chỉ thị")


def _commendations(writer: Writer) -> tuple[Block, ...]:
    people = _listed(writer, ReportKind.COMMENDATION, "Đề nghị biểu dương")
    return (*people, *_listed(writer, ReportKind.MODEL, "Cách làm hay được giới thiệu"))


def _campaigns(writer: Writer) -> tuple[Block, ...]:
    """The campaigns of the period; of those beyond `MOST_ROWS` only their sums."""
    found = by_campaign(writer.figures)
    if not found:
        return ()
    shown = [list(OF_CAMPAIGN).index(key) for key in _OF_CAMPAIGN]
    rows = [(one.title, *(number(one.values[place]) for place in shown)) for one in found[:MOST_ROWS]]
    rest = found[MOST_ROWS:]
    if rest:
        sums = (number(sum(one.values[place] for one in rest)) for place in shown)
        rows.append((f"{len(rest)} chiến dịch khác", *sums))
    names = [list(OF_CAMPAIGN.values())[place][1] for place in shown]
    head = ("Chiến dịch", *(name[0].upper() + name[1:] for name in names))
    widths = (0.35, *(0.65 / len(shown) for _ in shown))
    numbers = tuple(range(1, len(head)))
    return (Table("Chiến dịch tuyên truyền trong kỳ", head, tuple(rows), widths, numbers),)


def _practice(writer: Writer) -> tuple[Block, ...]:
    found = []
    for beginning, caption, what in (
        (DRILL, "Bài thực hành đã làm xong trong kỳ", "Bài thực hành"),
        (QUIZ, "Bộ câu hỏi đã làm xong trong kỳ", "Bộ câu hỏi"),
    ):
        times = [one for one in writer.figures.under(beginning) if one.id.endswith(".luot")]
        rows = tuple(
            (
                one.name.removesuffix(": lượt làm xong"),
                number(one.value),
                number(writer.figures.value(one.id.removesuffix("luot") + "nguoi")),
            )
            for one in times[:MOST_ROWS]
        )
        if rows:
            found.append(Table(caption, (what, "Lượt làm xong", "Người làm xong"), rows, (0.6, 0.2, 0.2), (1, 2)))
    return tuple(found)


_WITHOUT_REPORTS: Final = frozenset({"tuyen-truyen", "thuc-hanh"})
_BLOCKS: Final[Mapping[str, Callable[[Writer], tuple[Block, ...]]]] = {
    "tuyen-truyen": _campaigns,
    "thuc-hanh": _practice,
    "phan-anh": _reports,
    "thu-tuc": _procedures,
    "gop-y": _opinions,
    "bieu-duong": _commendations,
    "ton-tai": _agencies,
}
