"""What was counted, as tables: by time, kind, place, channel and state, how long it took, and what was asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from enum import Enum
from typing import Final

from bot.feedback.filters import NO_PLACE, ReportFilter
from bot.feedback.kinds import CATEGORIES, KINDS, Category, ReportKind
from bot.feedback.lifecycle import OPEN, STATES, Hat, State
from bot.feedback.tables import Cell, Column, Row, Table
from bot.store.question_statistics import Questions
from bot.store.report_statistics import DONE, Counts, Tally

CAVEAT: Final = (
    "Số lượng khác nhau giữa các kênh và địa bàn còn vì số người biết và dùng mỗi kênh khác nhau: "
    "nhiều phản ánh hơn không có nghĩa là kém an toàn hơn."
)
TIMES_CAVEAT: Final = (
    "Tính theo giờ liên tục, kể cả ngày nghỉ; giờ lẻ bỏ đi. Chỉ tính phản ánh đã được trả lời hoặc đã xong, "
    "nên kỳ càng gần hiện nay thì số càng thấp hơn thực tế."
)
QUESTIONS_CAVEAT: Final = (
    "Tính trên toàn hệ thống vì câu hỏi không gắn địa bàn, và chỉ trên các hội thoại còn lưu. "
    "Một lượt trả lời có thể thuộc nhiều chủ đề."
)
TURNS: Final[Mapping[Hat, str]] = {
    Hat.MTTQ: "Mặt trận",
    Hat.AGENCY: "Cơ quan xử lý",
    Hat.RESIDENT: "Người dân",
    Hat.SYSTEM: "Hệ thống",
}
CHANNELS: Final[Mapping[str, str]] = {
    "web": "Trang chat",
    "zalo_oa": "Zalo OA",
    "zalo_bot": "Zalo Bot",
    "telegram": "Telegram",
}
NO_PLACE_NAME: Final = "Chưa rõ nơi"
_MEASURES: Final = (
    Column("Tổng số"),
    Column("Còn mở"),
    Column("Đang quá hạn"),
    Column("Từng trễ hạn"),
    Column("Đã trả lời"),
    Column("Bị mở lại"),
    Column("Tỷ lệ mở lại", "%"),
    Column("Lượt cùng phản ánh"),
)
_WEEK: Final = 7
_DAYS_SHOWN: Final = 45  # days in a table by days; longer ranges go by weeks, then by months
_WEEKS_SHOWN: Final = 26 * _WEEK
Name = Callable[[str], str]


class Step(Enum):
    """How long a period of the table by time is."""

    DAY = "Ngày"
    WEEK = "Tuần"
    MONTH = "Tháng"


def report_tables(counts: Counts, wanted: ReportFilter, place_name: Name, step: Step | None = None) -> dict[str, Table]:
    """Return the tables of reports by name; `place_name` names an official code, `step` None: by the range's length."""
    tables = (
        by_time(counts, wanted, step),
        _by("loai", "Theo loại phản ánh", "Loại", _kinds(counts, wanted)),
        _by("muc", "Theo nội dung", "Nội dung", _categories(counts, wanted)),
        by_place(counts, wanted, place_name),
        _by("kenh", "Theo kênh gửi", "Kênh", _channels(counts, wanted)),
        _by("trang-thai", "Theo trạng thái hiện nay", "Trạng thái", _states(counts, wanted)),
        times(counts, wanted),
        turns(counts, wanted),
    )
    return {table.name: table for table in tables}


def sums(total: Tally, wanted: ReportFilter) -> tuple[tuple[str, Cell], ...]:
    """Return the numbers that stand above all tables, each with what it is called."""
    row = _row("", total, wanted).cells
    labels = ("phản ánh đã nhận", "còn mở", "đang quá hạn", "từng trễ hạn", "đã trả lời", "bị mở lại")
    return (*zip(labels, row[1:7], strict=True), ("lượt cùng phản ánh", row[8]))


