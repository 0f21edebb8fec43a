"""What a message may want: the intents that Rasa names, and the groups in which the conversation treats them.

docs/intents.md says what separates them; a test holds that page, `intents/domain.yml`, the training data and this
enumeration to the same names.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Intent(StrEnum):
    """An intent. Where two fit a message, the one that stands higher here is right."""

    EMERGENCY = "emergency"
    FALSE_ALARM = "false_alarm"
    HARMFUL = "harmful"
    DISHONEST = "dishonest"
    REPORT_HAZARD = "report_hazard"
    REPORT_CONDUCT = "report_conduct"
    REPORT_PROCEDURE = "report_procedure"
    OPINION_LAW = "opinion_law"
    GOOD_MODEL = "good_model"
    COMMEND = "commend"
    TRACK_REPORT = "track_report"
    UNSUBSCRIBE = "unsubscribe"
    SUBSCRIBE = "subscribe"
    PRIVACY_DELETE = "privacy_delete"
    PRIVACY_VIEW = "privacy_view"
    TELL_PLACE = "tell_place"
    TALK_TO_PERSON = "talk_to_person"
    FOLLOW_UP = "follow_up"
    ASK_FIRST_AID = "ask_first_aid"
    ASK_ESCAPE = "ask_escape"
    ASK_EQUIPMENT = "ask_equipment"
    ASK_PREVENTION = "ask_prevention"
    ASK_FINE = "ask_fine"
    ASK_DOCUMENT = "ask_document"
    ASK_DUTY = "ask_duty"
    ASK_CAMPAIGN = "ask_campaign"
    ASK_CONTACT = "ask_contact"
    GREET = "greet"
    GOODBYE = "goodbye"
    THANK = "thank"
    ASK_BOT = "ask_bot"
    ABUSE = "abuse"
    AFFIRM = "affirm"
    DENY = "deny"
    SKIP = "skip"
    BACK = "back"
    CANCEL = "cancel"
    HELP = "help"
    OUT_OF_SCOPE = "out_of_scope"
    NLU_FALLBACK = "nlu_fallback"
    """Nothing was likely enough, or two were as likely; the ranking tells which. Never trained."""


TRAINED: Final = tuple(one for one in Intent if one is not Intent.NLU_FALLBACK)
"""The intents that have examples."""

URGENT: Final = frozenset({Intent.EMERGENCY, Intent.FALSE_ALARM})
"""Concerns a danger now, or that there is none after all."""

REFUSED: Final = frozenset({Intent.HARMFUL, Intent.DISHONEST})
"""Wants what is not done for anybody."""

REPORTS: Final = frozenset(
    {
        Intent.REPORT_HAZARD,
        Intent.REPORT_CONDUCT,
        Intent.REPORT_PROCEDURE,
        Intent.OPINION_LAW,
        Intent.GOOD_MODEL,
        Intent.COMMEND,
    }
)
"""Tells the authorities something."""

ACCOUNT: Final = frozenset(
    {
        Intent.TRACK_REPORT,
        Intent.UNSUBSCRIBE,
        Intent.SUBSCRIBE,
        Intent.PRIVACY_DELETE,
        Intent.PRIVACY_VIEW,
        Intent.TELL_PLACE,
        Intent.TALK_TO_PERSON,
    }
)
"""Concerns the writer's own reports, messages, data, place, or wish for a person."""

ASKS: Final = frozenset(
    {
        Intent.FOLLOW_UP,
        Intent.ASK_FIRST_AID,
        Intent.ASK_ESCAPE,
        Intent.ASK_EQUIPMENT,
        Intent.ASK_PREVENTION,
        Intent.ASK_FINE,
        Intent.ASK_DOCUMENT,
        Intent.ASK_DUTY,
        Intent.ASK_CAMPAIGN,
        Intent.ASK_CONTACT,
    }
)
"""Asks about fire safety: what search answers."""

SOCIAL: Final = frozenset({Intent.GREET, Intent.GOODBYE, Intent.THANK, Intent.ASK_BOT, Intent.ABUSE, Intent.HELP})
"""Talks with the assistant, or about it."""

DIALOGUE: Final = frozenset({Intent.AFFIRM, Intent.DENY, Intent.SKIP, Intent.BACK, Intent.CANCEL})
"""Answers or steers a form."""

ELSEWHERE: Final = frozenset({Intent.OUT_OF_SCOPE, Intent.NLU_FALLBACK})
"""Is not fire safety, or cannot be told."""

GROUPS: Final = (URGENT, REFUSED, REPORTS, ACCOUNT, ASKS, SOCIAL, DIALOGUE, ELSEWHERE)
"""Every intent stands in exactly one of these."""
