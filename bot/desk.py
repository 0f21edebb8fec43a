"""The store as flows may ask it for one resident."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from bot.conversation.flows.desk import (
    CONSENT,
    Alike,
    Campaigned,
    Draft,
    Exercise,
    Followed,
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
from bot.conversation.memory import has_open_form
from bot.desk_errors import as_desk_errors
from bot.desk_records import (
    NOT_LINKED,
    NOT_TRIED,
    UNLINKED,
    alike_of,
    attempt_of,
    new_report,
    news_of,
    profile_of,
    stored_of,
)
from bot.feedback.deadlines import Deadlines
from bot.feedback.lifecycle import Act
from bot.feedback.reports import RESIDENT, Report
from bot.receipts import Receipts
from bot.store import staff_contacts
from bot.store.attempts import Attempts, Kind
from bot.store.campaign_marks import Marks
from bot.store.database import Database
from bot.store.letters import Letters
from bot.store.links import Linked, Links, Refusal
from bot.store.photos import Photos
from bot.store.profiles import Profiles
from bot.store.report_neighbours import Neighbours
from bot.store.reports import Reports
from bot.store.residents import Residents
from bot.store.sealing import Sealer
from bot.store.subscriptions import Subscriptions
from bot.wrong_codes import WrongCodes

_PROVINCE_CODE: Final = 2  # digits


def _now() -> datetime:
    return datetime.now(UTC)


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
        self._on_linked = on_linked
        self._links = Links(database)
        self._staff_contacts = staff_contacts.StaffContacts(database)
        self._profiles = Profiles(database)
        self._database = database
        self._subscriptions = Subscriptions(database)
        self._marks = Marks(database, now)
        self._letters = Letters(database, sealer)
        self._reports = reports or Reports(database, sealer, deadlines or Deadlines.load(), clock=now)
        self._receipts = Receipts(self._reports, wrong_receipts or WrongCodes(time.monotonic), conversation)
        self._neighbours = Neighbours(database)
        self._photos = Photos(database, sealer)
        self._attempts = Attempts(database, now)
        self._now = now
        self._takes_photos = takes_photos
        self._residents = Residents(database, sealer, has_open_form, deadlines=deadlines, clock=now)

    async def profile(self) -> Profile | None:
        """Return the profile, or None."""
        async with as_desk_errors():
            return profile_of(await self._profiles.get(self._conversation))

    async def keep_profile(self, profile: Profile) -> None:
        """Store the profile with the resident's consent, replacing an earlier one."""
        async with as_desk_errors():
            await self._set_profile(profile, CONSENT)

    async def forget_profile(self) -> None:
        """Delete the profile."""
        async with as_desk_errors():
            await self._profiles.delete(self._conversation)

    async def news(self) -> News | None:
        """Return what the resident is subscribed to, or was; None when they never were."""
        async with as_desk_errors():
            found = await self._subscriptions.get(self._conversation)
        return news_of(found) if found else None

    async def subscribe(self, wish: Wish) -> None:
        """Subscribe with the resident's consent to the present wording, in place of an earlier subscription."""
        async with as_desk_errors(), self._database.together():
            await self._subscriptions.start(
                self._conversation, self._channel, wish.topics, NEWS_CONSENT, quiet=wish.quiet, at=self._now()
            )
            if wish.profile is not None:
                await self._set_profile(wish.profile, NEWS_CONSENT)

    async def unsubscribe(self) -> bool:
        """Stop all messages that were not asked for; return whether there was a subscription."""
        async with as_desk_errors(), self._database.together():
            stopped = await self._subscriptions.stop(self._conversation, self._now())
            if stopped:
                await self._marks.stopped(self._conversation)
            return stopped

    async def answered(self, message: int | None = None) -> None:
        """Note that the resident said something: an answer to the last campaign's message, or to that one."""
        async with as_desk_errors():
            await self._marks.answered(self._conversation, message)

    async def complained(self, message: int) -> Campaigned | None:
        """Note that the resident says a campaign's message is not right; None when they were never sent it."""
        async with as_desk_errors():
            found = await self._marks.complained(self._conversation, message)
        return Campaigned(found.title, found.campaign) if found else None

    async def ask_officials(self, text: str) -> None:
        """Put a text into the queue of the officials, who may answer it. It must be masked."""
        async with as_desk_errors():
            await self._letters.keep_unanswered(self._conversation, self._channel, text, [])

    @property
    def takes_photos(self) -> bool:
        """Whether photos reach us on the resident's channel."""
        return self._takes_photos

    async def photos_there(self, photos: tuple[UUID, ...]) -> tuple[UUID, ...]:
        """Return those of the photos that still wait for what they are sent with."""
        async with as_desk_errors():
            return await self._photos.staged(self._conversation, photos) if photos else ()

    async def drop_photos(self, photos: tuple[UUID, ...]) -> None:
        """Delete photos that are not sent after all."""
        async with as_desk_errors():
            await self._photos.unstage(self._conversation, photos)

    async def send(self, draft: Draft) -> str:
        """Store a report and return its receipt code."""
        async with as_desk_errors():
            return await self._reports.send(new_report(draft, self._conversation, self._channel))

    async def alike(self, draft: Draft) -> Alike | None:
        """Return the report of others that most likely is about the same, or None."""
        async with as_desk_errors():
            near = await self._neighbours.of_draft(draft.category, draft.where, draft.text, self._now())
            own = {one.code for one in await self._reports.of(self._conversation)} if near else set()
            likeliest = next((one for one in near if one.code not in own), None)
            found = await self._reports.by_id(likeliest.report_id) if likeliest else None
        return alike_of(found) if found else None

    async def join(self, code: str, photos: tuple[UUID, ...] = ()) -> NotDone | None:
        """Say "me too" to a report, with photos; return why that was not done. To join twice counts once."""

        async def join(found: Report) -> None:
            await self._reports.support(found.id, self._conversation, self._channel)
            if photos:
                await self._reports.add(found.id, "", RESIDENT, photos)

        async with as_desk_errors():
            return await self._receipts.do(code, join)

    async def report(self, code: str) -> Followed | NotDone:
        """Return the report with a receipt code. A code that there is not counts as a wrong one.

        After too many of these only the resident's own reports are shown for a while.
        """
        async with as_desk_errors():
            found = await self._receipts.look(code)
            if isinstance(found, NotDone):
                return found
            return Followed(found, tuple(await self._reports.happenings(found.id, public_only=True)))

    async def act(
        self, code: str, act: Act, text: str = "", photos: tuple[UUID, ...] = (), *, content: bool | None = None
    ) -> NotDone | None:
        """Do what a resident can do with a report; return why it was not done. `content`: whether they are."""
        details = {} if content is None else {"content": "yes" if content else "no"}

        async def do(found: Report) -> None:
            await self._reports.act(found.id, act, RESIDENT, text, photos=photos, details=details)

        async with as_desk_errors():
            return await self._receipts.do(code, do)

    async def add(self, code: str, text: str, photos: tuple[UUID, ...] = ()) -> NotDone | None:
        """Add to a report; return why it was not done. `text` must be masked."""

        async def add(found: Report) -> None:
            await self._reports.add(found.id, text, RESIDENT, photos)

        async with as_desk_errors():
            return await self._receipts.do(code, add)

    async def stored(self) -> Stored:
        """Return all that is stored about the resident."""
        async with as_desk_errors():
            found = await self._residents.stored(self._conversation)
            kept = await self._letters.of(self._conversation)
            sent = await self._reports.of(self._conversation)
        return stored_of(found, sent, len(kept))

    async def erase(self) -> None:
        """Delete all of it."""
        async with as_desk_errors():
            await self._residents.erase(self._conversation)

    async def link_code(self) -> str:
        """Return a new code by which the resident may link another channel with this one."""
        async with as_desk_errors():
            return await self._links.give(self._conversation, self._channel)

    async def linkable(self, code: str, *, meant: bool = True) -> str | NotLinked:
        """Return the channel that a code would link with this one; it is not used yet.

        What is not surely `meant` as a code does not count as a wrong one.
        """
        if self._wrong_codes.too_many(self._conversation):
            return NotLinked.TOO_MANY
        async with as_desk_errors():
            found = await self._links.look(code, self._conversation, self._channel, self._contact)
        if isinstance(found, Refusal):
            return self._refused(found) if meant else NOT_LINKED[found]
        return found

    async def link(self, code: str) -> str | NotLinked:
        """Make one conversation of this one and the one that gave the code; return the channel of that."""
        if self._wrong_codes.too_many(self._conversation):
            return NotLinked.TOO_MANY
        async with as_desk_errors():
            linked = await self._links.link(code, self._conversation, self._channel, self._contact)
        if isinstance(linked, Refusal):
            return self._refused(linked)
        if self._on_linked is not None:
            await self._on_linked(linked)
        return linked.giver

    async def unlink(self) -> Unlinked:
        """Undo all linking of the contact that asks, or of all others where this channel keeps its conversation."""
        async with as_desk_errors():
            return UNLINKED[await self._links.unlink(self._conversation, self._channel, self._contact)]

    async def take_trials(self, code: str) -> str | NotTried:
        """Let trial messages of the member of the staff who was given a code come here; return their name."""
        if self._wrong_codes.too_many(self._conversation):
            return NotTried.TOO_MANY
        if self._contact is None:
            return NotTried.NO_CHAT
        async with as_desk_errors():
            taken = await self._staff_contacts.take(code, self._contact, self._now())
        if taken is staff_contacts.Refusal.UNKNOWN:
            self._wrong_codes.note(self._conversation)
        return NOT_TRIED[taken] if isinstance(taken, staff_contacts.Refusal) else taken

    async def standing(self, exercise: Exercise, id_: str, message: int | None) -> Standing:
        """Return how far the resident is with a quiz or a drill, in the campaign whose message led there."""
        async with as_desk_errors():
            found = await self._attempts.standing(self._conversation, Kind(exercise.value), id_, message)
        return Standing(found.left, found.finished)

    async def left_open(self, exercise: Exercise) -> frozenset[str]:
        """Return the ids of the quizzes or drills that the resident has begun and not finished."""
        async with as_desk_errors():
            return await self._attempts.under_way(self._conversation, Kind(exercise.value))

    async def keep_progress(self, progress: Progress) -> bool:
        """Store how far it is; return whether it counts, as the first that is finished in its campaign does."""
        async with as_desk_errors():
            return await self._attempts.keep(self._conversation, self._channel, attempt_of(progress))

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

    def _refused(self, why: Refusal) -> NotLinked:
        if why is Refusal.UNKNOWN:
            self._wrong_codes.note(self._conversation)
        return NOT_LINKED[why]
