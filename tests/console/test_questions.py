"""The queue of questions: grouped, answered, put aside, handed on to whoever writes a card."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from bot.console.permissions import Role
from bot.store.database import Database
from bot.store.letters import Letters
from bot.store.waiting import Waiting
from bot.understanding import Understanding
from tests.console.visiting import Console, started
from tests.integration.stored import SEALER, value

ASKER = UUID(int=7)
ASKED = [
    "xe điện sạc qua đêm được không",
    "sac xe dien qua dem co duoc ko",
    "<script>alert(1)</script> thang máy tầng 3",
]


@pytest.fixture
async def console(database: Database, understanding: Understanding) -> AsyncIterator[Console]:
    letters = Letters(database, SEALER)
    for text in ASKED:
        await letters.keep_unanswered(ASKER, "web", text, [{"card": "phat-bao-chay-gia", "score": 0.2}])
    one = await started(database, understanding=understanding)
    yield one
    await one.close()


async def codes(console: Console) -> list[str]:
    return [str(one) for one in await value(console.parts.database, "SELECT array_agg(code ORDER BY id) FROM letter")]


async def test_questions_that_ask_the_same_stand_together(console: Console) -> None:
    editor = await console.signed_in(Role.EDITOR)
    page = await editor.get("/console/questions")
    assert page.status == 200
    assert "3 câu trong 2 nhóm" in page.text
    assert page.text.index("2 câu · mới nhất") < page.text.index("1 câu · mới nhất")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; thang máy tầng 3" in page.text


async def test_an_answer_reaches_those_who_asked_and_the_log(console: Console) -> None:
    officer, (first, second, third) = await console.signed_in(Role.OFFICER), await codes(console)
    answer = "Sạc ban ngày, có người trông; rút phích khi đầy."
    sent = await officer.post(
        "/console/questions/act", [("question", first), ("question", second), ("act", "answer"), ("text", answer)]
    )
    assert (sent.status, sent.location) == (303, "/console/questions")
    page = await officer.get("/console/questions")
    assert "Đã gửi trả lời cho 2 câu hỏi." in page.text
    assert first not in page.text
    assert third in page.text
    told = [message["text"] for _, message in await Waiting(console.parts.database, SEALER).after(ASKER, 0)]
    assert len(told) == 2
    assert all(answer in text and "Cán bộ Nguyễn Thị Thử" in text for text in told)
    noted = await value(console.parts.database, "SELECT array_agg(subject) FROM audit WHERE act = 'question answered'")
    assert sorted(noted) == sorted([f"question:{first}", f"question:{second}"])
    # And whoever was slower is told so, and nobody hears twice
    again = await officer.post("/console/questions/act", question=first, act="answer", text=answer)
    assert again.status == 303
    assert f"1 câu đã được người khác xử lý trước đó: {first}" in (await officer.get("/console/questions")).text
    assert len(await Waiting(console.parts.database, SEALER).after(ASKER, 0)) == 2


async def test_what_is_put_aside_waits_no_longer(console: Console) -> None:
    officer, chosen = await console.signed_in(Role.OFFICER), (await codes(console))[2]
    await officer.post("/console/questions/act", question=chosen, act="dismiss", text="Ngoài phạm vi PCCC.")
    assert chosen not in (await officer.get("/console/questions")).text
    assert await Waiting(console.parts.database, SEALER).after(ASKER, 0) == []


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"act": "answer", "text": "một câu trả lời đủ dài"}, "Chọn từ 1 đến 50 câu hỏi"),
        ({"question": "QQ", "act": "answer", "text": ""}, "Chưa nhập mục này"),
        ({"question": "QQ", "act": "answer", "text": "ngắn"}, "ngắn quá"),
        ({"question": "QQ", "act": "khác", "text": "một câu trả lời đủ dài"}, "Lựa chọn này không có"),
        ({"question": "QQ", "act": "answer", "text": "dài " * 600}, "nhiều nhất 2000"),
    ],
)
async def test_what_is_wrong_is_told_and_what_was_typed_stays(
    console: Console, fields: dict[str, str], told: str
) -> None:
    officer = await console.signed_in(Role.OFFICER)
    page = await officer.post("/console/questions/act", fields)
    assert page.status == 422
    assert told in page.text
    assert fields["text"].strip() in page.text


async def test_only_editors_write_cards(console: Console) -> None:
    chosen = (await codes(console))[0]
    officer, editor = await console.signed_in(Role.OFFICER), await console.signed_in(Role.EDITOR)
    refused = await officer.post("/console/questions/act", question=chosen, act="card")
    assert (refused.status, "Chỉ biên tập viên" in refused.text) == (409, True)
    sent = await editor.post("/console/questions/act", question=chosen, act="card")
    assert (sent.status, sent.location) == (303, f"/console/knowledge/new?question={chosen}")


async def test_an_empty_queue_says_so(database: Database, understanding: Understanding) -> None:
    console = await started(database, understanding=understanding)
    page = await (await console.signed_in(Role.EDITOR)).get("/console/questions")
    assert "Không có câu hỏi nào đang chờ" in page.text
    await console.close()