def step_of(first: date, last: date) -> Step:
    """Return the step with which a range has neither too few nor too many periods.

    >>> step_of(date(2026, 10, 1), date(2026, 10, 31)), step_of(date(2026, 1, 1), date(2026, 12, 31))
    (<Step.DAY: 'Ngày'>, <Step.MONTH: 'Tháng'>)
    """
    length = (last - first).days + 1
    if length <= _DAYS_SHOWN:
        return Step.DAY
    return Step.WEEK if length <= _WEEKS_SHOWN else Step.MONTH


def by_time(counts: Counts, wanted: ReportFilter, step: Step | None = None) -> Table:
    """Count by day, week or month of sending; periods without a report have a row too."""
    first, last = _range(counts, wanted)
    chosen = step or step_of(first, last)
    tallies: defaultdict[date, Tally] = defaultdict(Tally)
    for day, tally in counts.days.items():
        tallies[_begin(day, chosen)] += tally
    rows = []
    begin = _begin(first, chosen)
    while counts.days and begin <= last:
        end = _next(begin, chosen) - timedelta(days=1)
        own = replace(wanted, first=max(begin, first), last=min(end, last))
        rows.append(_row(_period_name(begin, chosen), tallies[begin], own))
        begin = end + timedelta(days=1)
    title = f"Số phản ánh theo {chosen.value.lower()}"
    return _table("thoi-gian", title, chosen.value, rows)


def by_place(counts: Counts, wanted: ReportFilter, place_name: Name) -> Table:
    """Count by province; by commune where some place was asked for and all of it lies in one province."""
    provinces = {province for province, _ in counts.places if province}
    of_communes = len(provinces) == 1 and any(commune for _, commune in counts.places)
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    for (province, commune), tally in counts.places.items():
        if province is None:
            tallies[NO_PLACE] += tally
        elif of_communes:
            tallies[commune or f"{province}-{NO_PLACE}"] += tally
        else:
            tallies[province] += tally
    rows = [
        _row(_place_name(code, place_name), tally, replace(wanted, places=(code,)))
        for code, tally in sorted(tallies.items(), key=lambda one: (-one[1].number, one[0]))
    ]
    title = f"Theo xã, phường: {place_name(provinces.pop())}" if of_communes else "Theo tỉnh, thành phố"
    return _table("noi", title, "Nơi", rows)


def times(counts: Counts, wanted: ReportFilter) -> Table:
    """How long it took to the first answer, and till it was settled: median, and what nine of ten stay below."""
    columns = (
        Column("Loại"),
        Column("Đã trả lời"),
        Column("Trả lời: trung vị", "giờ"),
        Column("Trả lời: 90% trong vòng", "giờ"),
        Column("Đã xong"),
        Column("Xong: trung vị", "giờ"),
        Column("Xong: 90% trong vòng", "giờ"),
    )
    kinds = [kind for kind in KINDS if counts.answer_hours.get(kind) or counts.done_hours.get(kind)]
    rows = [
        _times_row(
            KINDS[kind],
            counts.answer_hours.get(kind, {}),
            counts.done_hours.get(kind, {}),
            replace(wanted, kinds=(kind,)),
        )
        for kind in kinds
    ]
    if len(kinds) > 1:
        both = (_together(counts.answer_hours.values()), _together(counts.done_hours.values()))
        rows.append(_times_row("Tất cả", *both, wanted))
    title = "Thời gian đến trả lời đầu tiên và đến khi xong"
    return Table(name="thoi-gian-xu-ly", title=title, columns=columns, rows=tuple(rows), caveat=TIMES_CAVEAT)


