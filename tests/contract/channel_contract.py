"""What every channel's adapter has to keep to. Its tests subclass `ChannelContract` and fill in the hooks.

    class TestTelegram(ChannelContract[FakeTelegram]):
        secrets = (TOKEN,)
        send_cases = {"blocked": SendCase(Stopped, lambda fake: fake.user_blocks(7)), ...}

        @asynccontextmanager
        async def running(self) -> AsyncIterator[Running[FakeTelegram]]: ...

A hook that needs a fixture takes it from an attribute that the subclass sets in an autouse fixture of its own.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Generic, TypeVar

import pytest

from bot.channels.contract import (
    LONGEST_KEY,
    Adapter,
    Event,
    EventKind,
    FetchError,
    Fetching,
    Halted,
    Mark,
    Outcome,
    Part,
    Permanent,
    Recipient,
    RefusedError,
    Rendered,
    Retryable,
    Sent,
    Stopped,
    Throttled,
    Unfetched,
    Unknown,
    Webhook,
)
from bot.conversation.messages import Button, Citation, Image, Kind, Reply

SENT_IN_CASES: Final = ("short", "emergency")
"""The hard replies by whose first message send cases are tried: words, and words with buttons before a picture."""
NOW: Final = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
FakeT = TypeVar("FakeT")
Headers = Mapping[str, str]


@dataclass(frozen=True)
class SendCase(Generic[FakeT]):
    """What the fake is told before one message is sent, and what must become of the message.

    `recorded`: how many messages the resident then has; None where the case leaves that open. `hurried`: the channel
    never answers, so the adapter should have short time-outs. `replies` are the hard replies by whose first message it
    is tried: ("short",) where the channel may refuse buttons only, so that the adapter then does without them.
    """

    expected: type[Outcome]
    arrange: Callable[[FakeT], Awaitable[None] | None]
    recorded: int | None = 0
    hurried: bool = False
    replies: tuple[str, ...] = SENT_IN_CASES


@dataclass(frozen=True)
class Running(Generic[FakeT]):
    """A connected adapter, the fake that it talks to, and somebody whom it may write to."""

    adapter: Adapter
    fake: FakeT
    recipient: Recipient


def _citation(
    marker: int, url: str | None = "https://vbpl.vn/a?b=1&c=2", document: str = "Nghị định 105/2025"
) -> Citation:
    return Citation(
        marker=marker,
        document=document,
        title="Quy định chi tiết",
        locator="Điều 27 khoản 4",
        status="còn hiệu lực",
        trust=None,
        url=url,
        passage=f"p{marker}",
    )


def _buttons(count: int) -> tuple[Button, ...]:
    return tuple(Button(label=f"Lựa chọn số {number}", payload=f"choice:{number}") for number in range(1, count + 1))


_SENTENCES: Final = " ".join(f"Câu thứ {number}: đóng cửa lại, bịt khe cửa bằng khăn ướt." for number in range(400))
_CALL: Final = Button(label="Gọi 114", url="tel:114")

HARD_REPLIES: Final[Mapping[str, Reply]] = {
    "short": Reply(kind=Kind.ANSWER, text="Chào bạn."),
    "no text": Reply(kind=Kind.ANSWER, text=""),
    "only blanks": Reply(kind=Kind.ANSWER, text=" \n\t "),
    "only signs that nobody sees": Reply(
        kind=Kind.ANSWER, text="\u200b\u2060\ufeff", image=Image(name="binh-bot", alt="\u200b")
    ),
    "signs that nobody sees, and buttons": Reply(
        kind=Kind.FLOW, text="\u200b", buttons=(*_buttons(1), Button(label="\u200b", payload="unseen"))
    ),
    "much that nobody sees between words": Reply(kind=Kind.ANSWER, text="Đầu.\n\n" + "\u200b" * 9_000 + "\n\nCuối."),
    "no text but buttons": Reply(kind=Kind.FLOW, text="", buttons=_buttons(2)),
    "one button": Reply(kind=Kind.FLOW, text="Chọn đi.", buttons=_buttons(1)),
    "five buttons": Reply(kind=Kind.SUGGEST, text="Ý bạn là?", buttons=_buttons(5)),
    "12 buttons": Reply(kind=Kind.FLOW, text="Chọn một.", buttons=_buttons(12)),
    "12 suggestions": Reply(kind=Kind.SUGGEST, text="Ý bạn là?", buttons=_buttons(12)),
    "empty buttons": Reply(kind=Kind.FLOW, text="Chọn.", buttons=(Button(label="", payload=""), Button(label=" "))),
    "long labels": Reply(
        kind=Kind.SUGGEST,
        text="Ý bạn là?",
        buttons=tuple(Button(label=f"{number} " + "rất dài " * 40, payload=f"q:{number}") for number in range(3)),
    ),
    "long payloads": Reply(
        kind=Kind.FLOW,
        text="Chọn.",
        buttons=(Button(label="Một", payload="phường" * 300), Button(label="Hai", payload="2")),
    ),
    "addresses": Reply(
        kind=Kind.ANSWER,
        text="Xem thêm.",
        buttons=(
            Button(label="Cổng dịch vụ công", url="https://dichvucong.gov.vn/x?a=1&b=<2>"),
            _CALL,
            Button(label="Lạ", url="javascript:alert(1)"),
            Button(label="Thư", url="mailto:a@b.vn"),
        ),
    ),
    "20 addresses": Reply(
        kind=Kind.ANSWER,
        text="Xem thêm.",
        buttons=tuple(Button(label=f"Trang {n}", url=f"https://vbpl.vn/{n}") for n in range(20)),
    ),
    "20,000 characters": Reply(kind=Kind.ANSWER, text=_SENTENCES[:20_000], citations=(_citation(1),)),
    "20,000 characters and buttons": Reply(kind=Kind.ANSWER, text=_SENTENCES[:20_000], buttons=(*_buttons(3), _CALL)),
    "a word of 6,000 characters": Reply(kind=Kind.ANSWER, text="á" * 6_000),
    "HTML signs": Reply(
        kind=Kind.ANSWER,
        text="<b>a</b> & \"b\" 'c' &amp; &lt; <script>alert(1)</script> </i> a<b>c *x* _y_ [z](t)",
        buttons=(Button(label='<i>"&', payload='<&">'),),
        citations=(_citation(1, url='https://vbpl.vn/"><b>'),),
    ),
    "4,000 signs that grow": Reply(kind=Kind.ANSWER, text="<&>" * 1_400),
    "emoji": Reply(kind=Kind.ANSWER, text="🔥🚒👨‍👩‍👧" * 900, buttons=_buttons(2)),
    "decomposed": Reply(
        kind=Kind.ANSWER, text=unicodedata.normalize("NFD", "Chữa cháy nhà ở kết hợp kinh doanh. ") * 80
    ),
    "a broken character": Reply(kind=Kind.ANSWER, text="hỏng \ud83d ở đây"),
    "citations": Reply(
        kind=Kind.ANSWER,
        text="Phạt 30 triệu đồng [1], [2].",
        citations=(_citation(1), _citation(2, url=None), _citation(3, url="javascript:x"), _citation(4, url="/ngu\0")),
    ),
    "60 citations": Reply(
        kind=Kind.ANSWER,
        text="Theo luật.",
        citations=tuple(_citation(n, document=f"Văn bản {n} " + "về an toàn " * 9) for n in range(1, 61)),
    ),
    "an image": Reply(kind=Kind.ANSWER, text="Làm như hình.", image=Image(name="binh-bot", alt="Rút chốt, bóp cò.")),
    "an image with long words": Reply(
        kind=Kind.ANSWER, text="Làm như hình.", image=Image(name="x", alt="Rút chốt. " * 300)
    ),
    "an image alone": Reply(kind=Kind.ANSWER, text="", image=Image(name="binh-bot", alt="")),
    "emergency": Reply(
        kind=Kind.EMERGENCY,
        text="GỌI 114 NGAY.\n1. Báo mọi người.\n2. Thoát ra.",
        buttons=(_CALL, *_buttons(2)),
        citations=(_citation(1),),
        image=Image(name="thoat-nan", alt="Cúi thấp, bò ra."),
    ),
    "a long emergency": Reply(kind=Kind.EMERGENCY, text=_SENTENCES[:9_000], buttons=(_CALL,)),
}
"""Replies that are hard to render, by what is hard about them."""

_ODD_VALUES: Final[tuple[Any, ...]] = (
    *(None, True, 0, -1, 1.5, 10**30, "", "x", "9" * 400, "\ud800", "\x00", "NaN"),
    *([], [None], {}, {"a": {"b": []}}, [[[]]]),
)
_NO_JSON: Final = (b"", b"\xff\xfe\x00", b"{", b"[" * 100_000, b"<html>", b'{"a":' + b"9" * 5_000 + b"}", b"\x00" * 50)
_NO_EVENTS: Final = (b"[]", b"{}", b"null", b"7", b'"x"', b"NaN", b'[{"a":1}]', b'{"ok":false}')


class ChannelContract(Generic[FakeT]):
    """The tests, and before them the hooks."""

    secrets: ClassVar[tuple[str, ...]] = ()
    """What nobody may ever see in a `repr`, a log, a diagnosis or a stored part."""

    send_cases: ClassVar[Mapping[str, SendCase[Any]]] = {}
    """How sending may go, by name. Together they have to show every outcome in `needed_outcomes`."""

    needed_outcomes: ClassVar[frozenset[type[Outcome]]] = frozenset(
        {Sent, Throttled, Stopped, Permanent, Halted, Retryable, Unknown}
    )
    """Which outcomes the channel knows: to be cut down or added to."""

    has_webhook: ClassVar[bool] = True
    """False for a channel that is never told of events: its webhook tests then are left out."""

    is_elsewhere: ClassVar[bool] = True
    """False for a channel of our own, which cannot be away and takes any part."""

    hurried: bool = False
    """True in a case where the channel never answers: `running` may then give short time-outs, otherwise long ones."""

    def running(self) -> AbstractAsyncContextManager[Running[FakeT]]:
        """Start the fake and connect an adapter to it; end both at the end."""
        raise NotImplementedError

    def unconnected(self) -> Adapter:
        """Return an adapter whose channel refuses connections (a closed port of 127.0.0.1)."""
        raise NotImplementedError

    def shown(self, part: Part) -> str:
        """Return what the resident reads of a part: text or caption, without markup, not the buttons."""
        raise NotImplementedError

    def buttons(self, part: Part) -> list[tuple[str, str]]:
        """Return the buttons of a part as (label, payload or address), payloads as an event later brings them."""
        raise NotImplementedError

    def check(self, part: Part) -> None:
        """Assert that the channel's limits hold for a part."""
        raise NotImplementedError

    def recorded(self, fake: FakeT) -> int:
        """Return how many messages residents have got through the fake."""
        raise NotImplementedError

    def serve(self, fake: FakeT, content: bytes, *, chunked: bool = False) -> str:
        """Let the fake keep a resident's picture; return the reference that an event would carry."""
        raise NotImplementedError

    absent: ClassVar[str] = ""
    """A reference to a picture at the channel that `unconnected` cannot reach."""

    def genuine(self) -> Sequence[tuple[Headers, bytes]]:
        """Return webhook requests that the adapter must accept at `NOW`, one for every known shape of event.

        The headers are only those by which a request is verified: each of them is left out and changed in turn.
        """
        raise NotImplementedError

    def forged(self) -> Sequence[tuple[Headers, bytes]]:
        """Return webhook requests that must be refused with 403, beyond those whose headers are left out or changed."""
        return ()

    # ---- render

    @pytest.mark.parametrize("name", HARD_REPLIES)
    def test_a_reply_keeps_to_the_limits_and_loses_no_text(self, name: str) -> None:
        reply = HARD_REPLIES[name]
        rendered = self.unconnected().render(reply)
        for part in rendered.parts:
            self.check(part)
            json.dumps(part.body).encode("utf-8")
        text = _squeezed("".join(self.shown(part) for part in rendered.parts))
        assert _squeezed(reply.text) in text
        for citation in reply.citations:
            assert _squeezed(citation.line) in text
        if reply.image:
            assert _squeezed(reply.image.alt) in text
        self._choices_are_there(reply, rendered, text)

    def _choices_are_there(self, reply: Reply, rendered: Rendered, text: str) -> None:
        shown = [one for part in rendered.parts for one in self.buttons(part)]
        choices = [button for button in reply.buttons if button.payload is not None]
        if rendered.options:
            assert list(rendered.options) == [one.payload for one in choices]
            for number, one in enumerate(choices, 1):
                assert _squeezed(f"{number}. {one.label}") in text
        else:
            assert {one.payload for one in choices} <= {payload for _, payload in shown}
        for button in reply.buttons:
            assert not button.url or _squeezed(button.url.removeprefix("tel:")) in text + _squeezed(str(shown))

    def test_an_emergency_names_114_first(self) -> None:
        for name, reply in HARD_REPLIES.items():
            if reply.kind is Kind.EMERGENCY:
                parts = self.unconnected().render(reply).parts
                assert "114" in self.shown(parts[0]) + str(self.buttons(parts[0])), name
                assert _squeezed(reply.text)[:20] in _squeezed(self.shown(parts[0])), name

    def test_rendering_twice_gives_the_same(self) -> None:
        adapter = self.unconnected()
        for reply in HARD_REPLIES.values():
            assert adapter.render(reply) == adapter.render(reply)

    # ---- send

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of each of the subclass's send cases and of each reply that it is tried with."""
        if "send_case" in metafunc.fixturenames:
            assert metafunc.cls is not None
            cases: Mapping[str, SendCase[Any]] = metafunc.cls.send_cases
            tried = [(name, reply) for name, case in cases.items() for reply in case.replies]
            metafunc.parametrize(("send_case", "reply"), tried)

    async def test_sending_once_has_the_outcome(
        self, send_case: str, reply: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG")
        case = self.send_cases[send_case]
        self.hurried = case.hurried
        async with self.running() as it:
            first, *others = it.adapter.render(HARD_REPLIES[reply]).parts
            waiting = case.arrange(it.fake)
            if waiting is not None:
                await waiting
            outcome = await it.adapter.send(it.recipient, first)
            assert type(outcome) is case.expected, outcome
            assert case.recorded is None or self.recorded(it.fake) == case.recorded
            # What follows has an outcome of its own, whatever became of the first.
            told = [outcome, *[await it.adapter.send(it.recipient, one) for one in others]]
        self._holds_no_secret(repr(told) + caplog.text)

    def test_the_send_cases_show_every_outcome(self) -> None:
        assert {case.expected for case in self.send_cases.values()} >= self.needed_outcomes

    async def test_every_hard_reply_is_taken_by_the_channel(self) -> None:
        async with self.running() as it:
            for name, reply in HARD_REPLIES.items():
                for part in it.adapter.render(reply).parts:
                    stored = Part(json.loads(json.dumps(part.body)))
                    assert isinstance(await it.adapter.send(it.recipient, stored), Sent), name

    async def test_a_part_that_is_none_is_no_exception(self) -> None:
        if not self.is_elsewhere:
            return
        bodies: list[dict[str, Any]] = [{}, {"method": "sendNothing"}, {"text": None}, {"a": [{}]}]
        async with self.running() as it:
            for body in bodies:
                assert isinstance(await it.adapter.send(it.recipient, Part(body)), Permanent)
            assert self.recorded(it.fake) == 0

    # ---- fetch

    async def test_a_picture_is_fetched_as_it_is(self) -> None:
        if not self.is_elsewhere:
            return
        content = bytes(range(256)) * 40
        async with self.running() as it:
            for chunked in (False, True):
                reference = self.serve(it.fake, content, chunked=chunked)
                assert await _fetching(it.adapter).fetch(reference, len(content)) == content

    @pytest.mark.parametrize("chunked", [False, True])
    async def test_a_picture_that_is_too_large_is_not_read_to_its_end(self, chunked: bool) -> None:
        if not self.is_elsewhere:
            return
        async with self.running() as it:
            reference = self.serve(it.fake, b"x" * 50_000, chunked=chunked)
            with pytest.raises(FetchError) as refusal:
                await _fetching(it.adapter).fetch(reference, 49_999)
        assert refusal.value.why is Unfetched.TOO_LARGE

    async def test_a_picture_that_is_none_is_an_error_of_fetching(self, caplog: pytest.LogCaptureFixture) -> None:
        if not self.is_elsewhere:
            return
        caplog.set_level("DEBUG")
        async with self.running() as it:
            there = self.serve(it.fake, b"x")
            for reference in (there[:-1] + "?", there + "0", "", "http://", "x" * 5_000, "\ud800", "\x00", "../../x"):
                with pytest.raises(FetchError) as refusal:
                    await _fetching(it.adapter).fetch(reference, 100)
                assert refusal.value.why in {Unfetched.GONE, Unfetched.REFUSED, Unfetched.UNREACHABLE}
                self._holds_no_secret(repr(refusal.value) + str(refusal.value))
        self._holds_no_secret(caplog.text)

    async def test_a_picture_of_a_channel_that_is_gone_is_out_of_reach(self, caplog: pytest.LogCaptureFixture) -> None:
        if not self.is_elsewhere:
            return
        caplog.set_level("DEBUG")
        adapter = self.unconnected()
        async with adapter.connected():
            with pytest.raises(FetchError) as refusal:
                await _fetching(adapter).fetch(self.absent, 100)
        assert refusal.value.why is Unfetched.UNREACHABLE
        self._holds_no_secret(caplog.text + str(refusal.value))

    # ---- the channel is gone

    async def test_nothing_raises_when_the_channel_is_gone(self, caplog: pytest.LogCaptureFixture) -> None:
        if not self.is_elsewhere:
            return
        caplog.set_level("DEBUG")
        adapter = self.unconnected()
        async with adapter.connected():
            for part in adapter.render(HARD_REPLIES["emergency"]).parts:
                outcome = await adapter.send(Recipient("7", NOW), part)
                assert isinstance(outcome, Retryable), outcome
            for kind in EventKind:
                await adapter.received(Event(key="k", kind=kind, name="n", user="7", text="x", answer_to="1"))
            found = await adapter.diagnose()
        assert any(one.mark is not Mark.GOOD for one in found)
        self._holds_no_secret(caplog.text + repr(found))

    async def test_a_diagnosis_of_what_works_has_nothing_bad(self) -> None:
        async with self.running() as it:
            found = await it.adapter.diagnose()
        assert found
        assert [one for one in found if one.mark is Mark.BAD] == []
        assert all(one.next_step for one in found if one.mark is not Mark.GOOD)
        self._holds_no_secret(repr(found))

    def test_no_secret_is_in_a_repr(self) -> None:
        adapter = self.unconnected()
        self._holds_no_secret(repr(adapter) + str(adapter.account) + repr(vars(adapter)))

    # ---- webhook

    def test_genuine_events_are_accepted_and_can_be_stored(self) -> None:
        for headers, raw in self._genuine():
            adapter = self._webhook()
            adapter.verify(headers, raw, NOW)
            adapter.verify({name.lower(): value for name, value in headers.items()}, raw, NOW)
            events = adapter.parse(raw)
            assert events
            assert events == adapter.parse(raw)
            for event in events:
                _can_be_stored(event)

    def test_forged_requests_are_refused(self) -> None:
        changed = [(bad, raw) for headers, raw in self._genuine() for bad in _changed(headers)]
        for headers, raw in [*changed, *(self.forged() if self.has_webhook else ())]:
            with pytest.raises(RefusedError) as refusal:
                self._webhook().verify(headers, raw, NOW)
            assert refusal.value.status == 403
            self._holds_no_secret(str(refusal.value))

    def test_what_is_no_json_is_refused_with_400(self) -> None:
        for raw in _NO_JSON if self.has_webhook else ():
            with pytest.raises(RefusedError) as refusal:
                self._webhook().parse(raw)
            assert refusal.value.status == 400

    def test_no_odd_body_breaks_the_parser(self) -> None:
        adapter = self._webhook() if self.has_webhook else None
        for raw in (*_NO_EVENTS, *(odd for _, body in self._genuine() for odd in _odd_bodies(body))):
            for event in _parsed(adapter, raw) if adapter else ():
                _can_be_stored(event)

    # ---- what the tests share

    def _genuine(self) -> Sequence[tuple[Headers, bytes]]:
        return self.genuine() if self.has_webhook else ()

    def _webhook(self) -> Webhook:
        adapter = self.unconnected()
        assert isinstance(adapter, Webhook)
        return adapter

    def _holds_no_secret(self, text: str) -> None:
        for secret in self.secrets:
            assert secret not in text


def _fetching(adapter: Adapter) -> Fetching:
    assert isinstance(adapter, Fetching)
    return adapter


def _parsed(adapter: Webhook, raw: bytes) -> tuple[Event, ...]:
    """The events of a body; none of one that is refused with 400."""
    try:
        return adapter.parse(raw)
    except RefusedError as refusal:
        if refusal.status != 400:
            raise
        return ()


def _squeezed(text: str) -> str:
    """The text without blanks and format characters, whatever its composition; what cannot be encoded is left out."""
    unseen = {"Cc", "Cf", "Cs"}
    kept = "".join(sign for sign in text if unicodedata.category(sign) not in unseen and sign not in "\ufffd?")
    return "".join(unicodedata.normalize("NFC", kept).split())


def _can_be_stored(event: Event) -> None:
    assert 0 < len(event.key) <= LONGEST_KEY
    assert Event.from_json(json.loads(json.dumps(event.as_json()))) == event
    for text in (
        event.key,
        event.name,
        event.user or "",
        event.text,
        event.phone or "",
        event.start or "",
        *event.media,
    ):
        text.encode("utf-8")
    assert "\x00" not in event.key + event.name + (event.user or "")


def _changed(headers: Headers) -> Iterator[Headers]:
    """The headers with one left out, emptied, shortened, lengthened or replaced by signs that are not ASCII."""
    for name, value in headers.items():
        yield {other: text for other, text in headers.items() if other != name}
        for bad in ("", value[:-1], f"{value}0", "ế" * len(value), "\udcff", value[::-1] + "x"):
            yield {**headers, name: bad}


def _odd_bodies(raw: bytes) -> Iterator[bytes]:
    """A body with each of its values in turn left out or replaced by something odd."""
    body = json.loads(raw)
    for path in _paths(body):
        for odd in _ODD_VALUES:
            yield json.dumps(_replaced(body, path, odd)).encode()
        yield json.dumps(_replaced(body, path, ...)).encode()


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every value inside `value`."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*path, key)
        yield from _paths(one, (*path, key))


def _replaced(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    """A copy of `value` in which `new` stands at `path`; nothing stands there for an ellipsis."""
    if not path:
        return new
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    inner = _replaced(value[path[0]], path[1:], new)
    if inner is ...:
        del copy[path[0]]
    else:
        copy[path[0]] = inner
    return copy
