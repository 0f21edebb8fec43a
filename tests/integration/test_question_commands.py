"""`python -m bot questions` and `answer`: questions nobody could answer, and reports that MTTQ replies to itself."""

from __future__ import annotations

from uuid import uuid4

import pytest

from bot.feedback.deadlines import Deadlines
from bot.feedback.kinds import Category
from bot.feedback.lifecycle import Act, State
from bot.question_commands import NotAnsweredError, answer, waiting
from bot.store.database import Database
from bot.store.letters import Letters
from tests.integration.reporting import WHERE, Office
from tests.integration.stored import SEALER, kept_question

DEADLINES = Deadlines.load()


@pytest.fixture
async def office(database: Database) -> Office:
    return await Office.of(database)


async def test_what_waits_for_the_office_itself_is_listed_newest_first(office: Office) -> None:
    letters = Letters(office.database, SEALER)
    await letters.keep_unanswered(uuid4(), "web", "câu hỏi lạ", [{"card": "a", "score": 0.2}])
    older = await office.sent(category=Category.LAW, text="nên sửa điều này")
    hazard = await office.sent()
    records = await waiting(office.database, SEALER, DEADLINES)
    assert [(one["kind"], one["text"], one["place"]) for one in records] == [
        ("unanswered", "câu hỏi lạ", None),
        ("opinion", "nên sửa điều này", WHERE.words),
    ]
    assert list(records[0]) == ["code", "kind", "at", "text", "place", "candidates"]
    assert records[0]["candidates"] == [{"card": "a", "score": 0.2}]
    assert records[1]["code"] == older.code
    assert hazard.code not in str(records)


async def test_both_are_answered_by_their_code(office: Office) -> None:
    asker, writer = uuid4(), uuid4()
    code = await kept_question(Letters(office.database, SEALER), asker, "web", "câu hỏi lạ")
    report = await office.sent(writer, category=Category.MODEL)
    for one, conversation in ((code, asker), (report.code, writer)):
        said = await answer(office.database, SEALER, DEADLINES, one.lower(), "Cảm ơn bà con.", "Mặt trận phường")
        assert said == f"Đã trả lời {one}; câu trả lời sẽ hiện trong cuộc trò chuyện của người hỏi."
        assert "Cảm ơn bà con." in (await office.texts(conversation))[0]
    assert await waiting(office.database, SEALER, DEADLINES) == []
    assert (await office.found(report.code)).state is State.ANSWERED
    anonymous = await office.sent(anonymous=True, category=Category.MODEL)
    said = await answer(office.database, SEALER, DEADLINES, anonymous.code, "Cảm ơn.", "Mặt trận phường")
    assert said.endswith("câu trả lời chỉ xem được bằng mã.")


async def test_what_cannot_be_answered_so_is_said_in_vietnamese(office: Office) -> None:
    letters = Letters(office.database, SEALER)
    hazard = await office.through(await office.sent(), Act.VERIFY)
    done, aside = [await kept_question(letters, uuid4(), "web", "câu") for _ in range(2)]
    await answer(office.database, SEALER, DEADLINES, done, "lời", "Đội 3")
    await letters.dismiss(aside, "không phải câu hỏi", who="lan")
    for code, why in (
        (hazard.code, "/console"),
        ("CH-7K2M-9QXD", "Không có mã"),
        (done, "đã có trả lời"),
        (aside, "đã được bỏ qua"),
    ):
        with pytest.raises(NotAnsweredError, match=why):
            await answer(office.database, SEALER, DEADLINES, code, "lời", "Đội 3")
    assert (await office.found(hazard.code)).state is State.VERIFIED
