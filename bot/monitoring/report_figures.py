"""Figures of residents' reports: how many there were, what became of them, who has them and how long it took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from statistics import median
from typing import Final

from bot.feedback.figure_tables import CHANNELS
from bot.feedback.kinds import CATEGORIES, KINDS, Category, ReportKind
from bot.feedback.lifecycle import STATES, Hat, State
from bot.monitoring.figures import DAYS, REPORTS, Figure, Named
from bot.monitoring.material import Material
from bot.monitoring.records import DONE, EVERYTHING, STANDING, STILL_OPEN, Record, Selection

SENT_BY: Final = "Gửi qua "
"""Before the channel in the names of its figures; a column of channels does without it."""
LONGEST_LIST: Final = 200
"""Codes that are kept beside a figure; the sheet of records has all of them."""
LISTED_KINDS: Final = (ReportKind.PROCEDURE, ReportKind.OPINION, ReportKind.MODEL, ReportKind.COMMENDATION)
"""Kinds whose reports are named one by one, by code."""


def of_reports(material: Material) -> Iterator[Figure]:
    """Count reports: all, by kind and subject, by what became of them, by how they came."""
    yield from _of_subjects(material)
    yield from _of_states(material)
    yield from _of_delays(material)
    yield from _of_listed(material)
    yield _of_supporters(material)
    yield from _of_channels(material)


def of_agencies(material: Material) -> Iterator[Figure]:
    """Count what each agency was given, and what of it is overdue."""
    names = {one.agency: one.agency_name for one in material.now if one.agency is not None}
    for agency, name in sorted(names.items()):
        selection = Selection(agency=agency)
        sent = f"Số phản ánh nhận trong kỳ mà cơ quan đang được giao là {name}."
        yield counted(material, f"cq.{agency}.giao", f"{name}: được giao", selection, sent, comparable=False)
        late = f"Trong số đó, số phản ánh đang chờ cơ quan xử lý mà đã quá hạn vào lúc lấy số liệu ({name})."
        yield counted(
            material,
            f"cq.{agency}.qua-han",
            f"{name}: quá hạn",
            Selection(agency=agency, turn=Hat.AGENCY, overdue=True),
            late,
            comparable=False,
        )


def of_times(material: Material) -> Iterator[Figure]:
    """Measure how long it took to the first answer and to the end."""
    answered = "Số phản ánh nhận trong kỳ mà khi lấy số liệu đã có trả lời đầu tiên."
    chosen = Selection(answered=True)
    yield counted(material, "tg.da-tra-loi", "Đã có trả lời", chosen, answered, comparable=False)
    yield _typical(
        "tg.tra-loi",
        "Thời gian đến trả lời đầu tiên",
        "Trung vị số ngày từ lúc nhận đến lúc có trả lời đầu tiên, chỉ tính phản ánh đã có trả lời.",
        chosen,
        [one.answer_days for one in material.now],
    )
    yield _typical(
        "tg.ket-thuc",
        "Thời gian giải quyết",
        "Trung vị số ngày từ lúc nhận đến lúc xong, chỉ tính phản ánh đã giải quyết xong.",
        DONE,
        [one.close_days for one in DONE.of(material.now)],
    )


def named(records: Iterable[Record], kind: ReportKind) -> tuple[Named, ...]:
    """Name the reports of a kind by their codes, the oldest first."""
    chosen = Selection(kinds=(kind,), states=STANDING).of(records)
    chosen.sort(key=lambda one: (one.created_at, one.code))
    return tuple(
        Named(one.code, one.day, Category(one.category), State(one.state), one.province, one.commune)
        for one in chosen[:LONGEST_LIST]
    )


def counted(
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


def _of_subjects(material: Material) -> Iterator[Figure]:
    total = "Số phản ánh nhận trong kỳ (theo ngày nhận, giờ Việt Nam), kể cả phản ánh sau đó được gộp hoặc rút lại."
    yield counted(material, "pa.tong", "Phản ánh đã nhận", EVERYTHING, total)
    for kind, label in KINDS.items():
        yield counted(material, f"pa.loai.{kind}", label, Selection(kinds=(kind,)))
    for category, label in CATEGORIES.items():
        if Selection(categories=(category,)).of((*material.now, *material.before)):
            yield counted(material, f"pa.muc.{category}", label, Selection(categories=(category,)))


def _of_states(material: Material) -> Iterator[Figure]:
    for state, label in STATES.items():
        told = f"Số phản ánh nhận trong kỳ mà khi lấy số liệu ở trạng thái “{label}”."
        yield counted(material, f"pa.ket-qua.{state}", label, Selection(states=(state,)), told, comparable=False)
    done = "Số phản ánh nhận trong kỳ mà người dân đã xác nhận xong, hoặc cán bộ đã đóng với bằng chứng."
    yield counted(material, "pa.xong", "Đã giải quyết xong", DONE, done, comparable=False)
    still = "Số phản ánh nhận trong kỳ mà khi lấy số liệu còn phải xử lý hoặc chờ người dân xác nhận."
    yield counted(material, "pa.dang-mo", "Chưa kết thúc", STILL_OPEN, still, comparable=False)


def _of_delays(material: Material) -> Iterator[Figure]:
    for turn, figure, who in ((Hat.AGENCY, "co-quan", "cơ quan được chuyển"), (Hat.MTTQ, "mat-tran", "Mặt trận")):
        told = f"Số phản ánh nhận trong kỳ, chưa kết thúc, đang chờ {who} mà đã quá hạn vào lúc lấy số liệu."
        chosen = Selection(turn=turn, overdue=True)
        yield counted(material, f"pa.qua-han.{figure}", f"Đang quá hạn ở {who}", chosen, told, comparable=False)
    late = "Số phản ánh nhận trong kỳ mà có lần đã quá hạn, dù nay đã xong hay chưa."
    yield counted(material, "pa.tre-han", "Từng trễ hạn", Selection(late=True), late, comparable=False)
    again = "Số phản ánh nhận trong kỳ mà người dân báo chưa xong và được mở lại ít nhất một lần."
    yield counted(material, "pa.mo-lai", "Bị mở lại", Selection(reopened=True), again, comparable=False)


def _of_listed(material: Material) -> Iterator[Figure]:
    for kind in LISTED_KINDS:
        told = f"Phản ánh nhận trong kỳ loại “{KINDS[kind]}”, trừ phản ánh không tiếp nhận, được gộp hoặc rút lại."
        chosen = Selection(kinds=(kind,), states=STANDING)
        yield counted(material, f"pa.neu-ma.{kind}", f"{KINDS[kind]}: nêu trong bảng", chosen, told, comparable=False)


def _of_supporters(material: Material) -> Figure:
    return Figure(
        id="pa.ung-ho",
        name="Lượt người dân cùng phản ánh",
        definition="Tổng số lượt bấm “tôi cũng gặp” ở các phản ánh nhận trong kỳ.",
        unit="lượt",
        value=sum(one.supporters for one in material.now),
        before=sum(one.supporters for one in material.before),
        selection=Selection(supported=True),
    )


def _of_channels(material: Material) -> Iterator[Figure]:
    for channel in sorted({one.channel for one in (*material.now, *material.before)}):
        name = f"{SENT_BY}{CHANNELS.get(channel, channel)}"
        yield counted(material, f"pa.kenh.{channel.replace('_', '-')}", name, Selection(channel=channel))


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