def turns(counts: Counts, wanted: ReportFilter) -> Table:
    """Whose turn it is with what is open, and how much of it is overdue."""
    tallies: defaultdict[Hat, Tally] = defaultdict(Tally)
    for sort, tally in counts.sorts.items():
        if sort.turn is not None:
            tallies[sort.turn] += tally
    rows = []
    for hat in (hat for hat in Hat if tallies[hat].open):
        own = replace(wanted, turn=hat)
        late = Cell(tallies[hat].overdue, replace(own, overdue=True))
        rows.append(
            Row((Cell(TURNS[hat]), Cell(tallies[hat].open, own), late, _share(tallies[hat].overdue, tallies[hat].open)))
        )
    columns = (Column("Đang chờ"), Column("Còn mở"), Column("Đang quá hạn"), Column("Tỷ lệ quá hạn", "%"))
    return Table(
        name="dang-cho", title="Đang chờ ai, quá hạn bao nhiêu", columns=columns, rows=tuple(rows), caveat=CAVEAT
    )


def topics(questions: Questions, topic_of: Callable[[str], str | None], topic_name: Name) -> Table:
    """What was asked, by topic of the cards, and what residents thought of the answers."""
    replies, up, down = Counter[str](), Counter[str](), Counter[str]()
    for one in questions.answered:
        for topic in {topic_of(card) for card in one.cards} - {None}:
            replies[str(topic)] += one.replies
            up[str(topic)] += one.up
            down[str(topic)] += one.down
    rows = [
        Row(
            (
                Cell(topic_name(topic)),
                Cell(number),
                Cell(up[topic]),
                Cell(down[topic]),
                _share(up[topic], up[topic] + down[topic]),
            )
        )
        for topic, number in sorted(replies.items(), key=lambda one: (-one[1], one[0]))
    ]
    columns = (
        Column("Chủ đề"),
        Column("Lượt trả lời"),
        Column("Thấy hữu ích"),
        Column("Chưa hữu ích"),
        Column("Tỷ lệ hữu ích", "%"),
    )
    return Table(name="chu-de", title="Câu hỏi theo chủ đề", columns=columns, rows=tuple(rows), caveat=QUESTIONS_CAVEAT)


def without_answer(questions: Questions) -> Table:
    """How many questions nobody could answer, and how many of them still wait."""
    known = Counter[str]()
    for one in questions.answered:
        known.update({"all": one.replies, "up": one.up, "down": one.down})
    rows = (
        ("Lượt trả lời từ thẻ kiến thức", known["all"]),
        ("Được đánh giá hữu ích", known["up"]),
        ("Bị đánh giá chưa hữu ích", known["down"]),
        ("Câu hỏi chưa có câu trả lời", questions.unanswered),
        ("Trong đó còn chờ cán bộ", questions.waiting),
    )
    return Table(
        name="hoi-dap",
        title="Hỏi đáp với trợ lý",
        columns=(Column("Chỉ số"), Column("Số lượng")),
        rows=tuple(Row((Cell(label), Cell(number))) for label, number in rows),
        caveat=QUESTIONS_CAVEAT,
    )


def below(hours: Mapping[int, int], share: float) -> int | None:
    """Return the least number of full hours within which at least that share of reports was done; None for no report.

    >>> below({1: 5, 10: 4, 100: 1}, 0.5), below({1: 5, 10: 4, 100: 1}, 0.9), below({}, 0.5)
    (1, 10, None)
    """
    number = sum(hours.values())
    passed = 0
    for hour in sorted(hours):
        passed += hours[hour]
        if passed >= share * number:
            return hour
    return None


def _times_row(label: str, answers: Mapping[int, int], done: Mapping[int, int], own: ReportFilter) -> Row:
    answered = Cell(sum(answers.values()), replace(own, answered=True))
    finished = Cell(sum(done.values()), _in_states(own, frozenset(DONE)))
    return Row(
        (
            Cell(label),
            *(answered, Cell(below(answers, 0.5)), Cell(below(answers, 0.9))),
            *(finished, Cell(below(done, 0.5)), Cell(below(done, 0.9))),
        )
    )


def _together(several: Iterable[Mapping[int, int]]) -> Counter[int]:
    total = Counter[int]()
    for one in several:
        total.update(one)
    return total


Group = tuple[str, ReportFilter, Tally]


