"""Questions kept for officials, their codes, and the answers that wait for residents."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from bot.store.database import Database
from bot.store.letters import (
    AlreadyAnsweredError,
    DismissedLetterError,
    Letter,
    Letters,
    LetterState,
    UnknownLetterError,
)
from bot.store.receipts import as_code, new_code
from bot.store.waiting import Waiting
from tests.integration.stored import SEALER, blocked, change, count, kept_question, outcomes, value

TEXT = "Chuông báo cháy của chung cư kêu mấy lần một năm"


@pytest.fixture
def letters(database: Database) -> Letters:
    return Letters(database, SEALER)


@pytest.fixture
def waiting(database: Database) -> Waiting:
    return Waiting(database, SEALER)


def as_message(letter: Letter) -> dict[str, Any]:
    return {"lines": [f"Trả lời {letter.code}", letter.answer]}


def no_message(_letter: Letter) -> dict[str, Any]:
    raise AssertionError("there is nobody to send it to")


def test_receipts_are_ten_signs_that_nobody_mistakes() -> None:
    codes = [new_code() for _ in range(2000)]
    assert len(set(codes)) == 2000
    assert {tuple(map(len, code.split("-"))) for code in codes} == {(2, 4, 4)}
    signs = Counter("".join(codes).replace("-", ""))
    assert "".join(sorted(signs)) == "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
    assert max(signs.values()) < 2 * min(signs.values())


@pytest.mark.parametrize(
    "typed",
    ["CH-7K2M-9QXD", "ch-7k2m-9qxd", "CH7K2M9QXD", " ch 7k2m 9qxd. ", "CH – 7K2M – 9QXD"],
)
def test_a_receipt_is_understood_as_people_type_it(typed: str) -> None:
    assert as_code(typed) == "CH-7K2M-9QXD"


@pytest.mark.parametrize(
    "typed", ["", "CH-7K2M-9QX", "CH-7K2M-9QXDD", "CH-7K2M-9QX0", "CH-7K2M-9QXĐ", "７H-7K2M-9QXD", "'"]
)
async def test_what_is_no_receipt_finds_nothing(typed: str, letters: Letters) -> None:
    assert as_code(typed) is None
    assert await letters.by_code(typed) is None
    for attempt in (letters.dismiss(typed, "a", who="b"), letters.answer(typed, "a", "b", no_message)):
        with pytest.raises(UnknownLetterError):
            await attempt
    await letters.mark_told(typed)


async def test_a_question_is_kept_and_found(letters: Letters) -> None:
    conversation = uuid4()
    await letters.keep_unanswered(conversation, "web", TEXT, [{"card": "a", "score": 0.2}])
    await letters.keep_unanswered(None, "ask", "câu khác", [])
    other, letter = await letters.waiting()
    assert (letter.state, letter.text, letter.answer, letter.reachable) == (LetterState.RECEIVED, TEXT, None, True)
    assert letter.candidates == ({"card": "a", "score": 0.2},)
    assert datetime.now(UTC) - letter.at < timedelta(minutes=1)
    assert await letters.by_code(letter.code.lower().replace("-", " ")) == letter
    assert await letters.of(conversation) == [letter]
    assert await letters.of(uuid4()) == []
    assert await letters.every() == [other, letter]
    assert (other.text, other.reachable) == ("câu khác", False)
    assert await letters.by_code(new_code()) is None


async def test_a_code_that_is_taken_is_drawn_again(database: Database) -> None:
    drawn = iter(["AA-AAAA-AAAA", "AA-AAAA-AAAA", "BB-BBBB-BBBB"])
    letters = Letters(database, SEALER, lambda: next(drawn))
    kept = [await kept_question(letters, uuid4(), "web", TEXT) for _ in range(2)]
    assert kept == ["AA-AAAA-AAAA", "BB-BBBB-BBBB"]


async def test_an_answer_waits_for_the_resident(letters: Letters, waiting: Waiting) -> None:
    conversation = uuid4()
    code = await kept_question(letters, conversation, "web", TEXT)
    answered = await letters.answer(code.lower(), "Đã kiểm tra.", "Đội PCCC số 3", as_message)
    assert (answered.state, answered.answer, answered.answered_by) == (
        LetterState.ANSWERED,
        "Đã kiểm tra.",
        "Đội PCCC số 3",
    )
    assert answered.answered_at is not None
    assert answered.told_at is None
    assert await letters.by_code(code) == answered
    assert await letters.waiting() == []
    [(number, message)] = await waiting.after(conversation, 0)
    assert message == {"lines": [f"Trả lời {code}", "Đã kiểm tra."]}
    assert await waiting.mark_delivered(conversation, number) == 1
    told = await letters.by_code(code)
    assert told is not None
    assert told.told_at is not None


async def test_of_officials_who_answer_at_once_one_succeeds(letters: Letters, waiting: Waiting) -> None:
    conversation = uuid4()
    code = await kept_question(letters, conversation, "web", TEXT)
    results = await outcomes(*(letters.answer(code, f"lời {n}", f"cán bộ {n}", as_message) for n in range(6)))
    done = [one for one in results if isinstance(one, Letter)]
    assert len(done) == 1
    assert [type(one) for one in results if one not in done] == [AlreadyAnsweredError] * 5
    assert await letters.by_code(code) == done[0]
    assert [message for _, message in await waiting.after(conversation, 0)] == [as_message(done[0])]


async def test_a_question_is_put_aside_with_who_and_why_and_nobody_is_told(
    database: Database, letters: Letters, waiting: Waiting
) -> None:
    conversation = uuid4()
    code = await kept_question(letters, conversation, "web", TEXT)
    with pytest.raises(ValueError, match="reason"):
        await letters.dismiss(code, "  ", who="lan")
    aside = await letters.dismiss(code.lower(), " không phải câu hỏi ", who="lan")
    assert (aside.state, aside.why, aside.answered_by) == (LetterState.DISMISSED, "không phải câu hỏi", "lan")
    assert aside.answered_at is not None
    assert await letters.waiting() == []
    assert await waiting.after(conversation, 0) == []
    attempts: list[Callable[[], Any]] = [
        lambda: letters.dismiss(code, "lần nữa", who="lan"),
        lambda: letters.answer(code, "a", "b", no_message),
    ]
    for attempt in attempts:
        with pytest.raises(DismissedLetterError, match="put aside"):
            await attempt()
    assert await letters.by_code(code) == aside
    assert await count(database, "audit") == 1


async def test_what_the_staff_do_with_questions_is_logged_without_words(database: Database, letters: Letters) -> None:
    first, second = [await kept_question(letters, uuid4(), "web", TEXT) for _ in range(2)]
    await letters.answer(first, "Đã xem.", "Đội 3", as_message, who="lan")
    await letters.dismiss(second, "lý do riêng", who="minh")
    rows = await value(database, "SELECT jsonb_agg(to_jsonb(audit) ORDER BY id) FROM audit")
    assert [(row["who"], row["act"], row["subject"]) for row in rows] == [
        ("lan", "question answered", f"question:{first}"),
        ("minh", "question put aside", f"question:{second}"),
    ]
    assert "Đã xem" not in str(rows)
    assert "riêng" not in str(rows)


async def test_an_answer_and_putting_aside_at_once_leave_one_of_them(letters: Letters, waiting: Waiting) -> None:
    for _ in range(5):
        conversation = uuid4()
        code = await kept_question(letters, conversation, "web", TEXT)
        answer, aside = await outcomes(letters.answer(code, "a", "b", as_message), letters.dismiss(code, "c", who="d"))
        letter = await letters.by_code(code)
        assert letter is not None
        if isinstance(answer, Letter):
            assert isinstance(aside, AlreadyAnsweredError)
            assert (letter.state, letter.why) == (LetterState.ANSWERED, None)
        else:
            assert isinstance(answer, DismissedLetterError)
            assert (letter.state, letter.answer) == (LetterState.DISMISSED, None)
        assert len(await waiting.after(conversation, 0)) == isinstance(answer, Letter)


async def test_a_letter_without_a_conversation_can_be_answered(database: Database, letters: Letters) -> None:
    await letters.keep_unanswered(None, "ask", "câu khác", [])
    [letter] = await letters.waiting()
    answered = await letters.answer(letter.code, "a", "b", no_message)
    assert answered.state is LetterState.ANSWERED
    assert await count(database, "waiting_message") == 0
    assert await letters.waiting() == []


async def test_a_reply_that_cannot_be_made_leaves_the_letter_unanswered(letters: Letters) -> None:
    code = await kept_question(letters, uuid4(), "web", TEXT)
    with pytest.raises(AssertionError):
        await letters.answer(code, "a", "b", no_message)
    assert [one.code for one in await letters.waiting()] == [code]


async def test_an_answered_letter_cannot_be_put_aside_or_answered_again(letters: Letters) -> None:
    code = await kept_question(letters, uuid4(), "web", TEXT)
    first = await letters.answer(code, "a", "b", as_message)
    attempts: list[Callable[[], Any]] = [
        lambda: letters.dismiss(code, "c", who="d"),
        lambda: letters.answer(code, "c", "d", as_message),
    ]
    for attempt in attempts:
        with pytest.raises(AlreadyAnsweredError):
            await attempt()
    assert await letters.by_code(code) == first


async def test_reading_an_answer_by_its_code_is_noted_once(letters: Letters) -> None:
    code = await kept_question(letters, uuid4(), "web", TEXT)
    await letters.mark_told(code)
    assert [one.told_at for one in await letters.every()] == [None]
    await letters.answer(code, "a", "b", as_message)
    await letters.mark_told(code)
    [first] = await letters.every()
    assert first.told_at is not None
    await letters.mark_told(code)
    assert await letters.every() == [first]


async def test_waiting_messages_come_in_order_and_only_to_their_conversation(
    database: Database, letters: Letters, waiting: Waiting
) -> None:
    mine, other = uuid4(), uuid4()
    assert await waiting.put(mine, {"n": 0}) is None
    for conversation in (mine, other):
        await letters.keep_unanswered(conversation, "web", TEXT, [])
    numbers = [await waiting.put(mine, {"n": n}) for n in range(3)]
    await waiting.put(other, {"n": "other"})
    assert None not in numbers
    first, second, third = (number or 0 for number in numbers)
    assert await waiting.after(mine, 0) == [(first, {"n": 0}), (second, {"n": 1}), (third, {"n": 2})]
    assert await waiting.after(mine, second) == [(third, {"n": 2})]
    assert await waiting.mark_delivered(mine, second) == 2
    assert await waiting.mark_delivered(mine, second) == 0
    assert await waiting.mark_delivered(uuid4(), 10**6) == 0
    assert len(await waiting.after(mine, 0)) == 3
    assert await value(database, "SELECT count(*) FROM waiting_message WHERE delivered_at IS NULL") == 2


async def test_a_higher_number_is_never_seen_before_a_lower_one(
    database: Database, letters: Letters, waiting: Waiting
) -> None:
    conversation = uuid4()
    await letters.keep_unanswered(conversation, "web", TEXT, [])
    await change(
        database,
        "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN IF NEW.id = 1 THEN PERFORM pg_advisory_xact_lock(1); END IF; RETURN NEW; END $$;"
        " CREATE TRIGGER dawdle BEFORE INSERT ON waiting_message FOR EACH ROW EXECUTE FUNCTION dawdle()",
    )
    async with database.sessions.begin() as session:
        await session.execute(text("SELECT pg_advisory_xact_lock(1)"))
        first = asyncio.create_task(waiting.put(conversation, {"n": 1}))
        await blocked(database, 1)  # it has its number and is not yet stored
        second = asyncio.create_task(waiting.put(conversation, {"n": 2}))
        await blocked(database, 2)
    assert [await first, await second] == [1, 2]
    assert await waiting.after(conversation, 0) == [(1, {"n": 1}), (2, {"n": 2})]


async def test_wrong_states_are_refused_by_the_table(database: Database, letters: Letters) -> None:
    await letters.keep_unanswered(uuid4(), "web", TEXT, [])
    with pytest.raises(Exception, match="letter_state"):
        await change(database, "UPDATE letter SET state = 'other'")
