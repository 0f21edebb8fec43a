"""The results of a campaign as tables: the same for the page, its plots and its files, with what they do not say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from bot.campaigns.content import CHANNELS
from bot.campaigns.lifecycle import FATES, WHYS, Fate, Stage, Why
from bot.campaigns.tally import Tally
from bot.console.charts import Plot, Shape
from bot.feedback.tables import Cell, Column, Row, Table, Value
from bot.store.campaign_figures import LEAST_PAIRS, CampaignFigures, DrillFigures, Learning, Place, QuizFigures, Step

_Key = TypeVar("_Key")
MOST_REASONS: Final = 40
"""Reasons that are told one by one: channels may give a new one for every message."""
MOST_STEPS: Final = 400
"""Hours or days between the first and the last step up to which those without anything are shown, too."""
_HOUR: Final = timedelta(hours=1)
SHOWN_ROWS: Final = 40
"""Rows of a table that the page shows; its file has all."""
TOO_FEW: Final = "chưa đủ số"
_NO_REASON: Final = "Không rõ lý do"
_NOT_READ: Final = (
    "“Đã gửi” là kênh đã nhận tin để chuyển, không phải người dân đã đọc. Telegram và Zalo Bot không cho biết tin đã "
    "tới máy hay đã đọc; chỉ Zalo OA và trang web cho biết một phần. Vì vậy không so số “đã đọc” giữa các kênh."
)
_OF_PLACES: Final = (
    "Địa bàn là nơi ở người dân tự cho biết khi danh sách được chốt. Nơi ít người đăng ký thì số nhỏ, không nói lên "
    "mức quan tâm của cả địa bàn."
)
_OF_REASONS: Final = (
    "“Không gửi” là chủ động không gửi theo quy tắc. “Gửi không được” là kênh từ chối, chắc chắn chưa tới. Số “không "
    "rõ đã tới chưa” không nằm trong bảng này và không được gửi lại."
)
_OF_STEPS: Final = (
    "Theo giờ Việt Nam, tính từ lúc bắt đầu gửi. Đã tới, đã đọc chỉ có ở kênh cho biết điều đó. “Có trả lời” là người "
    "nhận bấm nút hoặc nhắn trong vòng 48 giờ sau tin, có thể vì chuyện khác."
)
_OF_QUIZZES: Final = (
    "Chỉ tính lượt làm từ nút dưới tin của chiến dịch này. Người làm là người tự chọn tham gia, nên kết quả không đại "
    f"diện cho cả địa bàn. Dưới {LEAST_PAIRS} người thì không nêu tỷ lệ, để không ai đoán được kết quả của một người."
)
_OF_LEARNING: Final = (
    f"Chỉ tính người làm cả trước và sau, mỗi người lấy lần đầu của mỗi đợt, trên các câu có ở cả hai. Dưới "
    f"{LEAST_PAIRS} người thì không nêu tỷ lệ vì vài người đã làm số thay đổi nhiều. Người chịu làm cả hai lần thường "
    "quan tâm hơn, nên phần tăng thêm không phải của mọi người nhận tin."
)
_OF_DRILLS: Final = (
    "Người dân tự đánh dấu từng bước mình làm được, không ai kiểm tra tại nhà. Chỉ tính lượt mở từ tin của chiến dịch."
)
_SENT: Final = (
    Column("Dự kiến"),
    Column("Đã gửi"),
    Column("Đã tới máy"),
    Column("Đã đọc"),
    Column("Có trả lời"),
    Column("Ngừng nhận"),
    Column("Báo tin sai"),
    Column("Không gửi"),
    Column("Gửi không được"),
    Column("Không rõ"),
    Column("Còn chờ"),
)
_DELIVERED, _READ = 3, 4  # columns
_TELL_DELIVERED: Final = frozenset({"zalo_oa", "web"})
_TELL_READ: Final = frozenset({"zalo_oa"})
_PLOTS: Final = (
    Plot(name="tin", title="Dự kiến và đã gửi, theo tin", table="tin", columns=(1, 2)),
    Plot(name="kenh", title="Đã gửi và có trả lời, theo kênh", table="kenh", columns=(2, 5)),
    Plot(name="thoi-gian", title="Đã gửi theo thời gian", table="thoi-gian", columns=(1,), shape=Shape.UPRIGHT),
    Plot(name="tra-loi", title="Có trả lời theo thời gian", table="thoi-gian", columns=(4,), shape=Shape.UPRIGHT),
    Plot(name="noi", title="Đã gửi và có trả lời, theo địa bàn", table="noi", columns=(2, 5)),
    Plot(name="ly-do", title="Vì sao chưa gửi được", table="ly-do", columns=(1,)),
    Plot(
        name="cau-hoi",
        title="Trả lời đúng trước và sau, theo câu hỏi",
        table="cau-hoi",
        columns=(2, 3),
        legends=("trước (%)", "sau (%)"),
    ),
    Plot(name="dien-tap", title="Thực hành tại nhà: bắt đầu và làm xong", table="dien-tap", columns=(1, 2)),
)
PLOTS: Final[Mapping[str, Plot]] = {plot.name: plot for plot in _PLOTS}
"""Every plot by its name in addresses, in the order of the page."""


@dataclass(frozen=True)
class Names:
    """What things are called: places by their codes (a commune None: the province), quizzes, questions, drills."""

    place: Callable[[Place], str]
    quiz: Callable[[str], str]
    question: Callable[[str], str]
    drill: Callable[[str], str]


def tables_of(figures: CampaignFigures, names: Names) -> dict[str, Table]:
    """Return all tables by name; those of which there is nothing to tell have no rows."""
    found = (
        _table("tin", "Theo tin", "Tin", ((one.title, one.tally) for one in figures.messages), _NOT_READ),
        _channels(figures),
        _steps(figures),
        _table("noi", "Theo địa bàn", "Địa bàn", _by_province(figures, names), _OF_PLACES),
        _table("xa", "Theo xã, phường", "Xã, phường", _by_commune(figures, names), _OF_PLACES),
        _reasons(figures),
        _learning(figures.learning, names),
        _questions(figures.learning, names),
        _quizzes(figures, names),
        _drills(figures, names),
    )
    return {table.name: table for table in found}


def sums_of(figures: CampaignFigures) -> list[tuple[str, int]]:
    """Return the numbers above the tables."""
    total = figures.total
    return [
        ("lượt gửi dự kiến", total.planned),
        ("lượt đã gửi", total.reached),
        ("người nhận ít nhất một tin", figures.people),
        ("người có trả lời", figures.people_answered),
        ("người ngừng nhận sau tin", total.stopped),
        ("lượt báo tin sai", total.complained),
        ("lượt không gửi", total.of(Fate.SKIPPED)),
        ("lượt gửi không được", total.of(Fate.FAILED)),
        ("lượt không rõ đã tới chưa", total.of(Fate.UNKNOWN)),
        ("lượt còn chờ", total.open),
    ]


def unfinished(figures: CampaignFigures) -> bool:
    """Whether something may still be sent, so that the figures are not the last word."""
    return any(one.stage not in {Stage.DONE, Stage.LATE, Stage.STOPPED} for one in figures.messages)


def reason_in_words(reason: str) -> str:
    """Return why something was not sent; words of a channel that are not known as they are.

    >>> reason_in_words("late"), reason_in_words("Bad Request: chat not found"), reason_in_words("")
    ('Quá hạn gửi', 'Không còn cuộc trò chuyện này', 'Không rõ lý do')
    """
    if reason in frozenset(Why):
        return WHYS[Why(reason)]
    return _KNOWN.get(reason, reason) or _NO_REASON


_KNOWN: Final[Mapping[str, str]] = {
    "stale": "Chờ quá lâu mà kênh chưa chạy",
    "the sender died": "Tiến trình gửi dừng giữa chừng",
    "unreadable": "Không đọc được địa chỉ nhận đã lưu",
    "throttled": "Kênh bảo gửi chậm lại",
    "Forbidden: bot was blocked by the user": "Người dân đã chặn trên Telegram",
    "Forbidden: user is deactivated": "Tài khoản Telegram đã bị xóa hoặc khóa",
    "Forbidden: bot can't initiate conversation with a user": "Người dân chưa mở cuộc trò chuyện trên Telegram",
    "Bad Request: chat not found": "Không còn cuộc trò chuyện này",
}
"""What the outbox and Telegram say in English; Zalo's reasons are stored in Vietnamese."""


