"""Records of the store in the words of flows, and what flows hand in as records of the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from bot.conversation.flows.desk import (
    CONSENT,
    Alike,
    Consented,
    Draft,
    Home,
    News,
    NotLinked,
    NotTried,
    Profile,
    Progress,
    Stored,
    Unlinked,
)
from bot.feedback.reports import NewReport, Report
from bot.store import links, profiles, staff_contacts, subscriptions
from bot.store.attempts import Attempt, Kind
from bot.store.consents import Consent, ConsentAct
from bot.store.residents import StoredAboutMe

NOT_LINKED: Final[Mapping[links.Refusal, NotLinked]] = {
    links.Refusal.UNKNOWN: NotLinked.WRONG,
    links.Refusal.EXPIRED: NotLinked.EXPIRED,
    links.Refusal.SAME: NotLinked.SAME,
    links.Refusal.BOTH_KEEP_THEIR_IDS: NotLinked.TWO_PAGES,
}
NOT_TRIED: Final[Mapping[staff_contacts.Refusal, NotTried]] = {
    staff_contacts.Refusal.UNKNOWN: NotTried.WRONG,
    staff_contacts.Refusal.EXPIRED: NotTried.EXPIRED,
}
UNLINKED: Final[Mapping[links.Unlinked, Unlinked]] = {
    links.Unlinked.ALONE: Unlinked.ALONE,
    links.Unlinked.OTHERS: Unlinked.OTHERS,
    links.Unlinked.NOTHING: Unlinked.NOTHING,
}


def profile_of(found: profiles.Profile | None) -> Profile | None:
    """Return where somebody lives; a kind of home that an older version knew is left out."""
    if found is None:
        return None
    known_home = found.home if found.home in {one.value for one in Home} else None
    return Profile(found.commune_code or found.province_code, Home(known_home) if known_home else None, found.part)


def news_of(found: subscriptions.Subscription) -> News:
    """Return a subscription with the proof of consent."""
    return News(
        topics=found.topics,
        quiet=found.quiet,
        wording=found.consent_version,
        since=found.since,
        channel=found.channel,
        stopped_at=found.stopped_at,
    )


def _consented(found: Consent) -> Consented:
    """Return what was agreed to or stopped."""
    return Consented(
        at=found.at,
        stopped=found.act is ConsentAct.STOPPED,
        topics=found.topics,
        wording=found.wording,
        channel=found.channel,
    )


def _counts_now(consent: Consent, subscribed: subscriptions.Subscription | None) -> bool:
    """Whether it is the consent of the subscription as it stands."""
    return subscribed is not None and consent.act is ConsentAct.AGREED and consent.at == subscribed.since


def alike_of(found: Report) -> Alike:
    """Return what may be shown of a report of others."""
    return Alike(
        code=found.code,
        category=found.category,
        text=found.text,
        where=found.where,
        since=found.created_at,
        supporters=found.supporters,
    )


def stored_of(found: StoredAboutMe | None, reports: Sequence[Report], questions: int) -> Stored:
    """Return all that is stored about a resident: what was found for the conversation, its reports and questions."""
    sent = tuple(reports)
    if found is None:
        return Stored(None, 0, 0, None, None, sent, questions)
    subscribed = found.subscription if found.subscription and found.subscription.active else None
    return Stored(
        since=found.first_seen,
        replies=found.replies,
        thumbs=found.thumbs,
        profile=profile_of(found.profile),
        news=news_of(subscribed) if subscribed else None,
        reports=sent,
        questions=questions,
        channels=found.channels,
        campaign_messages=found.campaign_messages,
        quizzes=found.quizzes,
        drills=found.drills,
        consents=tuple(_consented(one) for one in found.consents if not _counts_now(one, subscribed)),
    )


def new_report(draft: Draft, conversation: UUID, channel: str) -> NewReport:
    """Return a draft as it is sent; an anonymous one belongs to no conversation."""
    return NewReport(
        category=draft.category,
        text=draft.text,
        where=draft.where,
        channel=channel,
        conversation=None if draft.anonymous else conversation,
        photos=draft.photos,
        contact=draft.contact,
        consent=CONSENT if draft.contact else None,
    )


def attempt_of(progress: Progress) -> Attempt:
    """Return a quiz or a drill as far as it is done."""
    return Attempt(
        kind=Kind(progress.exercise.value),
        id=progress.id,
        answers=progress.answers,
        total=progress.total,
        moment=progress.moment,
        message=progress.message,
        finished=progress.finished,
    )
