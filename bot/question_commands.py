"""`python -m bot questions` and `answer`: what waits for an answer of the office itself, and answering it by hand.

These are questions that the assistant could not answer, and reports that MTTQ may reply to by itself. Everything else
is handled in the console.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.feedback.deadlines import Deadlines
from bot.feedback.lifecycle import Act, Hat, TransitionError
from bot.feedback.reports import Actor, Report
from bot.later import answered
from bot.store.database import Database
from bot.store.letters import LetterError, Letters
from bot.store.reports import Reports
from bot.store.sealing import Sealer

_COMMAND = "python -m bot answer"
_NOT_BY_COMMAND = "Phản ánh {code} không trả lời được bằng lệnh này: xem và xử lý trong trang quản lý (/console)."


class NotAnsweredError(Exception):
    """An answer was not stored; the message, in Vietnamese, says why."""


async def waiting(database: Database, sealer: Sealer, deadlines: Deadlines) -> list[dict[str, Any]]:
    """Return what waits, newest first: {"code", "kind", "at", "text", "place", "candidates"}."""
    letters = await Letters(database, sealer).waiting()
    reports = await Reports(database, sealer, deadlines).to_reply()
    records = [
        (one.at, {"code": one.code, "kind": "unanswered", "text": one.text, "place": None}, one.candidates)
        for one in letters
    ] + [(one.created_at, _of_report(one), ()) for one in reports]
    records.sort(key=lambda record: record[0], reverse=True)
    return [_record(about, at.isoformat(), candidates) for at, about, candidates in records]


async def answer(  # noqa: PLR0917 - where, by which terms, what, and by whom
    database: Database, sealer: Sealer, deadlines: Deadlines, code: str, text: str, by: str
) -> str:
    """Store the answer of an office and return what to tell whoever gave it. Raises `NotAnsweredError`."""
    reports = Reports(database, sealer, deadlines)
    report = await reports.by_code(code)
    if report is None:
        return await _answer_question(Letters(database, sealer), code, text, by)
    try:
        report = await reports.act(report.id, Act.REPLY, Actor(hat=Hat.MTTQ, who=by), text)
    except TransitionError:
        raise NotAnsweredError(_NOT_BY_COMMAND.format(code=report.code)) from None
    return _told(report.code, reachable=report.told)


async def _answer_question(letters: Letters, code: str, text: str, by: str) -> str:
    try:
        letter = await letters.answer(code, text, by, answered, who=_COMMAND)
    except LetterError as error:
        raise NotAnsweredError(_WHY[type(error).__name__].format(code=code)) from None
    return _told(letter.code, reachable=letter.reachable)


_WHY = {
    "UnknownLetterError": "Không có mã {code}. Xem lại từng chữ, từng số; lệnh questions in ra các mã đang chờ.",
    "AlreadyAnsweredError": "Mã {code} đã có trả lời.",
    "DismissedLetterError": "Mã {code} đã được bỏ qua, không cần trả lời.",
}


def _told(code: str, *, reachable: bool) -> str:
    where = "sẽ hiện trong cuộc trò chuyện của người hỏi" if reachable else "chỉ xem được bằng mã"
    return f"Đã trả lời {code}; câu trả lời {where}."


def _of_report(report: Report) -> dict[str, Any]:
    return {"code": report.code, "kind": report.kind.value, "text": report.text, "place": report.where.words}


def _record(about: dict[str, Any], at: str, candidates: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"code": about["code"], "kind": about["kind"], "at": at, **about, "candidates": list(candidates)}
