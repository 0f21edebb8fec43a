"""The store as conversations use it: memories, and what flows may ask for one resident."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from bot.conversation.flows.desk import (
    CONSENT,
    Alike,
    Campaigned,
    Desk,
    DeskError,
    Draft,
    Exercise,
    Followed,
    Home,
    News,
    NotDone,
    NotLinked,
    NotTried,
    Profile,
    Progress,
    Standing,
    Stored,
    Unlinked,
    Wish,
)
from bot.conversation.flows.news_wording import NEWS_CONSENT
from bot.conversation.memory import Memory, Recalled
from bot.feedback.deadlines import Deadlines
from bot.feedback.lifecycle import Act, TransitionError
from bot.feedback.reports import RESIDENT, NewReport, Report
from bot.store import links, profiles, staff_contacts, subscriptions
from bot.store.attempts import Attempt, Attempts, Kind
from bot.store.campaign_marks import Marks
from bot.store.database import Database
from bot.store.letters import Letters
from bot.store.links import Linked, Links, Refusal, WrongCodes
from bot.store.memories import Memories, MemoryTooLargeError
from bot.store.photos import Photos
from bot.store.profiles import Profiles
from bot.store.report_neighbours import Neighbours
from bot.store.reports import PhotoGoneError, Reports, StaleReportError, UnknownReportError
from bot.store.residents import Residents
from bot.store.sealing import SealedDataError, Sealer
from bot.store.subscriptions import Subscriptions

_PROVINCE_CODE: Final = 2  # digits
_DESK_SECONDS: Final = 5.0
_REFUSALS: Final[Mapping[Refusal, NotLinked]] = {
    Refusal.UNKNOWN: NotLinked.WRONG,
    Refusal.EXPIRED: NotLinked.EXPIRED,
    Refusal.SAME: NotLinked.SAME,
    Refusal.BOTH_KEEP_THEIR_IDS: NotLinked.TWO_PAGES,
}
_NOT_TRIED: Final[Mapping[staff_contacts.Refusal, NotTried]] = {
    staff_contacts.Refusal.UNKNOWN: NotTried.WRONG,
    staff_contacts.Refusal.EXPIRED: NotTried.EXPIRED,
}
_UNLINKED: Final[Mapping[links.Unlinked, Unlinked]] = {
    links.Unlinked.ALONE: Unlinked.ALONE,
    links.Unlinked.OTHERS: Unlinked.OTHERS,
    links.Unlinked.NOTHING: Unlinked.NOTHING,
}


def _now() -> datetime:
    return datetime.now(UTC)


class StoredConversations:
    """The keeper of memories on PostgreSQL."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        *,
        clock: Callable[[], float] = time.monotonic,
        on_linked: Callable[[Linked], Awaitable[None]] | None = None,
        deadlines: Deadlines | None = None,
        now: Callable[[], datetime] = _now,
        without_photos: frozenset[str] = frozenset(),
    ) -> None:
        """`clock` counts seconds, `now` tells the time. `on_linked` is awaited when two conversations have become one.

        It tells the giver, and must raise nothing, since they are one already. `without_photos` are channels on which
        no photo reaches us.
        """
        self._database = database
        self._sealer = sealer
        self._memories = Memories(database, sealer)
        self._profiles = Profiles(database)
        self._wrong_codes = WrongCodes(clock)
        self._wrong_receipts = WrongCodes(clock)
        self._on_linked = on_linked
        self._deadlines = deadlines or Deadlines.load()
        self._reports = Reports(database, sealer, self._deadlines, clock=now)
        self._now = now
        self._without_photos = without_photos

    async def recall(self, conversation: UUID) -> Recalled:
        """Return what is stored; empty for an unknown conversation. Raises `DeskError`."""
        async with _as_desk_errors():
            loaded = await self._memories.load(conversation)
            profile = await self._profiles.get(conversation)
        if loaded is None:
            return Recalled(profile=_profile(profile))
        try:
            memory = Memory.from_json(loaded[0])
        except (KeyError, TypeError, ValueError):  # written by an older version
            memory = Memory()
        return Recalled(memory, loaded[1], _profile(profile))

    async def keep(self, conversation: UUID, channel: str, memory: Memory, version: int) -> bool:
        """Store a memory in place of the version read; False when another turn was first. Raises `DeskError`."""
        async with _as_desk_errors():
            return await self._memories.save(conversation, channel, memory.as_json(), version)

    def desk(self, conversation: UUID, channel: str, contact: int | None = None) -> Desk:
        """Return the store as flows of this conversation may use it; `contact` is the number of the one that writes."""
        return StoredDesk(
            conversation,
            channel,
            self._database,
            self._sealer,
            contact=contact,
            wrong_codes=self._wrong_codes,
            wrong_receipts=self._wrong_receipts,
            on_linked=self._on_linked,
            reports=self._reports,
            deadlines=self._deadlines,
            now=self._now,
            takes_photos=channel not in self._without_photos,
        )


