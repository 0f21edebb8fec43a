"""Reports as conversations reach them: sent, followed by code, joined, and what the store refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from PIL import Image

from bot.conversation.flows.desk import CONSENT, Desk, DeskError, Draft, Followed, NotDone
from bot.feedback.deadlines import Deadlines
from bot.feedback.kinds import Category
from bot.feedback.lifecycle import Act, Hat, State
from bot.feedback.photos import cleaned
from bot.feedback.reports import Actor, Where
from bot.keeper import StoredConversations
from bot.store.database import Database
from bot.store.photos import Photos
from bot.store.reports import Reports
from tests.integration.stored import SEALER, change, value
from tests.integration.stored_reports import put_staff

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
DRAFT = Draft(
    category=Category.LOCKED_EXIT,
    text="cửa thoát nạn tầng 5 chung cư An Bình bị khóa trái",
    where=Where("01", "00004", "chung cư An Bình"),
)


class Setting:
    """A database and the desks of residents on it, at a time that the test sets."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW
        self.photos = Photos(database, SEALER)
        self.reports = Reports(database, SEALER, Deadlines.load(), clock=lambda: self.now)
        self._conversations = StoredConversations(
            database,
            SEALER,
            clock=lambda: self.now.timestamp(),  # noqa: PLW0108 - the time goes on
            now=lambda: self.now,
            without_photos=frozenset({"sms"}),
        )

    def desk(self, conversation: UUID | None = None, channel: str = "web") -> Desk:
        return self._conversations.desk(conversation or uuid4(), channel)

    async def photo(self, conversation: UUID) -> UUID:
        file = BytesIO()
        Image.new("RGB", (64, 48), "red").save(file, "JPEG")
        return await self.photos.stage(conversation, cleaned(file.getvalue()))


@pytest.fixture
def setting(database: Database) -> Setting:
    return Setting(database)


def draft(**changes: object) -> Draft:
    fields = {"category": DRAFT.category, "text": DRAFT.text, "where": DRAFT.where, **changes}
    return Draft(**fields)  # type: ignore[arg-type]


def shown(found: Followed | NotDone) -> Followed:
    assert isinstance(found, Followed)
    return found


async def test_a_report_is_followed_by_its_code_from_any_channel(setting: Setting) -> None:
    mine, photo = uuid4(), None
    photo = await setting.photo(mine)
    code = await setting.desk(mine).send(draft(photos=(photo,), contact="0912345678"))
    found = shown(await setting.desk(channel="telegram").report(code))
    assert (found.report.text, found.report.state, found.report.photos) == (DRAFT.text, State.RECEIVED, (photo,))
    assert [one.kind for one in found.story] == ["sent"]
    assert "0912345678" not in repr(found)
    assert await value(setting.database, "SELECT contact_consent FROM report") == CONSENT
    assert [one.code for one in (await setting.desk(mine).stored()).reports] == [code]


async def test_an_anonymous_report_is_linked_with_nobody_nor_are_its_photos(setting: Setting) -> None:
    mine = uuid4()
    photo = await setting.photo(mine)
    code = await setting.desk(mine).send(draft(photos=(photo,), anonymous=True))
    assert (await setting.desk(mine).stored()).reports == ()
    owner = await setting.photos.owner(photo)
    assert owner is not None
    assert owner.conversation is None
    assert shown(await setting.desk(mine).report(code)).report.photos == (photo,)


async def test_wrong_codes_are_limited_for_an_hour_but_not_ones_own_reports(setting: Setting) -> None:
    mine = uuid4()
    own = await setting.desk(mine).send(DRAFT)
    other = await setting.desk().send(draft(where=Where("01", "00008")))
    for _ in range(5):
        assert await setting.desk(mine).report("AB-2345-CDEF") is NotDone.UNKNOWN
    assert await setting.desk(mine).report("AB-2345-CDEF") is NotDone.TOO_MANY
    assert await setting.desk(mine).report(other) is NotDone.TOO_MANY
    assert shown(await setting.desk(mine).report(own)).report.code == own
    assert shown(await setting.desk().report(other)).report.code == other
    setting.now += timedelta(hours=1, seconds=1)
    assert shown(await setting.desk(mine).report(other)).report.code == other


async def test_a_like_report_of_others_is_found_and_joined_once(setting: Setting) -> None:
    author, other = uuid4(), uuid4()
    code = await setting.desk(author).send(DRAFT)
    assert await setting.desk(author).alike(DRAFT) is None
    found = await setting.desk(other).alike(draft(text="chung cư An Bình khóa trái cửa thoát nạn tầng 5"))
    assert found is not None
    assert (found.code, found.supporters, found.since) == (code, 0, NOW)
    photo = await setting.photo(other)
    assert await setting.desk(other).join(code, (photo,)) is None
    assert await setting.desk(other).join(code) is None
    report = await setting.reports.by_code(code)
    assert report is not None
    assert (report.supporters, report.photos) == (1, (photo,))


async def test_what_is_withdrawn_cannot_be_joined_added_to_or_withdrawn_again(setting: Setting) -> None:
    desk = setting.desk()
    code = await desk.send(DRAFT)
    assert await desk.act(code, Act.WITHDRAW) is None
    assert await desk.join(code) is NotDone.NO_LONGER
    assert await desk.add(code, "thêm") is NotDone.NO_LONGER
    assert await desk.act(code, Act.WITHDRAW) is NotDone.NO_LONGER
    assert await desk.act("AB-2345-CDEF", Act.WITHDRAW) is NotDone.UNKNOWN
    assert shown(await desk.report(code)).report.text == ""


async def test_whether_the_resident_is_content_is_kept_with_the_yes(setting: Setting) -> None:
    desk = setting.desk()
    code = await desk.send(draft(category=Category.QUESTION))
    report = await setting.reports.by_code(code)
    assert report is not None
    officer = Actor(hat=Hat.MTTQ, who="lan", staff_id=await put_staff(setting.database, "lan"))
    await setting.reports.act(report.id, Act.REPLY, officer, "Chiều thứ Bảy.")
    assert await desk.act(code, Act.CONFIRM, content=False) is None
    told = await setting.reports.happenings(report.id, public_only=False)
    assert [one.details.get("content") for one in told if one.kind == Act.CONFIRM.value] == ["no"]


async def test_a_photo_that_is_gone_stores_nothing(setting: Setting) -> None:
    mine = uuid4()
    photo = await setting.photo(mine)
    desk = setting.desk(mine)
    assert await desk.photos_there((photo, uuid4())) == (photo,)
    await desk.drop_photos((photo,))
    assert await desk.photos_there((photo,)) == ()
    with pytest.raises(DeskError):
        await desk.send(draft(photos=(photo,)))
    assert await value(setting.database, "SELECT count(*) FROM report") == 0


async def test_another_residents_photo_is_not_sent(setting: Setting) -> None:
    photo = await setting.photo(uuid4())
    assert await setting.desk().photos_there((photo,)) == ()
    with pytest.raises(DeskError):
        await setting.desk().send(draft(photos=(photo,)))


async def test_a_store_that_fails_is_a_desk_error(setting: Setting) -> None:
    await change(setting.database, "ALTER TABLE report RENAME TO gone")
    desk = setting.desk()
    for doing in (
        desk.send(DRAFT),
        desk.report("AB-2345-CDEF"),
        desk.alike(DRAFT),
        desk.act("AB-2345-CDEF", Act.WITHDRAW),
    ):
        with pytest.raises(DeskError):
            await doing


async def test_which_channels_take_photos(setting: Setting) -> None:
    assert setting.desk().takes_photos
    assert not setting.desk(channel="sms").takes_photos
