"""What was approved on one machine comes to the knowledge folder of another."""

from pathlib import Path

import pytest

from bot.editing.catching_up import CatchingUp
from bot.editing.publishing import Publisher, UnwritableError, digest_of
from bot.store.card_drafts import Drafts, Editor
from bot.store.database import Database
from tests.integration.stored import change, value

PATH = "answers/dien/o-cam.md"


async def editors(database: Database) -> tuple[Editor, Editor]:
    for login in ("viet", "duyet"):
        await change(
            database,
            "INSERT INTO staff (login, name, password, roles) VALUES (:login, :login, 'x', '{editor}')",
            login=login,
        )
    numbers = await value(database, "SELECT array_agg(id ORDER BY id) FROM staff")
    return Editor(numbers[0], "viet"), Editor(numbers[1], "duyet")


async def published(
    drafts: Drafts, people: tuple[Editor, Editor], content: str, base: str | None, here: Publisher
) -> None:
    writer, reviewer = people
    number = await drafts.create(writer, PATH, content, digest_of(base) if base is not None else None)
    submitted = await drafts.submit(number, 1, writer)
    await drafts.publish(number, submitted.version, reviewer, content, lambda: None)


async def test_another_machine_gets_the_newest_and_looks_once(database: Database, tmp_path: Path) -> None:
    drafts, there = Drafts(database), Publisher(tmp_path)
    catching_up, people = CatchingUp(drafts, there), await editors(database)
    assert await catching_up() == 0
    await published(drafts, people, "một", None, there)
    await published(drafts, people, "hai", "một", there)
    assert await catching_up() == 1
    assert there.content(PATH) == "hai"
    # And what is removed by hand afterwards stays removed until something new is approved
    (tmp_path / PATH).unlink()
    assert await catching_up() == 0
    await published(drafts, people, "ba", "hai", there)
    assert await catching_up() == 1
    assert there.content(PATH) == "ba"


async def test_a_folder_that_could_not_be_written_is_tried_again(database: Database, tmp_path: Path) -> None:
    drafts, there = Drafts(database), Publisher(tmp_path)
    catching_up, people = CatchingUp(drafts, there), await editors(database)
    await published(drafts, people, "một", None, there)
    (tmp_path / "answers").write_text("a file where a folder should be")
    with pytest.raises(UnwritableError):
        await catching_up()
    (tmp_path / "answers").unlink()
    assert await catching_up() == 1
    assert there.content(PATH) == "một"