def _table(name: str, title: str, what: str, rows: Iterable[tuple[str, Tally]], caveat: str) -> Table:
    made = tuple(Row((Cell(label), *map(Cell, _sent(tally)))) for label, tally in rows)
    return Table(name=name, title=title, columns=(Column(what), *_SENT), rows=made, caveat=caveat)


def _sent(tally: Tally) -> tuple[int, ...]:
    return (
        tally.planned,
        tally.reached,
        tally.delivered,
        tally.read,
        tally.answered,
        tally.stopped,
        tally.complained,
        tally.of(Fate.SKIPPED),
        tally.of(Fate.FAILED),
        tally.of(Fate.UNKNOWN),
        tally.open,
    )


def _channels(figures: CampaignFigures) -> Table:
    """By channel; what a channel never tells is not 0 but nothing."""
    rows = []
    for channel, tally in sorted(figures.by_channel.items()):
        cells: list[Value] = [CHANNELS.get(channel, channel), *_sent(tally)]
        for number, told_by in ((_DELIVERED, _TELL_DELIVERED), (_READ, _TELL_READ)):
            if channel not in told_by:
                cells[number] = cells[number] or None
        rows.append(cells)
    return _plain("kenh", "Theo kênh", ("Kênh", *(one.label for one in _SENT)), rows, _NOT_READ)