def _by(name: str, title: str, heading: str, groups: Iterable[Group]) -> Table:
    return _table(name, title, heading, [_row(label, tally, own) for label, own, tally in groups if tally.number])


def _kinds(counts: Counts, wanted: ReportFilter) -> Iterable[Group]:
    tallies: defaultdict[ReportKind, Tally] = defaultdict(Tally)
    for sort, tally in counts.sorts.items():
        tallies[sort.category.kind] += tally
    return [(label, replace(wanted, kinds=(kind,)), tallies[kind]) for kind, label in KINDS.items()]


def _categories(counts: Counts, wanted: ReportFilter) -> Iterable[Group]:
    tallies: defaultdict[Category, Tally] = defaultdict(Tally)
    for sort, tally in counts.sorts.items():
        tallies[sort.category] += tally
    found = [(label, replace(wanted, categories=(one,)), tallies[one]) for one, label in CATEGORIES.items()]
    return sorted(found, key=lambda one: -one[2].number)


def _channels(counts: Counts, wanted: ReportFilter) -> Iterable[Group]:
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    for sort, tally in counts.sorts.items():
        tallies[sort.channel] += tally
    found = [(CHANNELS.get(one, one), replace(wanted, channels=(one,)), tally) for one, tally in tallies.items()]
    return sorted(found, key=lambda one: (-one[2].number, one[0]))


def _states(counts: Counts, wanted: ReportFilter) -> Iterable[Group]:
    tallies: defaultdict[State, Tally] = defaultdict(Tally)
    for sort, tally in counts.sorts.items():
        tallies[sort.state] += tally
    return [(label, replace(wanted, states=(one,)), tallies[one]) for one, label in STATES.items()]


def _table(name: str, title: str, heading: str, rows: list[Row]) -> Table:
    return Table(name=name, title=title, columns=(Column(heading), *_MEASURES), rows=tuple(rows), caveat=CAVEAT)


def _row(label: str, tally: Tally, own: ReportFilter) -> Row:
    return Row(
        (
            Cell(label),
            Cell(tally.number, own),
            Cell(tally.open, _in_states(own, OPEN)),
            Cell(tally.overdue, replace(own, overdue=True)),
            Cell(tally.late, replace(own, late=True)),
            Cell(tally.answered, replace(own, answered=True)),
            Cell(tally.reopened, replace(own, reopened=True)),
            _share(tally.reopened, tally.answered),
            Cell(tally.supporters, replace(own, supported=True)),
        )
    )


def _in_states(own: ReportFilter, states: frozenset[State]) -> ReportFilter | None:
    """Narrow a filter to some states; None where it leaves none of them, since a filter without states has all."""
    kept = tuple(state for state in State if state in states and (not own.states or state in own.states))
    return replace(own, states=kept) if kept else None


def _share(part: int, whole: int) -> Cell:
    return Cell(round(100 * part / whole, 1) if whole else None)


def _range(counts: Counts, wanted: ReportFilter) -> tuple[date, date]:
    days = list(counts.days) or [date(2000, 1, 1)]
    return wanted.first or min(days), wanted.last or max(days)


def _begin(day: date, step: Step) -> date:
    if step is Step.MONTH:
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if step is Step.WEEK else day


def _next(begin: date, step: Step) -> date:
    if step is Step.MONTH:
        return (begin + timedelta(days=32)).replace(day=1)
    return begin + timedelta(days=_WEEK if step is Step.WEEK else 1)


def _period_name(begin: date, step: Step) -> str:
    if step is Step.MONTH:
        return f"{begin:%m/%Y}"
    return f"{begin:%d/%m/%Y}" if step is Step.DAY else f"Tuần từ {begin:%d/%m/%Y}"


def _place_name(code: str, place_name: Name) -> str:
    if code == NO_PLACE:
        return NO_PLACE_NAME
    return "Chưa rõ xã, phường" if code.endswith(NO_PLACE) else place_name(code)
