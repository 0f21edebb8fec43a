"""Linking two channels: one gives a code, the resident types it on the other and says yes there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.conversation.flows.desk import Desk, NotLinked, Unlinked
from bot.conversation.flows.forms import Finished, Flow, Values
from bot.conversation.flows.steps import agreed, agreeing
from bot.conversation.messages import Kind, Reply
from knowledge.vietnamese import clean, fold

NAME: Final = "link"
_CHANNELS: Final = {
    "web": "trang chat",
    "telegram": "Telegram",
    "zalo_oa": "Zalo",
    "zalo_bot": "Zalo (bot)",
}
_OTHER_CHANNEL: Final = "một kênh khác"
_AFTER_WORDS: Final = re.compile(
    r"(?:/lienket|(?:ma )?(?:lien ket|noi tai khoan))\b[a-z ]{0,24}?[ :“”\"']+"
    r"([0-9a-z]{4})[ –—-]{0,3}([0-9a-z]{4})[“”\"']?(?: (?:a|nhe|nha|di|voi))?"
)
_BARE: Final = re.compile(r"([2-9a-hjkmnp-z]{4}) ?[–—-] ?([2-9a-hjkmnp-z]{4})")

_CODE_GIVEN: Final = (
    "Mã liên kết của bạn: {code}\n"
    "Sang kênh kia (Zalo, Telegram hoặc trang chat), gõ vào đó: liên kết {code}\n"
    "Mã dùng được một lần, trong 10 phút. Đừng đưa mã cho ai: người có mã sẽ xem được phản ánh và nhận "
    "được tin của bạn."
)
_ASK: Final = (
    "Mã này được lấy từ cuộc trò chuyện đang ở {channel}. Nối lại thì phản ánh đã gửi, nơi ở và đăng ký nhận tin dùng "
    "chung cho cả hai nơi; sau này hủy thì những thứ đó ở lại bên đã lấy mã, còn ở đây bắt đầu lại từ đầu. Chỉ đồng ý "
    "nếu chính bạn vừa lấy mã này; người khác bảo bạn gõ mã thì đừng đồng ý. Bạn muốn nối không?"
)
_LINKED: Final = (
    "Đã nối với {channel}. Từ giờ phản ánh đã gửi, nơi ở và đăng ký nhận tin dùng chung cho cả hai nơi. Trước đây hai "
    "nơi lưu khác nhau thì chỉ còn một: gõ “dữ liệu của tôi” để xem. Muốn thôi, gõ “hủy liên kết”."
)
_TOLD: Final = (
    "Cuộc trò chuyện này vừa được nối với {channel}, bằng mã lấy ở đây hoặc ở kênh đã nối với đây. Không phải bạn làm "
    "thì gõ ngay “hủy liên kết” để tách ra."
)
_REFUSED: Final[Mapping[NotLinked, str]] = {
    NotLinked.WRONG: (
        "Mã này không đúng hoặc đã dùng rồi. Bạn xem lại từng chữ, từng số, hoặc gõ “liên kết” ở kênh kia để lấy mã "
        "mới nhé."
    ),
    NotLinked.EXPIRED: "Mã này quá 10 phút nên hết hạn rồi. Bạn gõ “liên kết” ở kênh kia để lấy mã mới nhé.",
    NotLinked.TOO_MANY: "Bạn đã gõ sai mã nhiều lần. Để an toàn, bạn chờ một giờ rồi thử lại giúp mình.",
    NotLinked.SAME: (
        "Mã này không dùng ở đây được: mã được lấy ngay ở đây hoặc ở kênh đã nối với đây, hay nơi này đang dùng chung "
        "với kênh khác do gõ mã của kênh ấy. Bạn gõ “liên kết” ở đây để lấy mã, rồi gõ mã ở kênh cần nối thêm nhé."
    ),
    NotLinked.TWO_PAGES: (
        "Hai bên đều là trang chat trên trình duyệt nên mình không nối được. Mình nối được trang chat với Zalo hoặc "
        "Telegram."
    ),
}
_UNLINKED: Final[Mapping[Unlinked, str]] = {
    Unlinked.ALONE: (
        "Đã hủy liên kết. Từ giờ mình coi bạn ở đây là người mới: nơi ở, đăng ký nhận tin và phản ánh đã gửi thuộc về "
        "bên đã lấy mã để nối. Có mã phản ánh thì gõ mã vẫn xem được."
    ),
    Unlinked.OTHERS: (
        "Đã hủy liên kết. Nơi ở, đăng ký nhận tin và phản ánh đã gửi ở lại đây; các kênh kia bắt đầu lại từ đầu, không "
        "còn thấy những thứ đó. Riêng phản ánh thì ai đã biết mã vẫn gõ mã xem được."
    ),
    Unlinked.NOTHING: "Cuộc trò chuyện này chưa nối với kênh nào. Muốn nối, bạn gõ “liên kết”.",
}
_NOT_NOW: Final = "Mình không nối gì cả, hai nơi vẫn riêng. Bạn cứ hỏi bình thường nhé."


def link_flow() -> Flow:
    """Return the flow that links after a yes; the code and the name of its channel are known when it opens."""
    return Flow(
        name=NAME,
        title="Nối hai kênh",
        steps=(agreeing("agree", _ask, yes="Đồng ý nối", no="Không nối"),),
        finish=_finish,
    )


def code_after_words(text: str) -> str | None:
    """Return the code that is typed after "liên kết", also one with signs that no code has, to be told it is wrong.

    >>> code_after_words("Liên kết 7kq2-m9xd"), code_after_words("lien ket: 7KQ2 M9X0"), code_after_words("liên kết")
    ('7KQ2-M9XD', '7KQ2-M9X0', None)
    """
    return _code(_AFTER_WORDS.fullmatch(fold(clean(text)).strip(" .!?")))


def bare_code(text: str) -> str | None:
    """Return what a message is that may be a code without words, or a number plate: only who gives codes can tell.

    >>> bare_code("7kq2-m9xd"), bare_code("29AB-3456"), bare_code("7KQ2M9XD"), bare_code("liên kết 7kq2-m9xd")
    ('7KQ2-M9XD', '29AB-3456', None, None)
    """
    return _code(_BARE.fullmatch(clean(text).strip(" .!?").lower()))


def _code(match: re.Match[str] | None) -> str | None:
    """The code as it is shown. Every code has a letter and a digit, so that eight letters are words and no code."""
    if match is None:
        return None
    signs = match[1] + match[2]
    return f"{match[1]}-{match[2]}".upper() if not signs.isalpha() and not signs.isdigit() else None


def channel_name(channel: str) -> str:
    """A channel as residents call it."""
    return _CHANNELS.get(channel, _OTHER_CHANNEL)


def code_reply(code: str) -> Reply:
    """Show a new code and what to do with it."""
    return _said(_CODE_GIVEN.format(code=code))


def refused_reply(why: NotLinked) -> Reply:
    """Say why nothing is linked."""
    return _said(_REFUSED[why])


def unlinked_reply(outcome: Unlinked) -> Reply:
    """Say what became of unlinking."""
    return _said(_UNLINKED[outcome])


def told_reply(channel: str) -> Reply:
    """Tell the channel that gave the code with which one it was linked."""
    return _said(_TOLD.format(channel=channel_name(channel)))


def _ask(values: Values) -> str:
    return _ASK.format(channel=channel_name(values["from"]))


async def _finish(values: Values, desk: Desk) -> Finished:
    if not agreed(values, "agree"):
        return Finished(_said(_NOT_NOW))
    linked = await desk.link(values["code"])
    if isinstance(linked, NotLinked):
        return Finished(refused_reply(linked))
    return Finished(_said(_LINKED.format(channel=channel_name(linked))))


def _said(text: str) -> Reply:
    return Reply(kind=Kind.FLOW, text=text)
