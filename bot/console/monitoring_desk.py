"""What the pages of monitoring reports share: the stores, who may see which report, and how refusals are told."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final

from bot.console.card_fields import TOPICS
from bot.console.forms import Fields
from bot.console.parts import Parts
from bot.console.permissions import Permission
from bot.console.report_places import ReportPlaces
from bot.console.visits import NotFoundError, RefusedError, Visit
from bot.monitoring.preparing import preparing_of
from bot.monitoring.scopes import may_see
from bot.store.monitoring_reports import (
    RECORDS,
    MonitoringReport,
    MonitoringReports,
    NoDraftError,
    Stage,
    StaleMonitoringError,
    UnknownMonitoringError,
)
from bot.store.staff import Author
from knowledge.places import Places

PATH: Final = "/console/monitoring"
ONE: Final = r"/monitoring/{id:\d{1,15}}"
SEE: Final = Permission.SEE_FIGURES
WRITE: Final = Permission.WRITE_MONITORING
MOST_CHANGES: Final = 10**9
HINT: Final = "[Cán bộ"
"""How a reminder in a draft begins: something that an officer has to fill in or to take out."""
CHANGED: Final = "Báo cáo đã phát hành hoặc đã bỏ nên không sửa được nữa. Muốn thay, hãy soạn báo cáo mới."
STALE: Final = "Bản thảo vừa được người khác sửa. Hãy tải lại trang, xem phần đã đổi rồi làm lại."


class MonitoringDesk:
    """One for all pages of monitoring reports."""

    def __init__(self, parts: Parts) -> None:
        self.renderer = parts.renderer
        self.today = parts.today
        self.now = parts.now
        self.reports = MonitoringReports(parts.database)
        self.place_names = ReportPlaces(lambda: parts.knowledge().places)
        self.preparing = preparing_of(
            parts.database,
            parts.knowledge,
            lambda topic: TOPICS.get(topic, topic),
            parts.now,
            heavy=parts.heavy,
        )
        self._knowledge = parts.knowledge

    @property
    def places(self) -> Places:
        """The present provinces and communes."""
        return self._knowledge().places

    async def report(self, visit: Visit, *, draft: bool = False) -> MonitoringReport:
        """Return the report of the address if the member may see it: a draft only who may write.

        Raises `NotFoundError`, and `RefusedError` where a draft is needed and it is none any more.
        """
        report = await self.reports.by_id(int(visit.request.match_info["id"]))
        if report is None or not may_see(visit.member.places, report.content.scope, self.places):
            raise NotFoundError
        if report.stage is Stage.DISCARDED or (report.stage is Stage.DRAFT and not visit.member.may(WRITE)):
            raise NotFoundError
        if draft and report.stage is not Stage.DRAFT:
            raise RefusedError(CHANGED)
        return report

    async def records(self, report: MonitoringReport) -> bytes:
        """Return packed the records from which a report's figures were counted. Raises `NotFoundError`."""
        records = await self.reports.file(report.id, RECORDS)
        if records is None:
            raise NotFoundError
        return records


async def refusing(change: Awaitable[object]) -> None:
    """Wait for a change of a report; what the store refuses is told in words.

    Raises `RefusedError` and `NotFoundError`.
    """
    try:
        await change
    except StaleMonitoringError as error:
        raise RefusedError(STALE) from error
    except NoDraftError as error:
        raise RefusedError(CHANGED) from error
    except UnknownMonitoringError as error:
        raise NotFoundError from error


async def version_of(visit: Visit) -> int:
    """Return the version that the form was made from. Raises `RefusedError` where it names none."""
    version = Fields(await visit.request.post()).whole("version", 1, MOST_CHANGES)
    if version is None:
        raise RefusedError(STALE)
    return version


def author_of(visit: Visit) -> Author:
    """Return the member as the stores name them."""
    return Author(visit.member.id, visit.member.login)
