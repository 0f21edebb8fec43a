"""Figures: each a number with its definition in Vietnamese and with what it was counted from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from statistics import median
from typing import Any, Final

from bot.feedback.figure_tables import CHANNELS
from bot.feedback.filters import NO_PLACE
from bot.feedback.kinds import CATEGORIES, KINDS, Category, ReportKind
from bot.feedback.lifecycle import STATES, Hat, State
from bot.monitoring.reach import CampaignReach, Reach
from bot.monitoring.records import DONE, EVERYTHING, STILL_OPEN, Record, Selection
from bot.monitoring.scopes import Scope

_PROVINCE: Final = 2  # digits
LONGEST_LIST: Final = 200
"""Codes that are kept beside a figure; the sheet of records has all of them."""
LISTED_KINDS: Final = (ReportKind.PROCEDURE, ReportKind.OPINION, ReportKind.MODEL, ReportKind.COMMENDATION)
"""Kinds whose reports are named one by one, by code."""
CAMPAIGN: Final = "td.cd."
QUIZ: Final = "td.cau-hoi."
DRILL: Final = "td.thuc-hanh."
"""How ids of figures begin that are of one campaign, one quiz, one drill."""
_SENT_IN_PERIOD: Final = "trong số lượt gửi trong kỳ."
OF_CAMPAIGN: Final[Mapping[str, tuple[str, str, str]]] = {
    "sent": (
        "da-gui",
        "lượt đã gửi",
        "Số lượt tin kênh đã nhận để chuyển trong kỳ; đã gửi không phải là đã đọc.",
    ),
    "people": ("nguoi", "người được gửi", "Số người được gửi ít nhất một tin trong kỳ."),
    "delivered": ("da-toi", "đã tới máy", f"Số lượt kênh cho biết đã tới máy, {_SENT_IN_PERIOD}"),
    "read": ("da-doc", "đã đọc", f"Số lượt kênh cho biết đã đọc, {_SENT_IN_PERIOD}"),
    "answered": ("tra-loi", "có trả lời", f"Số lượt người nhận bấm nút hoặc nhắn lại, {_SENT_IN_PERIOD}"),
    "stopped": ("ngung", "ngừng nhận", f"Số lượt người nhận ngừng nhận tin sau đó, {_SENT_IN_PERIOD}"),
    "complained": ("bao-sai", "báo tin sai", f"Số lượt người nhận báo tin không đúng, {_SENT_IN_PERIOD}"),
    "skipped": ("khong-gui", "không gửi", "Số lượt chủ động không gửi trong kỳ theo quy tắc."),
    "failed": ("khong-duoc", "gửi không được", "Số lượt kênh từ chối trong kỳ."),
    "unknown": ("khong-ro", "không rõ đã tới chưa", "Số lượt trong kỳ không biết đã tới hay chưa, không gửi lại."),
}
"""Of one campaign: by the number's name the end of its figure's id, its name, and what it says."""
_TOLD: Final = {
    "sent": " Đã gửi là kênh đã nhận tin để chuyển; Telegram và Zalo Bot không cho biết tin đã tới máy hay đã đọc.",
    "people": " Người đã xóa dữ liệu được đếm một lần trong mỗi chiến dịch.",
}
STANDING: Final = tuple(one for one in State if one not in {State.REJECTED, State.DUPLICATE, State.WITHDRAWN})
REPORTS: Final = "phản ánh"
DAYS: Final = "ngày"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number. `before`: the same of the period before. None: there is nothing to count or to measure.

    `selection`: the reports that it counts; None: it is counted from something else, as `definition` says.
    `campaign`: the one whose results it is of.
    """

    id: str
    name: str
    definition: str
    unit: str
    value: float | None
    before: float | None
    selection: Selection | None = None
    campaign: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        chosen = None if self.selection is None else self.selection.as_json()
        return {
            "id": self.id,
            "name": self.name,
            "definition": self.definition,
            "unit": self.unit,
            "value": self.value,
            "before": self.before,
            "selection": chosen,
            **({} if self.campaign is None else {"campaign": self.campaign}),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Figure:
        """Read what `as_json` wrote."""
        chosen = stored["selection"]
        return cls(**{**stored, "selection": None if chosen is None else Selection.from_json(chosen)})


@dataclass(frozen=True)
class Named:
    """A report that is named by its code: no words of it."""

    code: str
    day: date
    category: Category
    state: State
    province: str | None
    commune: str | None

    def as_json(self) -> list[Any]:
        """Return it as JSON."""
        return [self.code, self.day.isoformat(), self.category, self.state, self.province, self.commune]

    @classmethod
    def from_json(cls, stored: Sequence[Any]) -> Named:
        """Read what `as_json` wrote."""
        code, day, category, state, province, commune = stored
        return cls(code, date.fromisoformat(day), Category(category), State(state), province, commune)


@dataclass(frozen=True)
class Figures:
    """All figures of a report, as they were at `taken_at`; `named`: reports by kind, oldest first."""

    taken_at: datetime
    all: tuple[Figure, ...]
    named: Mapping[ReportKind, tuple[Named, ...]] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> Mapping[str, Figure]:
        """The figures by their ids."""
        return {one.id: one for one in self.all}

    def uncompared(self) -> Figures:
        """Return them without the period before, for a period that is not over: it would be set against a whole one."""
        return replace(self, all=tuple(replace(one, before=None) for one in self.all))

    def value(self, figure: str) -> float:
        """Return a number, 0 for one that is not there."""
        found = self.by_id.get(figure)
        return 0 if found is None or found.value is None else found.value

    def under(self, beginning: str) -> tuple[Figure, ...]:
        """Return the figures whose ids begin so, the greatest first."""
        found = [one for one in self.all if one.id.startswith(beginning)]
        return tuple(sorted(found, key=lambda one: -(one.value or 0)))

    def as_json(self) -> dict[str, Any]:
        """Return them as JSON."""
        return {
            "taken_at": self.taken_at.isoformat(),
            "figures": [one.as_json() for one in self.all],
            "named": {kind.value: [one.as_json() for one in named] for kind, named in self.named.items()},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Figures:
        """Read what `as_json` wrote."""
        return cls(
            datetime.fromisoformat(stored["taken_at"]),
            tuple(Figure.from_json(one) for one in stored["figures"]),
            {ReportKind(kind): tuple(map(Named.from_json, rows)) for kind, rows in stored["named"].items()},
        )


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What is counted from other tables. `answered`: answers by topic; one may belong to several."""

    answers: int = 0
    answered: Mapping[str, int] = field(default_factory=dict)
    unanswered: int = 0
    thumbs_up: int = 0
    thumbs_down: int = 0
    subscribed: int = 0
    subscribers: int = 0
    erasures: int = 0
    reach: Reach = field(default_factory=Reach)


@dataclass(frozen=True)
class Material:
    """What a report is counted from: the reports of its period and of the one before, and the other numbers."""

    now: Sequence[Record]
    before: Sequence[Record]
    beside: Beside
    beside_before: Beside
    scope: Scope = field(default_factory=Scope)

    def with_reach(self, now: Reach, before: Reach) -> Material:
        """Return it with what campaigns reached in the period and in the one before."""
        return replace(
            self, beside=replace(self.beside, reach=now), beside_before=replace(self.beside_before, reach=before)
        )


Name = Callable[[str], str]


def figures_of(material: Material, taken_at: datetime, place_name: Name, topic_name: Name) -> Figures:
    """Count everything. `place_name` names a code, `topic_name` a topic of the knowledge."""
    found = (
        *_of_reports(material),
        *_of_places(material, place_name),
        *_of_agencies(material),
        *_of_times(material),
        *_of_questions(material, topic_name),
        *_of_reach(material),
    )
    return Figures(taken_at, tuple(found), {kind: _named(material.now, kind) for kind in LISTED_KINDS})


def _counted(
    material: Material,
    figure: str,
    name: str,
    selection: Selection,
    definition: str | None = None,
    *,
    comparable: bool = True,
) -> Figure:
    """Count reports. What depends on how long there was to handle them does not compare with the period before."""
    return Figure(
        id=figure,
        name=name,
        definition=definition or "Số phản ánh nhận trong kỳ thuộc mục này.",
        unit=REPORTS,
        value=len(selection.of(material.now)),
        before=len(selection.of(material.before)) if comparable else None,
        selection=selection,
    )


def _of_reports(material: Material) -> Iterator[Figure]:
    total = "Số phản ánh nhận trong kỳ (theo ngày nhận, giờ Việt Nam), kể cả phản ánh sau đó được gộp hoặc rút lại."
    yield _counted(material, "pa.tong", "Phản ánh đã nhận", EVERYTHING, total)
    for kind, label in KINDS.items():
        yield _counted(material, f"pa.loai.{kind}", label, Selection(kinds=(kind,)))
    for category, label in CATEGORIES.items():
        if Selection(categories=(category,)).of((*material.now, *material.before)):
            yield _counted(material, f"pa.muc.{category}", label, Selection(categories=(category,)))
    for state, label in STATES.items():
        told = f"Số phản ánh nhận trong kỳ mà khi lấy số liệu ở trạng thái “{label}”."
        yield _counted(material, f"pa.ket-qua.{state}", label, Selection(states=(state,)), told, comparable=False)
    done = "Số phản ánh nhận trong kỳ mà người dân đã xác nhận xong, hoặc cán bộ đã đóng với bằng chứng."
    yield _counted(material, "pa.xong", "Đã giải quyết xong", DONE, done, comparable=False)
    still = "Số phản ánh nhận trong kỳ mà khi lấy số liệu còn phải xử lý hoặc chờ người dân xác nhận."
    yield _counted(material, "pa.dang-mo", "Chưa kết thúc", STILL_OPEN, still, comparable=False)
    for turn, figure, who in ((Hat.AGENCY, "co-quan", "cơ quan được chuyển"), (Hat.MTTQ, "mat-tran", "Mặt trận")):
        told = f"Số phản ánh nhận trong kỳ, chưa kết thúc, đang chờ {who} mà đã quá hạn vào lúc lấy số liệu."
        chosen = Selection(turn=turn, overdue=True)
        yield _counted(material, f"pa.qua-han.{figure}", f"Đang quá hạn ở {who}", chosen, told, comparable=False)
    late = "Số phản ánh nhận trong kỳ mà có lần đã quá hạn, dù nay đã xong hay chưa."
    yield _counted(material, "pa.tre-han", "Từng trễ hạn", Selection(late=True), late, comparable=False)
    again = "Số phản ánh nhận trong kỳ mà người dân báo chưa xong và được mở lại ít nhất một lần."
    yield _counted(material, "pa.mo-lai", "Bị mở lại", Selection(reopened=True), again, comparable=False)
    for kind in LISTED_KINDS:
        told = f"Phản ánh nhận trong kỳ loại “{KINDS[kind]}”, trừ phản ánh không tiếp nhận, được gộp hoặc rút lại."
        chosen = Selection(kinds=(kind,), states=STANDING)
        yield _counted(material, f"pa.neu-ma.{kind}", f"{KINDS[kind]}: nêu trong bảng", chosen, told, comparable=False)
    yield Figure(
        id="pa.ung-ho",
        name="Lượt người dân cùng phản ánh",
        definition="Tổng số lượt bấm “tôi cũng gặp” ở các phản ánh nhận trong kỳ.",
        unit="lượt",
        value=sum(one.supporters for one in material.now),
        before=sum(one.supporters for one in material.before),
        selection=Selection(supported=True),
    )
    for channel in sorted({one.channel for one in (*material.now, *material.before)}):
        name = f"Gửi qua {CHANNELS.get(channel, channel)}"
        yield _counted(material, f"pa.kenh.{channel.replace('_', '-')}", name, Selection(channel=channel))


def _of_places(material: Material, place_name: Name) -> Iterator[Figure]:
    """Count by what the scope consists of: its places if there are several, else the communes or the provinces."""
    codes, unknown = _places_in(material)
    now, before = _by_place(material.now), _by_place(material.before)
    for code in codes:
        yield Figure(
            id=f"pa.noi.{code}",
            name=place_name(code),
            definition="Số phản ánh nhận trong kỳ ở nơi này.",
            unit=REPORTS,
            value=now[code],
            before=before[code],
            selection=Selection(places=(code,)),
        )
    if unknown:
        told = "Số phản ánh nhận trong kỳ mà người dân chưa cho biết xã, phường hoặc tỉnh, thành phố."
        yield _counted(material, "pa.chua-ro-noi", "Chưa rõ địa bàn", Selection(places=unknown), told)


def _by_place(records: Iterable[Record]) -> Counter[str | None]:
    """Count by province and by commune at once: their codes differ in length."""
    found = Counter[str | None]()
    for one in records:
        found[one.province] += 1
        found[one.commune] += 1
    return found


def _places_in(material: Material) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the places to count by, the one with the most reports first, and what stands for an unknown place."""
    scope = material.scope.places
    if len(scope) > 1:
        return scope, ()
    if scope and len(scope[0]) > _PROVINCE:
        return (), ()
    provinces = sorted({one.province for one in (*material.now, *material.before) if one.province})
    if len(provinces) == 1:
        found = Counter(one.commune for one in material.now)
        unknown = (f"{provinces[0]}-{NO_PLACE}", *(() if scope else (NO_PLACE,)))
    else:
        found = Counter(one.province for one in material.now)
        unknown = () if scope else (NO_PLACE,)
    return tuple(code for code, _ in found.most_common() if code is not None), unknown


def _of_agencies(material: Material) -> Iterator[Figure]:
    names = {one.agency: one.agency_name for one in material.now if one.agency is not None}
    for agency, name in sorted(names.items()):
        selection = Selection(agency=agency)
        sent = f"Số phản ánh nhận trong kỳ mà cơ quan đang được giao là {name}."
        yield _counted(material, f"cq.{agency}.giao", f"{name}: được giao", selection, sent, comparable=False)
        late = f"Trong số đó, số phản ánh đang chờ cơ quan xử lý mà đã quá hạn vào lúc lấy số liệu ({name})."
        yield _counted(
            material,
            f"cq.{agency}.qua-han",
            f"{name}: quá hạn",
            Selection(agency=agency, turn=Hat.AGENCY, overdue=True),
            late,
            comparable=False,
        )


def _of_times(material: Material) -> Iterator[Figure]:
    yield _typical(
        "tg.tra-loi",
        "Thời gian đến trả lời đầu tiên",
        "Trung vị số ngày từ lúc nhận đến lúc có trả lời đầu tiên, chỉ tính phản ánh đã có trả lời.",
        Selection(answered=True),
        [one.answer_days for one in material.now],
    )
    yield _typical(
        "tg.ket-thuc",
        "Thời gian giải quyết",
        "Trung vị số ngày từ lúc nhận đến lúc xong, chỉ tính phản ánh đã giải quyết xong.",
        DONE,
        [one.close_days for one in DONE.of(material.now)],
    )


def _typical(figure: str, name: str, definition: str, selection: Selection, days: Iterable[float | None]) -> Figure:
    """A typical time. Not compared: of the period before the slow reports are done by now, of this one not yet."""
    return Figure(
        id=figure,
        name=name,
        definition=definition,
        unit=DAYS,
        value=_middle(days),
        before=None,
        selection=selection,
    )


def _middle(days: Iterable[float | None]) -> float | None:
    known = [one for one in days if one is not None]
    return round(median(known), 1) if known else None


def _of_questions(material: Material, topic_name: Name) -> Iterator[Figure]:
    """Count questions. Not compared: conversations go with time, those of the period before sooner."""
    now, before = material.beside, material.beside_before
    everywhere = "Tính trên toàn hệ thống (câu hỏi không gắn địa bàn), trên các hội thoại còn lưu khi lấy số liệu."
    told = f"Số lượt trợ lý trả lời từ thẻ kiến thức. {everywhere}"
    yield _other("hd.tra-loi", "Lượt hỏi được trả lời", told, (now.answers, None))
    for topic, number in sorted(now.answered.items(), key=lambda one: (-one[1], one[0])):
        name = f"Chủ đề “{topic_name(topic)}”"
        told = f"Số lượt trả lời từ thẻ thuộc chủ đề này; một lượt có thể thuộc nhiều chủ đề. {everywhere}"
        yield _other(f"hd.chu-de.{topic}", name, told, (number, None))
    asked = f"Số câu hỏi trợ lý chưa có câu trả lời, giữ lại cho cán bộ. {everywhere}"
    yield _other("hd.chua-tra-loi", "Câu hỏi chưa có câu trả lời", asked, (now.unanswered, None), "câu hỏi")
    up = f"Số câu trả lời được người dân đánh giá hữu ích. {everywhere}"
    yield _other("hd.huu-ich", "Đánh giá hữu ích", up, (now.thumbs_up, None))
    down = f"Số câu trả lời bị người dân đánh giá chưa hữu ích. {everywhere}"
    yield _other("hd.chua-huu-ich", "Đánh giá chưa hữu ích", down, (now.thumbs_down, None))
    new = "Số người đăng ký nhận tin trong kỳ; nếu báo cáo theo địa bàn thì chỉ tính người đã cho biết nơi ở."
    yield _other("dk.moi", "Đăng ký nhận tin mới", new, (now.subscribed, before.subscribed), "người")
    active = "Số người đang nhận tin vào cuối kỳ; nếu báo cáo theo địa bàn thì chỉ tính người đã cho biết nơi ở."
    yield _other("dk.dang-nhan", "Đang nhận tin", active, (now.subscribers, before.subscribers), "người")
    gone = "Số lần người dân yêu cầu xóa dữ liệu của mình; tính trên toàn hệ thống, không lưu là ai."
    yield _other("xoa.yeu-cau", "Yêu cầu xóa dữ liệu", gone, (now.erasures, before.erasures))


def _of_reach(material: Material) -> Iterator[Figure]:
    now, before = material.beside.reach, material.beside_before.reach
    for key, name, unit in (
        ("campaigns", "Chiến dịch tuyên truyền", "chiến dịch"),
        ("sent", "Lượt tin đã gửi", "lượt"),
        ("people", "Người được gửi tin", "người"),
        ("quizzes", "Đợt tìm hiểu kiến thức", "đợt"),
        ("quiz_people", "Người tham gia tìm hiểu kiến thức", "người"),
        ("drills", "Đợt thực hành, diễn tập", "đợt"),
        ("drill_people", "Người tham gia thực hành, diễn tập", "người"),
    ):
        told = f"{name} do hệ thống ghi nhận trong kỳ; việc làm ngoài hệ thống do cán bộ bổ sung.{_TOLD.get(key, '')}"
        pair = (getattr(now, key), getattr(before, key))
        yield _other(f"td.{key.replace('_', '-')}", name, told, pair, unit)
    for campaign in now.of_campaigns:
        yield from _of_campaign(campaign)
    for beginning, what, done in ((QUIZ, "bộ câu hỏi", now.of_quizzes), (DRILL, "bài thực hành", now.of_drills)):
        for one in done:
            told = f"Số lượt làm xong {what} này trong kỳ."
            finished = _other(f"{beginning}{one.id}.luot", f"{one.title}: lượt làm xong", told, (one.finished, None))
            told = f"Số người làm xong {what} này ít nhất một lần trong kỳ."
            yield from (
                finished,
                _other(f"{beginning}{one.id}.nguoi", f"{one.title}: người làm xong", told, (one.people, None), "người"),
            )


def _of_campaign(one: CampaignReach) -> Iterator[Figure]:
    for key, (figure, name, told) in OF_CAMPAIGN.items():
        yield Figure(
            id=f"{CAMPAIGN}{one.id}.{figure}",
            name=f"{one.title}: {name}",
            definition=f"{told} Chiến dịch số {one.id}.",
            unit="người" if key == "people" else "lượt",
            value=getattr(one, key),
            before=None,
            campaign=one.id,
        )


@dataclass(frozen=True)
class OfCampaign:
    """The figures of one campaign, in the order of `OF_CAMPAIGN`."""

    number: int
    title: str
    values: tuple[float, ...]


def by_campaign(figures: Figures) -> tuple[OfCampaign, ...]:
    """Return the figures of campaigns, by campaign in their order; what reports keep are figures only."""
    first = next(iter(OF_CAMPAIGN.values()))
    found = []
    for one in figures.all:
        if one.campaign is not None and one.id == f"{CAMPAIGN}{one.campaign}.{first[0]}":
            values = tuple(figures.value(f"{CAMPAIGN}{one.campaign}.{end}") for end, _, _ in OF_CAMPAIGN.values())
            found.append(OfCampaign(one.campaign, one.name.removesuffix(f": {first[1]}"), values))
    return tuple(found)


def _other(figure: str, name: str, definition: str, pair: tuple[int, int | None], unit: str = "lượt") -> Figure:
    return Figure(id=figure, name=name, definition=definition, unit=unit, value=pair[0], before=pair[1])


def _named(records: Iterable[Record], kind: ReportKind) -> tuple[Named, ...]:
    chosen = Selection(kinds=(kind,), states=STANDING).of(records)
    chosen.sort(key=lambda one: (one.created_at, one.code))
    return tuple(
        Named(one.code, one.day, Category(one.category), State(one.state), one.province, one.commune)
        for one in chosen[:LONGEST_LIST]
    )
