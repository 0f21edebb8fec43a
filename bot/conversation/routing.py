"""Decides what a message gets: its intent, what search found and what screening saw decide together.

Search answers questions; the intent tells whether it is one. Either alone is often wrong: a report ("lối thoát hiểm
bị khóa cả tuần nay") finds a card about locked exits, and a question typed in fragments looks like anything. The
bounds are measured, not felt: docs/routing.md says how, and what they cost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from bot.conversation.commands import REPORT_KINDS, Command, command_of
from bot.conversation.finding import Finding, Verdict, asks
from bot.conversation.flows.proposing import reported_in
from bot.conversation.flows.set_words import SetWords
from bot.feedback.kinds import ReportKind
from intents.intents import ASKS, Intent
from intents.screening import Screen
from intents.understanding import Understanding
from knowledge.vietnamese import syllables


def is_question(text: str) -> bool:
    """Whether a message has the form of a question, also in its middle.

    >>> is_question("bình chữa cháy để đâu cho đúng"), is_question("lối thoát bị khóa cả tuần nay")
    (True, False)
    """
    return asks(text) or _ASKING.search(" ".join(syllables(text))) is not None


class Act(Enum):
    """What is done with a message."""

    ANSWER = "answer"  # with what was found, under its own question where it is only the nearest
    SUGGEST = "suggest"
    ASK_BACK = "ask back"
    REPORT = "report"  # offered to officials as a report, beside what was found
    COMMAND = "command"
    SMALL_TALK = "small talk"
    REFUSE = "refuse"
    NOT_KNOWN = "not known"
    OUTSIDE = "outside"  # not about fire safety: said so, and kept for nobody


@dataclass(frozen=True)
class Route:
    """The act, and what it needs: the kind of report, the command, or the screen whose fixed reply is given."""

    act: Act
    report: ReportKind | None = None
    command: Command | None = None
    screen: Screen | None = None
    asked: Intent | None = None


_THREATENED: Final = re.compile(r"\b(?:doa|ham doa|de doa|hu doa|bi (?:ai|nguoi|no|chong|sep|chu))\b")
_CONSEQUENCES: Final = re.compile(r"\bco bi (?:phat(?! hien)|bat|xu ly|xu phat|tu|di tu|toi|truy to|sao)\b")
"""Asks what comes of it, and is told: screening knows who asks how to get away with it."""
_TELLS_LAST: Final = re.compile(r"\b(?:muon|can|xin) bao(?: (?:a|nhe|nha|voi|tin|can bo))?$")
"""Ends with saying that it is to be told to somebody: "cửa thoát hiểm khóa, muốn báo"."""
_LEAST_REPORT: Final = 5  # words of a message that tells the authorities something
_ONLY_HOME: Final = re.compile(r"\b(?:noi o|cho o|dia chi|noi (?:toi|em|minh) o)\b")
_EVERYTHING: Final = re.compile(r"\b(?:du lieu|thong tin|het|tat ca|moi thu|toan bo|dang ky)\b")
_LONGEST_PLACE: Final = 12  # words of a message that only says where somebody lives
_GOOD_NEWS: Final = frozenset({ReportKind.MODEL, ReportKind.COMMENDATION})
"""What is told of the day rather than to the authorities, where neither a thing nor praise is named."""
_MUCH_LIKELIER: Final = 1.5
"""How much likelier another intent is than all reports together, of what is rather no report."""
_INSIDE: Final = 0.4
"""Probability of being about fire safety below which an unsure intent does not make a question or report of it."""
_ASKING: Final = re.compile(
    r"\b(?:bao (?:nhieu|lau|gio)|khi nao"
    r"|may (?:phut|met|nam|tien|tang|gio|buoc|cua)(?! (?:nay|roi|lien)\b)"
    r"|(?:co|can|phai|nen|de|mua|lap|gom|xay ra) may (?:duong|loi|binh|vu|cai|chiec)"
    r"|(?:o|len|toi|den|di|de) dau"
    r"|(?:cho|cach|loai|phuong|xa|tinh|co quan|ai|nhu) nao|vi sao|tai sao|co phai|dung (?:khong|hong)|kieu gi|ra sao"
    r"|phai (?:lam|sao)|thi sao|hay (?:la )?khong|can (?:gi|nhung gi)|nhi"
    r"|mac (?:chi|gi|mo gi)|(?:man|lam) rang|rang rua|(?<!ro )rang ma"
    r"|(?<!khong )(?<!chang )(?<!co )ai chiu trach nhiem)\b"
    r"|\bla chi(?: (?:rua|vay|ha|a|the|ri|hi|em|ban|ad))*$"
)
"""Words that ask in the middle of a message, where a report hardly has them."""


@dataclass(frozen=True)
class Sense:
    """What is known of a message. `likely` of an intent is the probability that Rasa gives it, 0 without Rasa."""

    text: str
    screened: Screen | None
    understanding: Understanding | None
    finding: Finding

    def likely(self, *intents: Intent) -> float:
        """Probability that the message has one of the intents."""
        ranking = self.understanding.ranking if self.understanding else ()
        return sum(share for intent, share in ranking if intent in intents)

    @property
    def top(self) -> tuple[Intent | None, float]:
        """The likeliest intent and its probability."""
        ranking = self.understanding.ranking if self.understanding else ()
        return ranking[0] if ranking else (None, 0.0)

    @property
    def sure(self) -> bool:
        """Whether search surely found what answers the message."""
        return self.finding.verdict not in {Verdict.SUGGEST, Verdict.NOTHING} and not self.finding.likely

    def outweighs(self, share: float, bound: float) -> bool:
        """Whether an intent's probability reaches `bound` and, where search is sure, is no less than its own."""
        return share >= bound and (not self.sure or share >= self.finding.confidence)

    @property
    def asks(self) -> bool:
        """Whether the message has the form of a question."""
        return is_question(self.text)

    @property
    def outside(self) -> bool:
        """Whether it is rather not about fire safety."""
        return self.finding.domain < _INSIDE


