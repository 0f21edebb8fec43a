"""The store as conversations use it: memories, and what flows may ask for one resident."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from bot.conversation.flows.desk import (
    CONSENT,
    Desk,
    DeskError,
    Home,
    Letter,
    LetterKind,
    LetterState,
    NotLinked,
    Profile,
    Stored,
    Unlinked,
)
from bot.conversation.memory import Memory, Recalled
from bot.store import letters, links, profiles
from bot.store.database import Database
from bot.store.letters import AlreadyAnsweredError, Letters, UnknownLetterError
from bot.store.links import Linked, Links, Refusal, WrongCodes
from bot.store.memories import Memories, MemoryTooLargeError
from bot.store.profiles import Profiles
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
_UNLINKED: Final[Mapping[links.Unlinked, Unlinked]] = {
    links.Unlinked.ALONE: Unlinked.ALONE,
    links.Unlinked.OTHERS: Unlinked.OTHERS,
    links.Unlinked.NOTHING: Unlinked.NOTHING,
}


class StoredConversations:
    """The keeper of memories on PostgreSQL."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        *,
        clock: Callable[[], float] = time.monotonic,
        on_linked: Callable[[Linked], Awaitable[None]] | None = None,
    ) -> None:
        """`clock` counts seconds. `on_linked` is awaited when two conversations have become one, to tell the giver.

        It must raise nothing, since they are one already.
        """
        self._database = database
        self._sealer = sealer
        self._memories = Memories(database, sealer)
        self._profiles = Profiles(database)
        self._wrong_codes = WrongCodes(clock)
        self._on_linked = on_linked

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
            on_linked=self._on_linked,
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
        on_linked: Callable[[Linked], Awaitable[None]] | None = None,
    ) -> None:
        """`contact`: the number of the contact that writes, if known; `wrong_codes` are counted beyond this turn."""
        self._conversation = conversation
        self._channel = channel
        self._contact = contact
        self._wrong_codes = wrong_codes or WrongCodes(time.monotonic)
        self._on_linked = on_linked
        self._links = Links(database)
        self._profiles = Profiles(database)
        self._subscriptions = Subscriptions(database)
        self._letters = Letters(database, sealer)
        self._residents = Residents(database, sealer, has_open_form)

    async def profile(self) -> Profile | None:
        """Return the profile, or None."""
        async with _as_desk_errors():
            return _profile(await self._profiles.get(self._conversation))

    async def keep_profile(self, profile: Profile) -> None:
        """Store the profile with the resident's consent, replacing an earlier one."""
        code = profile.place
        is_province = code is not None and len(code) == _PROVINCE_CODE
        async with _as_desk_errors():
            await self._profiles.set(
                self._conversation,
                self._channel,
                province_code=code if is_province else None,
                commune_code=None if is_province else code,
                home=profile.home.value if profile.home else None,
                consent_version=CONSENT,
            )

    async def forget_profile(self) -> None:
        """Delete the profile."""
        async with _as_desk_errors():
            await self._profiles.delete(self._conversation)

    async def topics(self) -> tuple[str, ...]:
        """Return what the resident is subscribed to."""
        async with _as_desk_errors():
            found = await self._subscriptions.get(self._conversation)
        return found.topics if found and found.active else ()

    async def subscribe(self, topics: tuple[str, ...]) -> None:
        """Subscribe with the resident's consent, replacing earlier topics."""
        async with _as_desk_errors():
            await self._subscriptions.start(self._conversation, self._channel, topics, CONSENT)

    async def unsubscribe(self) -> bool:
        """Stop all messages that were not asked for; return whether there was a subscription."""
        async with _as_desk_errors():
            return await self._subscriptions.stop(self._conversation)

    async def send(self, kind: LetterKind, text: str, place: str | None) -> str:
        """Store a letter to officials and return its receipt code."""
        async with _as_desk_errors():
            stored_kind = letters.LetterKind(kind.value)
            return await self._letters.send(self._conversation, self._channel, stored_kind, text, place)

    async def letter(self, code: str) -> Letter | None:
        """Return the letter with a receipt code, or None; its answer counts as read."""
        async with _as_desk_errors():
            found = await self._letters.by_code(code)
            if found is not None and found.answer:
                await self._letters.mark_told(found.code)
        return _letter(found) if found and found.kind is not letters.LetterKind.UNANSWERED else None

    async def withdraw(self, code: str) -> bool:
        """Withdraw a letter that is not answered yet; return whether it was."""
        async with _as_desk_errors():
            try:
                await self._letters.withdraw(code)
            except (AlreadyAnsweredError, UnknownLetterError):
                return False
        return True

    async def stored(self) -> Stored:
        """Return all that is stored about the resident."""
        async with _as_desk_errors():
            found = await self._residents.stored(self._conversation)
            kept = await self._letters.of(self._conversation)
        sent = tuple(_letter(one) for one in kept if _is_sent(one))
        questions = len(kept) - len(sent)
        if found is None:
            return Stored(None, 0, 0, None, (), sent, questions)
        topics = found.subscription.topics if found.subscription and found.subscription.active else ()
        return Stored(
            since=found.first_seen,
            replies=found.replies,
            thumbs=found.thumbs,
            profile=_profile(found.profile),
            topics=topics,
            letters=sent,
            questions=questions,
            channels=found.channels,
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
    return Profile(found.commune_code or found.province_code, Home(known_home) if known_home else None)


def _is_sent(found: letters.Letter) -> bool:
    """Whether the resident has sent it, rather than the assistant having kept a question."""
    return found.kind is not letters.LetterKind.UNANSWERED


def _letter(found: letters.Letter) -> Letter:
    return Letter(
        found.code,
        LetterKind(found.kind.value),
        found.at,
        LetterState(found.state.value),
        found.answer,
        found.answered_by,
    )


@asynccontextmanager
async def _as_desk_errors() -> AsyncIterator[None]:
    """Turn what the store may raise, and taking too long, into `DeskError`."""
    try:
        async with asyncio.timeout(_DESK_SECONDS):
            yield
    except (SQLAlchemyError, OSError, TimeoutError, SealedDataError, MemoryTooLargeError) as error:
        raise DeskError(type(error).__name__) from error