def _by_province(figures: CampaignFigures, names: Names) -> Iterator[tuple[str, Tally]]:
    for province, tally in _most_first(figures.by_province.items()):
        yield (names.place((province, None)) if province else "Chưa cho biết nơi ở"), tally


def _by_commune(figures: CampaignFigures, names: Names) -> Iterator[tuple[str, Tally]]:
    for place, tally in _most_first(figures.by_place.items()):
        if place[1] is not None:
            yield names.place(place), tally


def _most_first(pairs: Iterable[tuple[_Key, Tally]]) -> list[tuple[_Key, Tally]]:
    return sorted(pairs, key=lambda one: (-one[1].planned, str(one[0])))


def _steps(figures: CampaignFigures) -> Table:
    form = "%H giờ %d/%m" if figures.hourly else "%d/%m/%Y"
    values = (
        (one.start.strftime(form), one.sent, one.delivered, one.read, one.answered, one.stopped)
        for one in _without_gaps(figures.steps, _HOUR if figures.hourly else 24 * _HOUR)
    )
    columns = ("Giờ" if figures.hourly else "Ngày", "Đã gửi", "Đã tới máy", "Đã đọc", "Có trả lời", "Ngừng nhận")
    return _plain("thoi-gian", "Theo thời gian", columns, values, _OF_STEPS)


def _without_gaps(steps: Sequence[Step], length: timedelta) -> Iterator[Step]:
    """Yield the steps with empty ones between them, so that a plot has a true axis; of very many only their own."""
    if not steps or (steps[-1].start - steps[0].start) / length > MOST_STEPS:
        yield from steps
        return
    known, start = {one.start: one for one in steps}, steps[0].start
    while start <= steps[-1].start:
        yield known.get(start, Step(start, 0, 0, 0, 0, 0))
        start += length


