"""Reports for the tests of monitoring, made in memory."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final

from bot.feedback.kinds import Category
from bot.feedback.lifecycle import OPEN, State
from bot.monitoring.counting import figures_of
from bot.monitoring.drafting import Writer, drafted
from bot.monitoring.figures import Figures
from bot.monitoring.material import Beside, Material
from bot.monitoring.periods import Period, PeriodKind, period_of
from bot.monitoring.records import Record
from bot.monitoring.scopes import Scope, place_name
from bot.monitoring.sections import Content, Office
from knowledge.places import Places
from tests.console.visiting import knowledge

QUARTER: Final = period_of(PeriodKind.QUARTER, date(2026, 8, 1))
TAKEN: Final = datetime(2026, 10, 2, 3, 0, tzinfo=UTC)
AT: Final = datetime(2026, 8, 3, 3, 0, tzinfo=UTC)
BEFORE: Final = datetime(2026, 5, 3, 3, 0, tzinfo=UTC)
HANOI: Final = Scope(("01",))
OFFICE: Final = Office(
    superior="Ủy ban MTTQ Việt Nam thành phố Hà Nội",
    issuer="Ban Thường trực Ủy ban MTTQ Việt Nam phường Kim Mã",
    place_name="Kim Mã",
    signer="Đặng Thị Ỷ Ặng",
    recipients=("Ban Thường trực Ủy ban MTTQ Việt Nam thành phố (b/c)", "Đảng ủy phường (b/c)", "Lưu: VT"),
)


def places() -> Places:
    return knowledge().places


def record(number: int = 1, **changed: Any) -> Record:
    values: dict[str, Any] = {
        "code": f"MM-{number:04d}-ABCD",
        "created_at": AT,
        "category": Category.WIRING.value,
        "state": State.RECEIVED.value,
        "province": "01",
        "commune": "00004",
        "channel": "web",
        "agency": None,
        "agency_name": None,
        "late": False,
        "overdue": False,
        "reopened": 0,
        "supporters": 0,
        "answer_days": None,
        "close_days": None,
    }
    return Record(**{**values, **changed})


def varied(times: int = 1) -> list[Record]:
    """One report of each category in each state, in some communes, some of them with an agency, `times` over."""
    communes = ("00004", "00070", "00073", None)
    made: list[Record] = []
    for _ in range(times):
        for category in Category:
            for state in State:
                number = len(made)
                agency = number % 3 or None
                made.append(
                    record(
                        number,
                        category=category.value,
                        state=state.value,
                        commune=communes[number % 4],
                        agency=agency,
                        agency_name=f"Công an phường số {agency}" if agency else None,
                        overdue=number % 7 == 0,
                        turn=("mttq", "agency", "resident")[number % 3] if state in OPEN else None,
                        late=number % 5 == 0,
                        answer_days=number % 9 / 2,
                        close_days=number % 11 / 2,
                        supporters=number % 2,
                    )
                )
    return made


def counted(now: list[Record], before: list[Record] | None = None, scope: Scope = HANOI, **beside: Any) -> Figures:
    material = Material(now, before or [], Beside(**beside), Beside(), scope)
    return figures_of(material, TAKEN, lambda code: place_name(code, places()), lambda topic: topic)


def writer(figures: Figures, period: Period = QUARTER, scope: Scope = HANOI) -> Writer:
    return Writer(figures, period, scope, places())


def draft(figures: Figures, office: Office = OFFICE) -> Content:
    return drafted(writer(figures), office)