class StoredDesk:
    """What flows may ask of the store for one resident."""

    def __init__(
        self,
        conversation: UUID,
        channel: str,
        database: Database,
        sealer: Sealer,
        *,
        contact: int | None = None,
        wrong_codes: WrongCodes | None = None,
        wrong_receipts: WrongCodes | None = None,
        on_linked: Callable[[Linked], Awaitable[None]] | None = None,
        reports: Reports | None = None,
        deadlines: Deadlines | None = None,
        now: Callable[[], datetime] = _now,
        takes_photos: bool = True,
    ) -> None:
        """`contact`: the number of the contact that writes, if known.

        `wrong_codes` for linking and `wrong_receipts` of reports are counted beyond this turn.
        """
        self._conversation = conversation
        self._channel = channel
        self._contact = contact
        self._wrong_codes = wrong_codes or WrongCodes(time.monotonic)
        self._wrong_receipts = wrong_receipts or WrongCodes(time.monotonic)
        self._on_linked = on_linked
        self._links = Links(database)
        self._staff_contacts = staff_contacts.StaffContacts(database)
        self._profiles = Profiles(database)
        self._database = database
        self._subscriptions = Subscriptions(database)
        self._marks = Marks(database, now)
        self._letters = Letters(database, sealer)
        self._reports = reports or Reports(database, sealer, deadlines or Deadlines.load(), clock=now)
        self._neighbours = Neighbours(database)
        self._photos = Photos(database, sealer)
        self._attempts = Attempts(database, now)
        self._now = now
        self._takes_photos = takes_photos
        self._residents = Residents(database, sealer, has_open_form, deadlines=deadlines, clock=now)

    async def profile(self) -> Profile | None:
        """Return the profile, or None."""
        async with _as_desk_errors():
            return _profile(await self._profiles.get(self._conversation))

    async def keep_profile(self, profile: Profile) -> None:
        """Store the profile with the resident's consent, replacing an earlier one."""
        async with _as_desk_errors():
            await self._set_profile(profile, CONSENT)

    async def forget_profile(self) -> None:
        """Delete the profile."""
        async with _as_desk_errors():
            await self._profiles.delete(self._conversation)

    async def news(self) -> News | None:
        """Return what the resident is subscribed to, or was; None when they never were."""
        async with _as_desk_errors():
            found = await self._subscriptions.get(self._conversation)
        return _news(found) if found else None

    async def subscribe(self, wish: Wish) -> None:
        """Subscribe with the resident's consent to the present wording, in place of an earlier subscription."""
        async with _as_desk_errors(), self._together():
            await self._subscriptions.start(
                self._conversation, self._channel, wish.topics, NEWS_CONSENT, quiet=wish.quiet, at=self._now()
            )
            if wish.profile is not None:
                await self._set_profile(wish.profile, NEWS_CONSENT)

    async def unsubscribe(self) -> bool:
        """Stop all messages that were not asked for; return whether there was a subscription."""
        async with _as_desk_errors(), self._together():
            stopped = await self._subscriptions.stop(self._conversation, self._now())
            if stopped:
                await self._marks.stopped(self._conversation)
            return stopped

    async def answered(self, message: int | None = None) -> None:
        """Note that the resident said something: an answer to the last campaign's message, or to that one."""
        async with _as_desk_errors():
            await self._marks.answered(self._conversation, message)

    async def complained(self, message: int) -> Campaigned | None:
        """Note that the resident says a campaign's message is not right; None when they were never sent it."""
        async with _as_desk_errors():
            found = await self._marks.complained(self._conversation, message)
        return Campaigned(found.title, found.campaign) if found else None

    async def ask_officials(self, text: str) -> None:
        """Put a text into the queue of the officials, who may answer it. It must be masked."""
        async with _as_desk_errors():
            await self._letters.keep_unanswered(self._conversation, self._channel, text, [])

    @property
    def takes_photos(self) -> bool:
        """Whether photos reach us on the resident's channel."""
        return self._takes_photos

    async def photos_there(self, photos: tuple[UUID, ...]) -> tuple[UUID, ...]:
        """Return those of the photos that still wait for what they are sent with."""
        async with _as_desk_errors():
            return await self._photos.staged(self._conversation, photos) if photos else ()

    async def drop_photos(self, photos: tuple[UUID, ...]) -> None:
        """Delete photos that are not sent after all."""
        async with _as_desk_errors():
            await self._photos.unstage(self._conversation, photos)

    async def send(self, draft: Draft) -> str:
        """Store a report and return its receipt code."""
        new = NewReport(
            category=draft.category,
            text=draft.text,
            where=draft.where,
            channel=self._channel,
            conversation=None if draft.anonymous else self._conversation,
            photos=draft.photos,
            contact=draft.contact,
            consent=CONSENT if draft.contact else None,
        )
        async with _as_desk_errors():
            return await self._reports.send(new)

    async def alike(self, draft: Draft) -> Alike | None:
        """Return the report of others that most likely is about the same, or None."""
        async with _as_desk_errors():
            near = await self._neighbours.of_draft(draft.category, draft.where, draft.text, self._now())
            own = {one.code for one in await self._reports.of(self._conversation)} if near else set()
            likeliest = next((one for one in near if one.code not in own), None)
            found = await self._reports.by_id(likeliest.report_id) if likeliest else None
        return _alike(found) if found else None

    async def join(self, code: str, photos: tuple[UUID, ...] = ()) -> NotDone | None:
        """Say "me too" to a report, with photos; return why that was not done. To join twice counts once."""

        async def join(found: Report) -> None:
            await self._reports.support(found.id, self._conversation, self._channel)
            if photos:
                await self._reports.add(found.id, "", RESIDENT, photos)

        return await self._do(code, join)

    async def report(self, code: str) -> Followed | NotDone:
        """Return the report with a receipt code. A code that there is not counts as a wrong one.

        After too many of these only the resident's own reports are shown for a while.
        """
        async with _as_desk_errors():
            if self._wrong_receipts.too_many(self._conversation):
                own = await self._reports.of(self._conversation)
                found = next((one for one in own if one.code == code), None)
            else:
                found = await self._reports.by_code(code)
                if found is None:
                    self._wrong_receipts.note(self._conversation)
                    return NotDone.UNKNOWN
            if found is None:
                return NotDone.TOO_MANY
            return Followed(found, tuple(await self._reports.happenings(found.id, public_only=True)))

    async def act(
        self, code: str, act: Act, text: str = "", photos: tuple[UUID, ...] = (), *, content: bool | None = None
    ) -> NotDone | None:
        """Do what a resident can do with a report; return why it was not done. `content`: whether they are."""
        details = {} if content is None else {"content": "yes" if content else "no"}

        async def do(found: Report) -> None:
            await self._reports.act(found.id, act, RESIDENT, text, photos=photos, details=details)

        return await self._do(code, do)

    async def add(self, code: str, text: str, photos: tuple[UUID, ...] = ()) -> NotDone | None:
        """Add to a report; return why it was not done. `text` must be masked."""

        async def add(found: Report) -> None:
            await self._reports.add(found.id, text, RESIDENT, photos)

        return await self._do(code, add)

    async def stored(self) -> Stored:
        """Return all that is stored about the resident."""
        async with _as_desk_errors():
            found = await self._residents.stored(self._conversation)
            kept = await self._letters.of(self._conversation)
            sent = tuple(await self._reports.of(self._conversation))
        questions = len(kept)
        if found is None:
            return Stored(None, 0, 0, None, None, sent, questions)
        subscribed = found.subscription if found.subscription and found.subscription.active else None
        return Stored(
            since=found.first_seen,
            replies=found.replies,
            thumbs=found.thumbs,
            profile=_profile(found.profile),
            news=_news(subscribed) if subscribed else None,
            reports=sent,
            questions=questions,
            channels=found.channels,
            campaign_messages=found.campaign_messages,
            quizzes=found.quizzes,
            drills=found.drills,
        )

    async def erase(self) -> None:
        """Delete all of it."""
        async with _as_desk_errors():
            await self._residents.erase(self._conversation)

    async def link_code(self) -> str:
        """Return a new code by which the resident may link another channel with this one."""
        async with _as_desk_errors():
            return await self._links.give(self._conversation, self._channel)

    async def linkable(self, code: str, *, meant: bool = True) -> str | NotLinked:
        """Return the channel that a code would link with this one; it is not used yet.

        What is not surely `meant` as a code does not count as a wrong one.
        """
        if self._wrong_codes.too_many(self._conversation):
            return NotLinked.TOO_MANY
        async with _as_desk_errors():
            found = await self._links.look(code, self._conversation, self._channel, self._contact)
        if isinstance(found, Refusal):
            return self._refused(found) if meant else _REFUSALS[found]
        return found

    async def link(self, code: str) -> str | NotLinked:
        """Make one conversation of this one and the one that gave the code; return the channel of that."""
        if self._wrong_codes.too_many(self._conversation):
            return NotLinked.TOO_MANY
        async with _as_desk_errors():
            linked = await self._links.link(code, self._conversation, self._channel, self._contact)
        if isinstance(linked, Refusal):
            return self._refused(linked)
        if self._on_linked is not None:
            await self._on_linked(linked)
        return linked.giver

    async def unlink(self) -> Unlinked:
        """Undo all linking of the contact that asks, or of all others where this channel keeps its conversation."""
        async with _as_desk_errors():
            return _UNLINKED[await self._links.unlink(self._conversation, self._channel, self._contact)]

    async def take_trials(self, code: str) -> str | NotTried:
        """Let trial messages of the member of the staff who was given a code come here; return their name."""
        if self._wrong_codes.too_many(self._conversation):
            return NotTried.TOO_MANY
        if self._contact is None:
            return NotTried.NO_CHAT
        async with _as_desk_errors():
            taken = await self._staff_contacts.take(code, self._contact, self._now())
        if taken is staff_contacts.Refusal.UNKNOWN:
            self._wrong_codes.note(self._conversation)
        return _NOT_TRIED[taken] if isinstance(taken, staff_contacts.Refusal) else taken

    async def standing(self, exercise: Exercise, id_: str, message: int | None) -> Standing:
        """Return how far the resident is with a quiz or a drill, in the campaign whose message led there."""
        async with _as_desk_errors():
            found = await self._attempts.standing(self._conversation, Kind(exercise.value), id_, message)
        return Standing(found.left, found.finished)

    async def left_open(self, exercise: Exercise) -> frozenset[str]:
        """Return the ids of the quizzes or drills that the resident has begun and not finished."""
        async with _as_desk_errors():
            return await self._attempts.under_way(self._conversation, Kind(exercise.value))

    async def keep_progress(self, progress: Progress) -> bool:
        """Store how far it is; return whether it counts, as the first that is finished in its campaign does."""
        attempt = Attempt(
            kind=Kind(progress.exercise.value),
            id=progress.id,
            answers=progress.answers,
            total=progress.total,
            moment=progress.moment,
            message=progress.message,
            finished=progress.finished,
        )
        async with _as_desk_errors():
            return await self._attempts.keep(self._conversation, self._channel, attempt)

    async def _set_profile(self, profile: Profile, consent: str) -> None:
        code = profile.place
        is_province = code is not None and len(code) == _PROVINCE_CODE
        await self._profiles.set(
            self._conversation,
            self._channel,
            province_code=code if is_province else None,
            commune_code=None if is_province else code,
            home=profile.home.value if profile.home else None,
            part=profile.part,
            consent_version=consent,
        )

    @asynccontextmanager
    async def _together(self) -> AsyncIterator[None]:
        """Let all that is written inside happen, or nothing of it; in a turn that is part of one anyway."""
        if self._database.joined:
            yield
            return
        async with self._database.one_transaction():
            yield

    async def _do(self, code: str, doing: Callable[[Report], Awaitable[None]]) -> NotDone | None:
        """Do something with the report of that code."""
        async with _as_desk_errors():
            found = await self._reports.by_code(code)
            if found is None:
                return NotDone.UNKNOWN
            try:
                await doing(found)
            except UnknownReportError:
                return NotDone.UNKNOWN
            except (TransitionError, StaleReportError):
                return NotDone.NO_LONGER
        return None

    def _refused(self, why: Refusal) -> NotLinked:
        if why is Refusal.UNKNOWN:
            self._wrong_codes.note(self._conversation)
        return _REFUSALS[why]


def has_open_form(memory: dict[str, Any]) -> bool:
    """Whether a stored memory holds a form that is not finished."""
    return memory.get("form") is not None


def _profile(found: profiles.Profile | None) -> Profile | None:
    if found is None:
        return None
    known_home = found.home if found.home in {one.value for one in Home} else None
    return Profile(found.commune_code or found.province_code, Home(known_home) if known_home else None, found.part)


def _news(found: subscriptions.Subscription) -> News:
    return News(
        topics=found.topics,
        quiet=found.quiet,
        wording=found.consent_version,
        since=found.since,
        channel=found.channel,
        stopped_at=found.stopped_at,
    )


def _alike(found: Report) -> Alike:
    return Alike(
        code=found.code,
        category=found.category,
        text=found.text,
        where=found.where,
        since=found.created_at,
        supporters=found.supporters,
    )


@asynccontextmanager
async def _as_desk_errors() -> AsyncIterator[None]:
    """Turn what the store may raise, and taking too long, into `DeskError`."""
    try:
        async with asyncio.timeout(_DESK_SECONDS):
            yield
    except (SQLAlchemyError, OSError, TimeoutError, SealedDataError, MemoryTooLargeError, PhotoGoneError) as error:
        raise DeskError(type(error).__name__) from error