@dataclass(frozen=True)
class Bounds:
    """From which probability an intent decides. Where search is sure too, the surer of the two decides."""

    refuse: float = 0.45
    report: float = 0.25
    report_though_asking: float = 0.8
    report_though_outside: float = 0.5
    report_wordless: float = 0.9  # small talk of a drill or a fire, where nothing is named that is reported
    report_margin: float = 0.3  # a report needs that much less than search: what was found is shown beside it
    announced_margin: float = 0.5  # the same where words such as "phản ánh" announce it
    command: float = 0.4
    command_though_asking: float = 0.55
    social: float = 0.4
    abuse: float = 0.85
    command_though_screened: float = 0.85
    elsewhere: float = 0.6
    asks: float = 0.5
    asks_though_outside: float = 0.97


_SENDS_OR_KEEPS: Final = frozenset({Command.NEWS, Command.PRIVACY})
_ABOUT_NEWS: Final = re.compile(
    r"\b(?:may gio|gio nao|luc nao|khi nao|bao gio|bao lau)\b.*\b(?:gui|nhan|nhan duoc|co) tin\b"
    r"|\b(?:gui|nhan) tin\b.*\b(?:may gio|gio nao|luc nao|khi nao|bao gio)\b"
    r"|\b(?:quang cao|tin rac|spam)\b"
)
"""Asks about the news that are sent, rather than for them or for what is stored."""
_SCREENS: Final[Mapping[Intent, Screen]] = {
    Intent.GREET: Screen.GREETING,
    Intent.GOODBYE: Screen.GOODBYE,
    Intent.THANK: Screen.THANKS,
    Intent.ASK_BOT: Screen.ABOUT_BOT,
    Intent.ABUSE: Screen.ABUSE,
}
_REFUSED: Final[Mapping[Intent, Screen]] = {Intent.HARMFUL: Screen.HARMFUL, Intent.DISHONEST: Screen.DISHONEST}
_REFUSALS: Final = frozenset({Screen.HARMFUL, Screen.DISHONEST, Screen.INJECTION})
_ASKED_BACK: Final = frozenset({Intent.ASK_FINE, Intent.ASK_DOCUMENT, Intent.ASK_DUTY, Intent.ASK_EQUIPMENT})
_ADDRESSED: Final = tuple(
    f"{telling} {whom} {told}"
    for telling in ("báo", "báo cho", "báo với", "nhắn với", "nói với")
    for whom in ("mặt trận", "phường", "xã", "công an", "ủy ban", "chính quyền", "cán bộ", "tổ trưởng")
    for told in ("là", "rằng", "biết", "giùm", "giúp")
)
"""Who begins so tells the authorities something at once: "báo cho phường là hẻm bị chắn"."""
_PLAINTS: Final = SetWords({
    ReportKind.COMMENDATION.value: ["xin khen", "muốn khen", "đề nghị khen", "đáng khen", "biểu dương", "tuyên dương",
        "khen thưởng"],
    ReportKind.CONDUCT.value: ["tố cáo", "tố giác", "khiếu nại", "vòi vĩnh", "nhũng nhiễu", "gợi ý phong bì",
        "gợi ý tiền", "hạch sách", "làm ăn kiểu gì"],
    ReportKind.HAZARD.value: ["phản ánh", "xin báo", "muốn báo với", "muốn báo cho", "cần báo với", "báo cho cơ quan",
        "báo cho mặt trận", "báo với mặt trận", *_ADDRESSED],
    ReportKind.OPINION.value: ["kiến nghị", "góp ý", "đề nghị sửa", "đề nghị bỏ", "đề nghị thêm", "đề nghị nhà nước",
        "theo tôi nên", "đề xuất"],
})  # fmt: skip
"""Words by which somebody who tells the authorities something is known without Rasa."""


