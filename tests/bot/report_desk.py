"""A desk that takes reports, and the flows of reporting on two communes, for tests of what is asked and sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from bot.conversation.flows.desk import Alike, Desk, DeskError, Draft, Followed, NotDone, Profile
from bot.conversation.flows.engine import Control, Engine, Outcome
from bot.conversation.flows.forms import Form
from bot.conversation.flows.place_reading import PlaceReading
from bot.conversation.flows.report import report_flow
from bot.conversation.flows.report_acts import act_flows
from bot.feedback.kinds import Category
from bot.feedback.lifecycle import Act, Hat, State
from bot.feedback.reports import Happening, Report, Where
from knowledge.gazetteer import Gazetteer
from knowledge.places import Places, Unit

CODE: Final = "7K-2M9Q-XDAB"
TOKEN: Final = "0a1b2c"
NOW: Final = datetime(2026, 11, 20, 18, tzinfo=UTC)  # already the 21st in Viet Nam
LATER: Final = NOW + timedelta(minutes=1)
PROVINCE: Final = "Thành phố Hồ Chí Minh"
_PLACES: Final = Places(
    provinces=(
        Unit(name=PROVINCE, kind="thành phố", province=PROVINCE, code="79"),
        Unit(name="Tỉnh Tây Ninh", kind="tỉnh", province="Tỉnh Tây Ninh", code="80"),
    ),
    communes=(
        Unit(name="Phường Gò Vấp", kind="phường", province=PROVINCE, code="26884"),
        Unit(name="Xã Tân Hưng", kind="xã", province=PROVINCE, code="25345"),
        Unit(name="Xã Tân Hưng", kind="xã", province="Tỉnh Tây Ninh", code="27721"),
        Unit(name="Phường Sầm Sơn", kind="phường", province="Tỉnh Tây Ninh", code="16531"),
    ),
)
READING: Final = PlaceReading(_PLACES, Gazetteer(_PLACES))
ENGINE: Final = Engine([report_flow(READING), *act_flows()], lambda: TOKEN)


class FakeDesk:
    """Takes reports and what is done with them."""

    def __init__(self) -> None:
        self.sent: list[Draft] = []
        self.done: list[tuple[Any, ...]] = []
        self.looked: list[Draft] = []
        self.dropped: list[tuple[UUID, ...]] = []
        self.living: str | None = None
        self.near: Alike | None = None
        self.gone: set[UUID] = set()
        self.refuses: NotDone | None = None
        self.fails = False
        self.takes_photos = True

    async def profile(self) -> Profile | None:
        return Profile(self.living) if self.living else None

    async def photos_there(self, photos: tuple[UUID, ...]) -> tuple[UUID, ...]:
        return tuple(one for one in photos if one not in self.gone)

    async def drop_photos(self, photos: tuple[UUID, ...]) -> None:
        self.dropped.append(photos)

    async def send(self, draft: Draft) -> str:
        if self.fails:
            raise DeskError
        self.sent.append(draft)
        return CODE

    async def alike(self, draft: Draft) -> Alike | None:
        if self.fails:
            raise DeskError
        self.looked.append(draft)
        return self.near

    async def join(self, code: str, photos: tuple[UUID, ...] = ()) -> NotDone | None:
        return self._note("join", code, photos)

    async def act(
        self, code: str, act: Act, text: str = "", photos: tuple[UUID, ...] = (), *, content: bool | None = None
    ) -> NotDone | None:
        return self._note(act, code, text, photos, content)

    async def add(self, code: str, text: str, photos: tuple[UUID, ...] = ()) -> NotDone | None:
        return self._note("add", code, text, photos)

    def _note(self, *what: Any) -> NotDone | None:
        if self.refuses is None:
            self.done.append(what)
        return self.refuses

    @property
    def as_desk(self) -> Desk:
        """This desk where a whole one is wanted."""
        return cast("Desk", self)


async def filled(desk: FakeDesk, *answers: str, flow: str = "report", **values: str) -> Outcome:
    """Open a form and type answers, one after the other."""
    outcome = await ENGINE.open(flow, desk.as_desk, NOW, values)
    for answer in answers:
        outcome = await ENGINE.typed(form_of(outcome), answer, desk.as_desk, LATER)
    return outcome


def form_of(outcome: Outcome) -> Form:
    """Return the form of an outcome that must not have closed it."""
    assert outcome.form is not None, outcome.replies[0].text
    return outcome.form


def alike(text: str = "cửa bị khóa xích cả tháng nay", supporters: int = 2) -> Alike:
    """Return a report of others."""
    return Alike(
        code="AB-2345-CDEF",
        category=Category.LOCKED_EXIT,
        text=text,
        where=Where("79", "26884", "chung cư Hoa Sen"),
        since=NOW,
        supporters=supporters,
    )


def report(state: State = State.RECEIVED, **changes: Any) -> Report:
    """Return a report about a locked exit."""
    fields: dict[str, Any] = {
        "id": 7,
        "code": CODE,
        "kind": Category.LOCKED_EXIT.kind,
        "category": Category.LOCKED_EXIT,
        "state": state,
        "text": "cửa thoát nạn tầng 5 bị khóa",
        "where": Where("79", "26884"),
        "channel": "web",
        "told": True,
        "has_contact": True,
        "created_at": NOW,
        "changed_at": NOW,
        "due_hat": None,
        "due_at": None,
        "late": False,
        "claimed_by": 3,
        "claimed_name": "Cán bộ Lan",
        "claimed_at": NOW,
        "agency_id": None,
        "agency_name": None,
        "duplicate_of": None,
        "duplicates": (),
        "supporters": 0,
        "reopened": 0,
        "photos": (),
        "erased": False,
        "version": 1,
    }
    return Report(**{**fields, **changes})


def happened(number: int, kind: str, text: str = "", hat: Hat = Hat.MTTQ, **changes: Any) -> Happening:
    """Return something public that happened to a report."""
    fields: dict[str, Any] = {"who": "", "before": None, "after": None, "public": True}
    return Happening(id=number, at=NOW, kind=kind, hat=hat, text=text, **{**fields, **changes})


def followed(state: State = State.RECEIVED, *story: Happening, **changes: Any) -> Followed:
    """Return a report as it is followed."""
    return Followed(report(state, **changes), story)


async def answered(desk: FakeDesk, *answers: str, **values: str) -> Outcome:
    """Open a report and give answers: typed text, the value of a button, or a control."""
    outcome = await filled(desk, **values)
    for answer in answers:
        form = form_of(outcome)
        if answer in {one.value for one in Control}:
            outcome = await ENGINE.control(form, Control(answer), desk.as_desk, LATER)
        else:
            outcome = await ENGINE.typed(form, answer, desk.as_desk, LATER)
    return outcome


def text_of(outcome: Outcome) -> str:
    """Return what is said, all replies."""
    return "\n".join(reply.text for reply in outcome.replies)


def labels(outcome: Outcome) -> list[str]:
    """Return what stands on the buttons."""
    return [button.label for button in outcome.replies[-1].buttons]
