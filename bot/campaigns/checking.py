"""What is wrong with a plan before it may be approved, and the documents that an approver looks at one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from bot.campaigns.articles import too_fine
from bot.campaigns.audience_checking import wrong_audience
from bot.campaigns.claims import Claims
from bot.campaigns.content import (
    VARIANTS,
    Behaviour,
    Did,
    Doing,
    Message,
    Offer,
    Plan,
    Source,
    Variant,
)
from bot.campaigns.occasions import next_day
from bot.campaigns.previews import LONGEST_PAYLOAD, Fault, day_of, numbers, payload_of, preview, references
from bot.channels.showing import Rendering
from bot.store.campaign_gate import CLOSES, OPENS, ZONE, Caps
from knowledge.answers import ReviewState
from knowledge.check import KnowledgeBase
from knowledge.documents import Document
from knowledge.trust import Trust
from knowledge.validity import Validity, spoken, status_text, validity

MOST_OFFERS: Final = 3
"""Beside the complaint and the stop: Zalo takes five buttons."""
LONGEST_LABEL: Final = 36
"""Characters that a phone shows of a button."""
LONGEST_SEND_FOR: Final = timedelta(days=7)
_BLANK: Final = re.compile(r"⟨[^⟩]*⟩")
_A_MESSAGE: Final = 10**9  # stands for a message's number, as long as one gets
_WEEK: Final = timedelta(days=7)
_NAMES: Final[Mapping[Doing, str]] = {
    Doing.QUIZ: "bài trắc nghiệm",
    Doing.DRILL: "bài thực hành",
    Doing.ASK: "thẻ trả lời",
}
_DEMANDED: Final[Mapping[str, Did]] = {"quiz": Did.FINISHED_QUIZ, "drill": Did.FINISHED_DRILL}
"""What an audience may demand that a message leaves out by its `unless`."""
_NOT_NOW: Final = frozenset({Validity.EXPIRED, Validity.NOT_YET})
_DOUBTFUL: Final = frozenset({Trust.UNSOURCED, Trust.DISPUTED, Trust.INFERRED})


@dataclass(frozen=True, kw_only=True)
class Cited:
    """A provision that messages rest on, as of the last day on which one of them goes.

    `locator` is empty for a document as a whole, `number` None for guidance. `where` and `standing` are in Vietnamese,
    `replaced_by` are names of documents, `messages` titles, `places` the same with the numbers under which readers find
    it. `in_force`: nothing says that it does not apply then; where
    that was never established, `standing` says so, and the approver finds out.
    """

    document: str
    locator: str
    number: str | None
    title: str
    where: str
    standing: str
    in_force: bool
    replaced_by: tuple[str, ...]
    messages: tuple[str, ...]
    places: tuple[str, ...] = ()
    url: str | None = None

    @property
    def id(self) -> str:
        """What stands for it: "<document>#<locator>"."""
        return f"{self.document}#{self.locator}"


@dataclass(frozen=True, kw_only=True)
class Known:
    """What messages may offer, by id, and how many of them one person gets. `renderings`: how channels show them."""

    quizzes: frozenset[str] = frozenset()
    drills: frozenset[str] = frozenset()
    caps: Caps = field(default_factory=Caps)
    renderings: Mapping[str, Rendering] | None = None


def faults(plan: Plan, base: KnowledgeBase, now: datetime, known: Known) -> list[Fault]:
    """Return what is wrong with a plan as of `now`, which has a time zone: of the plan as a whole, then by message."""
    check = _Check(plan, base, now, known)
    found = [*check.whole(), *check.times(), *(fault for one in plan.messages for fault in check.message(one))]
    return list(dict.fromkeys(found))  # two provisions of one law are wrong in the same words


def cited(plan: Plan, base: KnowledgeBase, day: date) -> list[Cited]:
    """Return what the messages rest on, each provision once; `day` is that of messages whose day is not known."""
    found: dict[Source, list[Message]] = {}
    for message in plan.messages:
        for source in references(message, base):
            found.setdefault(source, []).append(message)
    return [
        _cited(source, messages, base, max(day_of(one, plan, day) for one in messages))
        for source, messages in found.items()
        if source.document in base.documents
    ]


def _cited(source: Source, messages: Sequence[Message], base: KnowledgeBase, day: date) -> Cited:
    document = base.documents[source.document]
    passage = document.passage(source.locator) if source.locator else None
    names = (base.documents[one].short_name if one in base.documents else one for one in document.replaced_by)
    return Cited(
        document=document.id,
        locator=source.locator,
        number=document.number,
        title=document.title,
        where=(passage.section.locator or passage.section.heading) if passage else "",
        standing=_standing(document, day),
        in_force=validity(document, day) not in _NOT_NOW,
        replaced_by=tuple(names),
        messages=tuple(one.title for one in messages),
        places=tuple(_place(source, one, base) for one in messages),
        url=passage.url if passage else next(iter(document.urls), None),
    )


def _place(source: Source, message: Message, base: KnowledgeBase) -> str:
    """Where a message cites a source: its title and the number, with the variants where these count differently."""
    found: dict[int, list[str]] = {}
    for variant in (one for one in Variant if one in message.texts):
        if number := numbers(message, variant, base).get(source):
            found.setdefault(number, []).append(VARIANTS[variant].lower())
    if len(found) == 1:
        return f"{message.title} [{next(iter(found))}]"
    told = ", ".join(f"[{number}] (bản {', '.join(variants)})" for number, variants in found.items())
    return f"{message.title} {told}" if told else f"{message.title} (không có số trong bài)"


class _Check:
    """Looks at one plan."""

    def __init__(self, plan: Plan, base: KnowledgeBase, now: datetime, known: Known) -> None:
        self._plan = plan
        self._base = base
        self._now = now
        self._today = now.astimezone(ZONE).date()
        self._known = known
        self._claims = Claims(base, self._own_days())

    def whole(self) -> Iterator[Fault]:
        """What is wrong with the plan itself and its audience."""
        plan = self._plan
        if not plan.title.strip():
            yield _of_all("Chiến dịch chưa có tên.")
        if not plan.messages:
            yield _of_all("Chiến dịch chưa có tin nào.")
        keys = [one.key for one in plan.messages]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            yield _of_all(f"Hai tin có cùng mã “{key}”.")
        if plan.day is None and any(one.when.at is None for one in plan.messages):
            yield _of_all("Chưa chọn ngày của chiến dịch, nên chưa biết các tin gửi vào lúc nào.")
        if plan.urgent and not plan.goal.strip():
            yield _of_all("Xin gửi khẩn thì phải ghi lý do ở mục tiêu của chiến dịch.")
        yield from map(_of_all, wrong_audience(plan.audience, self._base, self._known.quizzes, self._known.drills))
        yield from self._first()
        if plan.repeat is not None:
            try:
                next_day(plan.repeat.rule, self._today)
            except (ValueError, LookupError):
                yield _of_all(f"Lịch lặp lại “{plan.repeat.rule}” không hợp lệ.")

    def times(self) -> Iterator[Fault]:
        """What is wrong with when the messages go."""
        due = [(one, when) for one in self._plan.messages if (when := self._due(one)) is not None]
        for message, when in due:
            # An urgent one goes as soon as it is approved: its approver may be some minutes late.
            if when + (message.send_for if self._plan.urgent else timedelta(0)) <= self._now:
                yield _of(message, f"đặt giờ gửi {_clock(when)}, đã qua rồi.")
            if not OPENS <= when.time() < CLOSES and not self._plan.urgent:
                yield _of(message, f"đặt lúc {when:%H:%M}; chỉ được gửi từ 7:00 đến 21:59.")
            if not timedelta(0) < message.send_for <= LONGEST_SEND_FOR:
                yield _of(message, "hạn gửi phải từ 1 phút đến 7 ngày sau giờ gửi.")
        if not self._plan.urgent:
            yield from self._beyond_the_cap(sorted(due, key=lambda one: one[1]))

    def message(self, message: Message) -> Iterator[Fault]:
        """What is wrong with one message."""
        if not message.title.strip():
            yield Fault(message=message.key, text=f"Tin “{message.key}” chưa có tên.")
        if Variant.HOUSEHOLD not in message.texts:
            yield _of(
                message, f"thiếu bản cho {VARIANTS[Variant.HOUSEHOLD].lower()}, là bản gửi cho mọi người còn lại."
            )
        yield from self._cards(message)
        yield from self._sources(message)
        yield from self._offers(message)
        yield from self._unless(message)
        yield from self._article(message)
        if message.image is not None and message.image not in self._base.pictures:
            yield _of(message, f"không có hình “{message.image}”.")
        if message.template is not None and not message.template.id.strip():
            yield _of(message, "chưa điền mã mẫu tin Zalo.")
        for variant, text in message.texts.items():
            yield from self._text(message, variant, text)
        if self._known.renderings is not None:
            for one in preview(message, self._plan, self._base, self._known.renderings, today=self._today):
                yield from one.faults

    def _text(self, message: Message, variant: Variant, text: str) -> Iterator[Fault]:
        name = VARIANTS[variant].lower()
        if not text.strip():
            yield _of(message, f"bản {name} chưa có nội dung.")
            return
        if blanks := list(dict.fromkeys(_BLANK.findall(text))):
            yield _of(message, f"bản {name} còn chỗ chưa điền: {', '.join(blanks)}.")
        known, day = references(message, self._base), day_of(message, self._plan, self._today)
        for claim in self._claims.faults(_BLANK.sub("", text), known, day):
            yield _of(message, f"bản {name}: {claim.text}", blocks=claim.blocks)

    def _cards(self, message: Message) -> Iterator[Fault]:
        day = day_of(message, self._plan, self._today)
        for name in message.cards:
            card = self._base.cards.get(name)
            if card is None:
                yield _of(message, f"không có thẻ trả lời “{name}”.")
            elif card.review.state is not ReviewState.REVIEWED:
                yield _of(message, f"thẻ trả lời “{card.question}” ({name}) còn là bản nháp, chưa được duyệt.")
            elif not card.applies(day):
                yield _of(message, f"thẻ trả lời “{card.question}” ({name}) không áp dụng vào ngày {spoken(day)}.")

    def _sources(self, message: Message) -> Iterator[Fault]:
        day = day_of(message, self._plan, self._today)
        for source in references(message, self._base):
            document = self._base.documents.get(source.document)
            if document is None:
                yield _of(message, f"không có văn bản “{source.document}”.")
                continue
            passage = document.passage(source.locator) if source.locator else None
            if source.locator and passage is None:
                yield _of(message, f"“{document.short_name}” không có mục “{source.locator}”.")
            standing = validity(document, day)
            if standing in _NOT_NOW:
                yield _of(message, f"“{document.short_name}” {self._void(document, day)}")
            elif standing is Validity.UNKNOWN:
                text = f"“{document.short_name}”: chưa xác minh tình trạng hiệu lực, cần xem kỹ."
                yield _of(message, text, blocks=False)
            trust = passage.section.trust if passage else document.trust
            if trust is Trust.MEMORY:
                yield _of(message, f"“{document.short_name}” chưa được đối chiếu, không được dẫn trong tin.")
            elif trust in _DOUBTFUL:
                yield _of(message, f"“{document.short_name}” ({trust.caution}): cân nhắc.", blocks=False)

    def _void(self, document: Document, day: date) -> str:
        """Why a document cannot be cited on a day, to be read after its name."""
        if validity(document, day) is Validity.NOT_YET:
            return f"chưa có hiệu lực vào ngày gửi (có hiệu lực từ {spoken(document.effective)})."
        instead = self._instead(document.replaced_by)
        return f"không còn hiệu lực vào ngày gửi ({status_text(document, day)}).{instead}"

    def _instead(self, replaced_by: tuple[str, ...]) -> str:
        names = [self._base.documents[one].short_name for one in replaced_by if one in self._base.documents]
        return f" Văn bản thay thế: {', '.join(names)}." if names else ""

    def _offers(self, message: Message) -> Iterator[Fault]:
        if len(message.offers) > MOST_OFFERS:
            yield _of(message, f"có {len(message.offers)} nút, nhiều nhất là {MOST_OFFERS}.")
        for offer in message.offers:
            if not 0 < len(offer.label.strip()) <= LONGEST_LABEL:
                yield _of(message, f"chữ trên nút “{offer.label}” phải có từ 1 đến {LONGEST_LABEL} ký tự.")
            if len(payload_of(offer, _A_MESSAGE).encode()) > LONGEST_PAYLOAD:
                yield _of(message, f"mã “{offer.target}” của nút “{offer.label}” quá dài.")
            yield from self._target(message, offer)

    def _target(self, message: Message, offer: Offer) -> Iterator[Fault]:
        there: Mapping[Doing, Iterable[str]] = {
            Doing.QUIZ: self._known.quizzes,
            Doing.DRILL: self._known.drills,
            Doing.ASK: self._base.cards,
        }
        if offer.target not in there[offer.kind]:
            yield _of(message, f"nút “{offer.label}” mở {_NAMES[offer.kind]} “{offer.target}”, không có.")
        elif offer.kind is Doing.ASK and self._base.cards[offer.target].review.state is not ReviewState.REVIEWED:
            yield _of(message, f"nút “{offer.label}” mở thẻ trả lời “{offer.target}”, còn là bản nháp.")

    def _unless(self, message: Message) -> Iterator[Fault]:
        if message.unless is None:
            return
        kind, target = message.unless
        there = {"quiz": self._known.quizzes, "drill": self._known.drills, "answered": self._earlier(message)}
        if kind not in there:
            yield _of(message, f"điều kiện “{kind}” không hợp lệ.")
        elif kind in _DEMANDED and Behaviour(did=_DEMANDED[kind], target=target) in self._plan.audience.behaviours:
            yield _of(message, "trừ đúng những người mà đối tượng nhận đòi phải có, nên không ai nhận được.")
        elif target not in there[kind]:
            named = {"quiz": "bài trắc nghiệm", "drill": "bài thực hành", "answered": "tin gửi trước"}[kind]
            yield _of(message, f"điều kiện nói đến {named} “{target}”, không có.")

    def _earlier(self, message: Message) -> set[str]:
        """The messages that go before one, whatever their order; where a day is not set, those that stand before it."""
        place = next(number for number, one in enumerate(self._plan.messages) if one is message)
        when = self._due(message)
        before = set()
        for number, one in enumerate(self._plan.messages):
            other = self._due(one)
            goes_first = number < place if when is None or other is None else other < when
            if one is not message and goes_first:
                before.add(one.key)
        return before

    def _article(self, message: Message) -> Iterator[Fault]:
        if not message.article:
            return
        if what := too_fine(self._plan.audience):
            yield _of(message, f"bài viết không lọc được người xem theo {what}, nên sẽ không được phát.", blocks=False)
        else:
            everybody = "bài viết hiện với mọi người theo dõi kênh, kể cả người không đăng ký nhận tin."
            yield _of(message, everybody, blocks=False)

    def _first(self) -> Iterator[Fault]:
        first = self._plan.first
        if first is None:
            return
        if first.place is None and not 0 < first.percent < 100:
            yield _of_all("Nhóm gửi trước phải lớn hơn 0 % và nhỏ hơn 100 % số người nhận.")
        if first.place is not None and self._base.places.coded(first.place) is None:
            yield _of_all(f"Nhóm gửi trước: không có địa phương mang mã “{first.place}”.")
        for message in self._plan.messages:
            if first.watch >= message.send_for:
                yield _of(
                    message, "hạn gửi hết trước khi theo dõi xong nhóm gửi trước: phần còn lại sẽ không được gửi."
                )

    def _beyond_the_cap(self, due: list[tuple[Message, datetime]]) -> Iterator[Fault]:
        caps = self._known.caps
        for number, (message, when) in enumerate(due):
            before = [at for _, at in due[:number]]
            today = sum(at.date() == when.date() for at in before)
            if today >= caps.day:
                text = f"là tin thứ {today + 1} trong ngày {when:%d/%m}; mỗi người chỉ nhận {caps.day} tin một ngày."
                yield _of(message, text)
            lately = sum(when.date() - at.date() < _WEEK for at in before)
            if lately >= caps.week:
                text = f"là tin thứ {lately + 1} trong 7 ngày; ai đã nhận đủ {caps.week} tin thì không nhận tin này."
                yield _of(message, text, blocks=False)

    def _due(self, message: Message) -> datetime | None:
        """When a message is due, in Viet Nam; None where it hangs on a day that is not set."""
        try:
            return message.when.on(self._plan.day).replace(tzinfo=ZONE)
        except ValueError:
            return None

    def _own_days(self) -> frozenset[date]:
        """The days of the campaign, from its first message to its last: to name them is no claim."""
        days = [when.date() for one in self._plan.messages if (when := self._due(one)) is not None]
        days += [self._plan.day] if self._plan.day else []
        if not days:
            return frozenset()
        return frozenset(min(days) + timedelta(days=one) for one in range((max(days) - min(days)).days + 1))


def _standing(document: Document, day: date) -> str:
    """How a document stands on the day of sending, in Vietnamese."""
    known = status_text(document, day)
    return f"chưa có hiệu lực ({known})" if validity(document, day) is Validity.NOT_YET else known


def _of_all(text: str) -> Fault:
    return Fault(message=None, text=text)


def _of(message: Message, text: str, *, blocks: bool = True) -> Fault:
    return Fault(message=message.key, text=f"“{message.title.strip() or message.key}”: {text}", blocks=blocks)


def _clock(when: datetime) -> str:
    return f"{time(when.hour, when.minute):%H:%M} ngày {when:%d/%m/%Y}"