class Router:
    """Routes messages. Pure."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()

    def route(self, sense: Sense) -> Route:
        """Return what is done with a message that is no emergency, no command in set words and no answer to a form."""
        return (
            self._refused(sense)
            or self._screened(sense)
            or self._reported(sense)
            or self._commanded(sense)
            or self._found(sense)
            or self._social(sense)
            or self._unsure(sense)
        )

    def _refused(self, sense: Sense) -> Route | None:
        if sense.screened in _REFUSALS:
            return Route(Act.REFUSE, screen=sense.screened)
        intent, share = sense.top
        run = " ".join(syllables(sense.text))
        threatened = _THREATENED.search(run)  # whoever tells of a threat is its victim
        excused = threatened or (intent is Intent.HARMFUL and _CONSEQUENCES.search(run))
        if intent is not None and intent in _REFUSED and not excused and sense.outweighs(share, self._bounds.refuse):
            return Route(Act.REFUSE, screen=_REFUSED[intent])
        return None

    def _screened(self, sense: Sense) -> Route | None:
        if sense.screened is not None:
            sure = sense.top[1] >= self._bounds.command_though_screened
            other = self._commanded(sense) if sure else None
            if other is None and sure and sense.screened is Screen.UNCLEAR:
                other = self._social(sense)
            return other or Route(Act.SMALL_TALK, screen=sense.screened)
        taken_back = sense.outweighs(sense.likely(Intent.FALSE_ALARM), self._bounds.social) and not sense.asks
        return Route(Act.SMALL_TALK, screen=Screen.NEGATED_EMERGENCY) if taken_back else None

    def _reported(self, sense: Sense) -> Route | None:
        intent, told = max(REPORT_KINDS, key=sense.likely), sense.likely(*REPORT_KINDS)
        bounds = self._bounds
        if len(syllables(sense.text)) < _LEAST_REPORT:
            return None
        bound = bounds.report_though_asking if sense.asks else bounds.report
        if sense.outside and not sense.sure:
            bound = max(bound, bounds.report_though_outside)
        plaint = plaint_in(sense.text)
        announced = bounds.announced_margin if plaint else bounds.report_margin
        margin = 0.0 if sense.asks else announced
        chats = plaint is None and self._chats(sense, intent, told)
        if told >= bound and not chats and sense.outweighs(told + margin, bound):
            return Route(Act.REPORT, report=REPORT_KINDS[intent])
        kind = plaint if not sense.asks else None
        if kind is not None and (sense.understanding is None or command_of(sense.understanding.ranking[0][0]) is None):
            return Route(Act.REPORT, report=REPORT_KINDS[intent] if told >= bounds.report else kind)
        return None

    def _chats(self, sense: Sense, intent: Intent, told: float) -> bool:
        """Whether somebody rather chats who names next to nothing that is reported; `told`: that it is a report."""
        named = reported_in(sense.text)
        if named == 0 and sense.outside:
            return True
        if named == 0 and REPORT_KINDS[intent] in _GOOD_NEWS:
            return sense.likely(intent) < self._bounds.report_wordless
        return named <= 1 and sense.top[1] >= _MUCH_LIKELIER * told

    def _commanded(self, sense: Sense) -> Route | None:
        intent, share = sense.top
        command = command_of(intent) if intent else None
        if command in _SENDS_OR_KEEPS and sense.asks and _ABOUT_NEWS.search(" ".join(syllables(sense.text))):
            command = Command.MY_NEWS
        if command is None or (command is Command.HOME and sense.finding.verdict is Verdict.PLACE):
            return None
        if command is Command.HOME and (sense.asks or not 3 <= len(syllables(sense.text)) <= _LONGEST_PLACE):
            return None  # a question, a story that mentions where somebody lives, or a bare noun
        run = " ".join(syllables(sense.text))
        if command is Command.ERASE and _ONLY_HOME.search(run) and not _EVERYTHING.search(run):
            command = Command.FORGET_HOME
        bound = self._bounds.command_though_asking if sense.asks else self._bounds.command
        return Route(Act.COMMAND, command=command) if sense.outweighs(share, bound) else None

    def _found(self, sense: Sense) -> Route | None:
        return Route(Act.ANSWER) if sense.sure else None

    def _social(self, sense: Sense) -> Route | None:
        intent, share = sense.top
        bound = self._bounds.abuse if intent is Intent.ABUSE else self._bounds.social
        if intent is not None and intent in _SCREENS and share >= bound:
            return Route(Act.SMALL_TALK, screen=_SCREENS[intent])
        return None

    def _unsure(self, sense: Sense) -> Route:
        """What only may be right: the nearest card, a choice, a question back, or nothing."""
        if sense.likely(Intent.OUT_OF_SCOPE) >= self._bounds.elsewhere:
            return Route(Act.OUTSIDE if sense.outside else Act.NOT_KNOWN)
        if sense.finding.likely:
            return Route(Act.ANSWER)
        if sense.finding.verdict is Verdict.SUGGEST:
            return Route(Act.SUGGEST)
        return self._asked(sense) or Route(Act.NOT_KNOWN)

    def _asked(self, sense: Sense) -> Route | None:
        """What a question is offered for which search found nothing, if it is one about fire safety."""
        intent, share = sense.top
        bound = self._bounds.asks_though_outside if sense.outside else self._bounds.asks
        if intent not in ASKS or share < bound:
            return None
        if intent in _ASKED_BACK:
            return Route(Act.ASK_BACK, asked=intent)
        return Route(Act.SUGGEST) if sense.finding.cards else None


def plaint_in(text: str) -> ReportKind | None:
    """Return what kind of report the words of `text` announce, or None.

    >>> plaint_in("em muốn phản ánh hẻm bị chắn"), plaint_in("cháy điện dập bằng gì")
    (<ReportKind.HAZARD: 'hazard'>, None)
    """
    if named := _PLAINTS.inside(text):
        return ReportKind(named[0])
    return ReportKind.HAZARD if _TELLS_LAST.search(" ".join(syllables(text))) else None
