"""Writing to officials: a question, or something they should know. Sent only after the writer has seen what is sent."""

from __future__ import annotations

import re
from typing import Final

from bot.conversation.flows.desk import Desk, Letter, LetterKind, LetterState
from bot.conversation.flows.forms import Accepted, Choice, Finished, Flow, Prompt, Reading, Refused, Step, Values
from bot.conversation.flows.set_words import LETTER_KINDS as KIND_WORDS
from bot.conversation.flows.steps import agreed, agreeing
from bot.conversation.messages import Button, Kind, Reply
from bot.conversation.personal_data import place_without_personal_data, without_personal_data
from knowledge.clock import VIET_NAM
from knowledge.vietnamese import clean, syllables

NAME: Final = "letter"
WITHDRAWAL: Final = "withdraw"
KINDS: Final = {
    LetterKind.QUESTION: "Câu hỏi về PCCC",
    LetterKind.HAZARD: "Nguy cơ cháy, lối thoát bị chặn",
    LetterKind.CONDUCT: "Cách làm việc của cán bộ, cơ sở",
    LetterKind.PROCEDURE: "Thủ tục chậm, rườm rà",
    LetterKind.OPINION: "Ý kiến về luật, chỉ thị",
    LetterKind.MODEL: "Cách làm hay nên nhân rộng",
    LetterKind.COMMENDATION: "Khen người tốt, việc tốt",
}
LONGEST: Final = 1_500  # characters of a letter
_LONGEST_PLACE: Final = 200
_LEAST_WORDS: Final = 3
_SHORT: Final = 6  # words of an answer that only names the kind
_WHERE: Final = frozenset({LetterKind.HAZARD.value, LetterKind.CONDUCT.value, LetterKind.PROCEDURE.value})
_SIGN: Final = "[2-9A-HJKMNP-Z]"
_CODES: Final = (
    re.compile(rf"\b({_SIGN}{{2}})-({_SIGN}{{4}})-({_SIGN}{{4}})\b", re.IGNORECASE),
    re.compile(rf"\bm[ãa]\s+(?:số\s+|so\s+)?({_SIGN}{{2}})[\s-]?({_SIGN}{{4}})[\s-]?({_SIGN}{{4}})\b", re.IGNORECASE),
    re.compile(rf"\s*({_SIGN}{{2}})[\s-]?({_SIGN}{{4}})[\s-]?({_SIGN}{{4}})\s*", re.IGNORECASE),
)
"""With its hyphens anywhere, with blanks or none only after "mã" or as the whole message."""
_SENT: Final = (
    "Đã gửi cho cán bộ phụ trách. Mã của bạn: {code}\n"
    "Khi có trả lời, mình báo ngay trong cuộc trò chuyện này. Gõ mã để xem đến đâu, hoặc rút lại.\n"
    "Đây không phải kênh báo cháy: đang có cháy thì gọi 114 ngay."
)
_NOT_SENT: Final = "Mình không gửi gì cả. Bạn cứ hỏi việc khác."
_STATES: Final = {
    LetterState.RECEIVED: "cán bộ đã nhận được, chưa có trả lời",
    LetterState.ANSWERED: "đã có trả lời",
    LetterState.WITHDRAWN: "bạn đã rút lại",
}


def letter_flow() -> Flow:
    """Return the flow of writing a letter."""
    return Flow(
        name=NAME,
        title="Gửi cán bộ",
        steps=(
            Step(name="kind", ask=_ask_kind, read=_read_kind),
            Step(name="text", ask=_ask_text, read=read_text, takes_questions=True),
            Step(name="where", ask=_ask_where, read=_read_where, optional=True, applies=_has_place),
            agreeing("send", _preview, yes="Gửi", no="Không gửi"),
        ),
        finish=_finish,
    )


def withdrawal_flow() -> Flow:
    """Return the flow of taking a letter back; its code is known when it opens."""
    return Flow(
        name=WITHDRAWAL,
        title="Rút lại",
        steps=(agreeing("agree", _ask_withdrawal, yes="Rút lại", no="Giữ lại"),),
        finish=_withdraw,
    )


def code_in(text: str) -> str | None:
    """Return the receipt code that `text` names, as it is stored.

    >>> code_in("mã 7k 2m9q xdab tới đâu rồi"), code_in("bao gio co 7k-2m9q-xdab vay"), code_in("an ninh chung cu")
    ('7K-2M9Q-XDAB', '7K-2M9Q-XDAB', None)
    """
    whole = _CODES[2].fullmatch(text)
    match = _CODES[0].search(text) or _CODES[1].search(text) or (whole if any(map(str.isdigit, text)) else None)
    return "-".join(match.groups()).upper() if match else None