def _reasons(figures: CampaignFigures) -> Table:
    """Reasons in rows, channels in columns."""
    channels = sorted({channel for channel, _ in (*figures.skipped, *figures.failed)})
    found: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for fate, counted in ((Fate.SKIPPED, figures.skipped), (Fate.FAILED, figures.failed)):
        for (channel, reason), number in counted.items():
            found[f"{FATES[fate]}: {reason_in_words(reason)}"][channel] += number
    most = sorted(found.items(), key=lambda one: (-sum(one[1].values()), one[0]))
    rest: defaultdict[str, int] = defaultdict(int)
    for _, numbers in most[MOST_REASONS:]:
        for channel, number in numbers.items():
            rest[channel] += number
    if rest:
        most = [*most[:MOST_REASONS], (f"{len(most) - MOST_REASONS} lý do khác", rest)]
    values: Iterator[tuple[Value, ...]] = (
        (why, sum(numbers.values()), *(numbers[one] for one in channels)) for why, numbers in most
    )
    columns = ("Lý do", "Số lượt", *(CHANNELS.get(one, one) for one in channels))
    return _plain("ly-do", "Lý do chưa gửi được", columns, values, _OF_REASONS)


def _learning(learning: Sequence[Learning], names: Names) -> Table:
    values: list[tuple[Value, ...]] = []
    for one in learning:
        told = (_percent(one.before), _percent(one.after), _points(one.before, one.after))
        values.append((_pair(one, names), one.people, *(told if one.enough else (TOO_FEW,) * 3)))
    columns = ("Trước và sau", "Người làm cả hai", "Đúng trước (%)", "Đúng sau (%)", "Tăng (điểm %)")
    return _plain("hieu-qua", "Hiểu biết trước và sau", columns, values, _OF_LEARNING)


def _questions(learning: Sequence[Learning], names: Names) -> Table:
    values: list[tuple[Value, ...]] = []
    for one in (question for pair in learning for question in pair.questions):
        shares = one.right_before / one.people, one.right_after / one.people
        told = (_percent(shares[0]), _percent(shares[1]), _points(*shares))
        values.append((names.question(one.id), one.people, *(told if one.people >= LEAST_PAIRS else (TOO_FEW,) * 3)))
    columns = ("Câu hỏi", "Người trả lời cả hai", "Đúng trước (%)", "Đúng sau (%)", "Tăng (điểm %)")
    return _plain("cau-hoi", "Từng câu hỏi, trước và sau", columns, values, _OF_LEARNING)


def _quizzes(figures: CampaignFigures, names: Names) -> Table:
    values: Iterator[tuple[Value, ...]] = (
        (names.quiz(one.id), one.started, one.finished, one.people, _mean(one)) for one in figures.quizzes
    )
    columns = ("Bộ câu hỏi", "Lượt bắt đầu", "Lượt làm xong", "Người làm xong", "Đúng trung bình (%)")
    return _plain("cau-do", "Các bộ câu hỏi", columns, values, _OF_QUIZZES)


def _mean(one: QuizFigures | DrillFigures) -> Value:
    """The mean share of one exercise in percent; not of so few that it tells how a single person did."""
    if one.mean is None:
        return None
    return _percent(one.mean) if one.people >= LEAST_PAIRS else TOO_FEW


def _drills(figures: CampaignFigures, names: Names) -> Table:
    values: Iterator[tuple[Value, ...]] = (
        (names.drill(one.id), one.started, one.finished, one.people, _mean(one)) for one in figures.drills
    )
    columns = ("Bài thực hành", "Lượt bắt đầu", "Lượt làm xong", "Người làm xong", "Bước làm được (%)")
    return _plain("dien-tap", "Thực hành tại nhà", columns, values, _OF_DRILLS)


def _plain(name: str, title: str, columns: Sequence[str], rows: Iterable[Sequence[Value]], caveat: str) -> Table:
    return Table(
        name=name,
        title=title,
        columns=tuple(map(Column, columns)),
        rows=tuple(Row(tuple(map(Cell, row))) for row in rows),
        caveat=caveat,
    )


def _pair(one: Learning, names: Names) -> str:
    before, after = names.quiz(one.quiz_before), names.quiz(one.quiz_after)
    return before if before == after else f"{before} → {after}"


def _percent(share: float) -> float:
    return round(100 * share, 1)


def _points(before: float, after: float) -> float:
    return round(100 * (after - before), 1)
