"""Photos: staged for a conversation, sealed, given out, forgotten."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from bot.conversing import now
from bot.feedback.lifecycle import Hat
from bot.feedback.photos import Cleaned
from bot.store import photos as store
from bot.store.database import Database
from bot.store.photos import MOST_STAGED, NoRoomError, Photos, TooManyPhotosError
from bot.store.sealing import SealedDataError
from tests.integration.stored import SEALER, another_sealer, change, count, outcomes, value

PHOTO = Cleaned(b"\xff\xd8 large", b"\xff\xd8 small", 1600, 1200)


@pytest.fixture
def photos(database: Database) -> Photos:
    return Photos(database, SEALER)


async def aged(database: Database, photo: UUID, by: timedelta) -> None:
    await change(
        database, "UPDATE report_photo SET created_at = created_at - :by WHERE id = :photo", by=by, photo=photo
    )


async def sent(database: Database, *ids: UUID) -> None:
    """Attach photos to a report, as the store of reports does."""
    await change(
        database,
        "INSERT INTO report (code, kind, category, text, search, channel) "
        "VALUES ('PA-AAAA-AAAA', 'hazard', 'blocked_exit', 'x', '', 'web') ON CONFLICT DO NOTHING",
    )
    for one in ids:
        await change(
            database, "UPDATE report_photo SET report_id = (SELECT min(id) FROM report) WHERE id = :one", one=one
        )


async def test_a_photo_is_staged_sealed_and_opened(database: Database, photos: Photos) -> None:
    conversation = uuid4()
    photo = await photos.stage(conversation, PHOTO)
    assert await photos.open(photo) == PHOTO.jpeg
    assert await photos.thumbnail(photo) == PHOTO.thumbnail
    owner = await photos.owner(photo)
    assert owner is not None
    assert (owner.conversation, owner.report_id, owner.hat) == (conversation, None, Hat.RESIDENT)
    assert (owner.width, owner.height) == (1600, 1200)
    for column in ("sealed", "thumbnail"):
        sealed = await value(database, f"SELECT {column} FROM report_photo")  # noqa: S608
        assert b"\xff\xd8" not in bytes(sealed)
    with pytest.raises(SealedDataError):
        await Photos(database, another_sealer()).open(photo)


async def test_of_a_photo_that_is_none_there_is_nothing(photos: Photos) -> None:
    assert await photos.open(uuid4()) is None
    assert await photos.thumbnail(uuid4()) is None
    assert await photos.owner(uuid4()) is None


async def test_staff_and_agencies_stage_without_a_conversation(photos: Photos) -> None:
    owner = await photos.owner(await photos.stage(None, PHOTO, Hat.AGENCY))
    assert owner is not None
    assert (owner.conversation, owner.hat) == (None, Hat.AGENCY)


async def test_only_the_own_photos_of_a_conversation_are_its_staged_ones(database: Database, photos: Photos) -> None:
    mine, other = uuid4(), uuid4()
    first, second, gone = [await photos.stage(mine, PHOTO) for _ in range(3)]
    foreign = await photos.stage(other, PHOTO)
    await sent(database, gone)
    assert await photos.staged(mine) == (first, second)
    assert await photos.staged(mine, [second, foreign, gone, uuid4()]) == (second,)
    assert await photos.staged(mine, []) == ()
    assert await photos.unstage(mine, [second, foreign, gone]) == 1
    assert await photos.staged(mine) == (first,)
    assert await photos.open(foreign) is not None
    assert await photos.open(gone) is not None


async def test_one_more_than_six_is_refused(database: Database, photos: Photos) -> None:
    conversation = uuid4()
    staged = [await photos.stage(conversation, PHOTO) for _ in range(MOST_STAGED)]
    with pytest.raises(TooManyPhotosError):
        await photos.stage(conversation, PHOTO)
    assert await photos.staged(conversation) == tuple(staged)
    await photos.stage(uuid4(), PHOTO)
    await sent(database, staged[0])
    await photos.stage(conversation, PHOTO)


async def test_of_a_form_that_was_left_alone_the_oldest_gives_way(database: Database, photos: Photos) -> None:
    conversation = uuid4()
    staged = [await photos.stage(conversation, PHOTO) for _ in range(MOST_STAGED)]
    await aged(database, staged[0], store.GIVES_WAY)
    new = await photos.stage(conversation, PHOTO)
    assert await photos.staged(conversation) == (*staged[1:], new)
    with pytest.raises(TooManyPhotosError):
        await photos.stage(conversation, PHOTO)


async def test_many_at_once_find_no_more_room_than_there_is(photos: Photos) -> None:
    conversation = uuid4()
    done = await outcomes(*(photos.stage(conversation, PHOTO) for _ in range(10)))
    assert sum(isinstance(one, UUID) for one in done) == MOST_STAGED
    assert sum(isinstance(one, TooManyPhotosError) for one in done) == 10 - MOST_STAGED
    assert len(await photos.staged(conversation)) == MOST_STAGED


async def test_whoever_invents_conversations_does_not_fill_the_disk(
    photos: Photos, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_OF_ALL", 3)
    for _ in range(3):
        await photos.stage(uuid4(), PHOTO)
    with pytest.raises(NoRoomError):
        await photos.stage(uuid4(), PHOTO)
    assert await count(database, "report_photo") == 3


async def test_what_was_sent_with_nothing_is_forgotten(database: Database, photos: Photos) -> None:
    old, kept, of_report = [await photos.stage(uuid4(), PHOTO) for _ in range(3)]
    await sent(database, of_report)
    for one in (old, of_report):
        await aged(database, one, timedelta(days=2))
    assert await photos.forget_staged(now() - store.STAGED_STAYS) == 1
    assert await photos.open(old) is None
    assert await photos.open(kept) is not None
    assert await photos.open(of_report) is not None


async def test_staging_is_part_of_the_transaction_it_is_called_in(database: Database, photos: Photos) -> None:
    async def fails() -> None:
        async with database.one_transaction():
            await photos.stage(uuid4(), PHOTO)
            raise LookupError

    with pytest.raises(LookupError):
        await fails()
    assert await count(database, "report_photo") == 0