def letter_line(letter: Letter) -> str:
    """One line about a letter: its code, kind, day and state."""
    day = letter.sent_at.astimezone(VIET_NAM).strftime("%d/%m/%Y")
    return f"{letter.code} ({_kind_inside(letter.kind)}, gửi {day}): {_STATES[letter.state]}"


def _kind_inside(kind: LetterKind) -> str:
    """The kind as it stands inside a sentence."""
    return KINDS[kind][0].lower() + KINDS[kind][1:]


def letter_reply(letter: Letter) -> Reply:
    """Say where a letter stands, with its answer."""
    lines = [letter_line(letter) + "."]
    if letter.answer:
        lines += [f"{letter.answered_by} trả lời:", f"“{letter.answer}”"]
    withdrawable = letter.state is LetterState.RECEIVED
    buttons = (Button(label="Rút lại", payload=f"do:withdraw:{letter.code}"),) if withdrawable else ()
    return Reply(kind=Kind.FLOW, text="\n".join(lines), buttons=buttons)


def _ask_withdrawal(values: Values) -> str:
    return f"Bạn muốn rút lại {values['code']} phải không?"


def _has_place(values: Values) -> bool:
    return values.get("kind") in _WHERE


def _ask_kind(_values: Values) -> Prompt:
    return Prompt("Bạn muốn gửi điều gì?", tuple(Choice(label, kind.value) for kind, label in KINDS.items()))


def _read_kind(answer: str, _values: Values) -> Reading:
    if answer in {kind.value for kind in LetterKind}:
        return Accepted({"kind": answer})
    named = KIND_WORDS.inside(answer) if len(syllables(answer)) <= _SHORT else ()
    if len(named) == 1:
        return Accepted({"kind": named[0]})
    return Refused("Bạn chọn giúp mình một loại ở dưới nhé.")


def _ask_text(_values: Values) -> Prompt:
    return Prompt(
        "Bạn viết nội dung trong một tin nhắn. Không cần tên, số điện thoại. Đang có cháy thì đừng viết ở đây: gọi 114."
    )


def read_text(answer: str, _values: Values) -> Reading:
    """Return the text of a letter; refused when it is too short to be understood or longer than `LONGEST`."""
    text = clean(answer).strip()
    if len(syllables(text)) < _LEAST_WORDS:
        return Refused("Nội dung ngắn quá, cán bộ chưa hiểu được. Bạn viết rõ hơn một chút nhé.")
    if len(text) > LONGEST:
        return Refused(f"Nội dung dài {len(text)} ký tự, mình chỉ nhận tới {LONGEST}. Bạn viết gọn lại giúp mình.")
    return Accepted({"text": text})


def _ask_where(_values: Values) -> Prompt:
    return Prompt("Việc này ở đâu? Ví dụ: hẻm 12 Lê Lợi, phường Gò Vấp.")


def _read_where(answer: str, _values: Values) -> Reading:
    text = clean(answer).strip()
    if not text:
        return Refused("Bạn ghi nơi xảy ra giúp mình nhé.")
    if len(text) > _LONGEST_PLACE:
        return Refused(f"Bạn ghi gọn nơi xảy ra trong {_LONGEST_PLACE} ký tự nhé.")
    return Accepted({"where": text})


def _preview(values: Values) -> str:
    seen, where = _as_sent(values["text"], values), values.get("where")
    lines = [f"Cán bộ sẽ thấy đúng như sau ({_kind_inside(LetterKind(values['kind']))}):", f"“{seen}”"]
    if where:
        lines.append(f"Nơi xảy ra: {_as_sent(where, values)}")
    if seen != values["text"]:
        lines.append("Mình đã che thông tin cá nhân trong nội dung.")
    return "\n".join([*lines, "Gửi đi nhé?"])


def _as_sent(text: str, values: Values) -> str:
    """What officials see: no telephone numbers or names; house and lane numbers only where a place has to be found."""
    return place_without_personal_data(text) if _has_place(values) else without_personal_data(text)


async def _finish(values: Values, desk: Desk) -> Finished:
    if not agreed(values, "send"):
        return Finished(Reply(kind=Kind.FLOW, text=_NOT_SENT))
    where = values.get("where")
    code = await desk.send(
        LetterKind(values["kind"]), _as_sent(values["text"], values), _as_sent(where, values) if where else None
    )
    return Finished(Reply(kind=Kind.FLOW, text=_SENT.format(code=code)))


async def _withdraw(values: Values, desk: Desk) -> Finished:
    if not agreed(values, "agree"):
        return Finished(Reply(kind=Kind.FLOW, text=f"{values['code']} vẫn được giữ, cán bộ sẽ xem."))
    done = await desk.withdraw(values["code"])
    text = f"Đã rút lại {values['code']}." if done else f"{values['code']} đã được trả lời hoặc rút lại từ trước."
    return Finished(Reply(kind=Kind.FLOW, text=text))
