"""Reporting to officials: what, where, photos, the same of others, how to be told, and a look at what will be seen."""

from __future__ import annotations

from typing import Final

from bot.conversation.flows import pictures
from bot.conversation.flows.contact_words import CONSENT_TEXT, SEND_ANONYMOUSLY, TELL_HERE, contact_in
from bot.conversation.flows.desk import Alike, Desk, Draft
from bot.conversation.flows.forms import (
    Accepted,
    Attached,
    Choice,
    Finished,
    Flow,
    Prompt,
    Reading,
    Refused,
    Reopened,
    Step,
    Taken,
    Values,
)
from bot.conversation.flows.place_reading import PlaceReading
from bot.conversation.flows.report_masking import as_seen, masking_notes
from bot.conversation.flows.report_place import WherePrompting
from bot.conversation.flows.report_sorting import Sorting, category_of
from bot.conversation.flows.set_words import ANSWERS, EDITS, SAMENESS, SENDING, TELLING, SetWords, only_announces
from bot.conversation.flows.steps import agreed, agreeing
from bot.conversation.messages import Button, Kind, Reply
from bot.feedback.kinds import CATEGORIES, KINDS, ReportKind, categories_of
from bot.feedback.lifecycle import FOR_MTTQ
from knowledge.clock import VIET_NAM
from knowledge.vietnamese import clean, syllables

NAME: Final = "report"
LONGEST: Final = 1_500  # characters of a report
NO_FIRE_CALL: Final = "Đây không phải kênh báo cháy: đang có cháy thì gọi 114 ngay."
_LEAST_WORDS: Final = 3
_SENTENCE: Final = 16  # words of an answer in a sentence of which some tell the choice
_LONGEST_SHOWN: Final = 300  # characters of another resident's report
_OTHER: Final = "other"
_SAME: Final = "same"
_EDIT: Final = "edit"
_ANONYMOUS: Final = "anon"
_CONTACT: Final = "contact"
_EDITS: Final = {
    "text": ("Nội dung", ("text",)),
    "category": ("Loại việc", ("category", "kind", "sort", "told")),
    "where": ("Nơi xảy ra", ("where", "pin")),
    "photos": ("Ảnh (chọn lại từ đầu)", (pictures.STEP, pictures.KEY)),
    "who": ("Cách báo tin cho bạn", ("who", "consent", "contact")),
}
_SENT: Final = (
    "Đã gửi. Mã của bạn: {code}\n{next}\n{told}\nAi có mã này đều xem, bổ sung, rút lại được, nên bạn đừng đưa mã cho "
    "người lạ.\n" + NO_FIRE_CALL
)
_NEXT: Final = (
    "Mặt trận Tổ quốc (MTTQ) xem, chuyển cơ quan có trách nhiệm và theo dõi tới khi có trả lời. MTTQ không kiểm tra, "
    "không xử phạt; cơ quan có trách nhiệm giải quyết, còn bạn xác nhận đã xong hay chưa."
)
_NEXT_FOR_MTTQ: Final = "Mặt trận Tổ quốc (MTTQ) xem và trả lời, hoặc chuyển cơ quan có trách nhiệm và theo dõi."
_TOLD_HERE: Final = "Có tin mới, mình báo ngay ở đây. Gõ mã để xem đến đâu, bổ sung hoặc rút lại."
_TOLD_BY_CODE: Final = (
    "Bạn gửi ẩn danh nên mình không báo lại được: giữ mã này, gõ mã ở bất kỳ kênh nào để xem đến đâu, bổ sung hoặc rút "
    "lại. Mất mã thì không lấy lại được."
)
_JOINED: Final = (
    "Đã ghi thêm bạn vào phản ánh này; có kết quả, mình báo ngay ở đây. Lời bạn vừa viết không gửi đi{photos}.\n"
    + NO_FIRE_CALL
)
_NOT_JOINED: Final = "Phản ánh kia vừa được rút lại. Bạn chọn “Việc của tôi khác” để gửi phản ánh của bạn nhé."
_NOT_SENT: Final = "Mình không gửi gì cả. Bạn cứ hỏi việc khác."


def report_flow(reading: PlaceReading) -> Flow:
    """Return the flow."""
    asking = _Asking(reading)
    where, sorting = WherePrompting(reading), Sorting(reading)
    return Flow(
        name=NAME,
        title="Phản ánh",
        steps=(
            Step(name="text", ask=_ask_text, read=read_text, takes_questions=True),
            *sorting.steps(),
            Step(
                name="where", ask=where.ask, read=where.read, prepare=where.prepare, optional=_may_be_anywhere
            ),
            pictures.photos_step(),
            Step(name="near", ask=asking.near, read=_read_near, prepare=asking.look_near, applies=_has_near),
            Step(name="who", ask=_ask_who, read=_read_who, applies=_is_new),
            agreeing("consent", lambda _values: CONSENT_TEXT, yes="Đồng ý", no="Không để lại", applies=_leaves_contact),
            Step(name="contact", ask=_ask_contact, read=_read_contact, applies=_has_agreed),
            Step(name="send", ask=asking.preview, read=_read_send, prepare=_look_at_photos, applies=_is_new),
            Step(name="edit", ask=_ask_edit, read=_read_edit, applies=lambda values: values.get("send") == _EDIT),
        ),
        finish=asking.finish,
        attach=_attach,
        drop=pictures.drop,
    )  # fmt: skip


def read_text(answer: str, _values: Values) -> Reading:
    """Return the text of a report; refused when it is too short to be understood or longer than `LONGEST`."""
    text = clean(answer).strip()
    if len(syllables(text)) < _LEAST_WORDS:
        return Refused("Nội dung ngắn quá, cán bộ chưa hiểu được. Bạn viết rõ hơn một chút nhé.")
    if only_announces(text):
        return Refused("Mình nghe đây. Bạn kể giúp mình chuyện gì, ở chỗ nào nhé.")
    if len(text) > LONGEST:
        return Refused(f"Nội dung dài {len(text)} ký tự, mình chỉ nhận tới {LONGEST}. Bạn viết gọn lại giúp mình.")
    return Accepted({"text": text})


def _ask_text(_values: Values) -> Prompt:
    return Prompt(
        "Bạn viết việc muốn báo, góp ý, khen hoặc hỏi cán bộ trong một tin nhắn, gửi kèm ảnh cũng được. Không cần tên, "
        f"số điện thoại. {NO_FIRE_CALL}"
    )


def _may_be_anywhere(values: Values) -> bool:
    """Whether a report is of use without a place: a danger is not, unless its place cannot be told any better."""
    category = category_of(values)
    return category is None or category.kind is not ReportKind.HAZARD or WherePrompting.may_do_without(values)


def _told_in(answer: str, words: SetWords) -> str | None:
    """The one list of which an answer in a sentence has a wording; None for several, or for more than a sentence."""
    found = words.inside(answer) if len(syllables(answer)) <= _SENTENCE else ()
    return found[0] if len(found) == 1 else None


def _has_near(values: Values) -> bool:
    return bool(values.get("near.code"))


def _read_near(answer: str, _values: Values) -> Reading:
    said = answer if answer in {_SAME, _OTHER} else {"yes": _SAME, "no": _OTHER}.get(ANSWERS.named(answer) or "")
    said = said or _told_in(answer, SAMENESS)
    return Accepted({"near": said}) if said else Refused("Bạn chọn giúp mình: cùng việc này, hay việc của bạn khác?")


def _is_new(values: Values) -> bool:
    return values.get("near") != _SAME


def _leaves_contact(values: Values) -> bool:
    return _is_new(values) and values.get("who") == _CONTACT


def _has_agreed(values: Values) -> bool:
    return _leaves_contact(values) and agreed(values, "consent")


def _ask_who(_values: Values) -> Prompt:
    return Prompt(
        "Bạn muốn nhận tin thế nào? Không để lại số điện thoại thì cán bộ không biết bạn là ai.",
        (
            Choice(SEND_ANONYMOUSLY, _ANONYMOUS),
            Choice(TELL_HERE, "here"),
            Choice("Để lại số điện thoại", _CONTACT),
        ),
    )  # fmt: skip


def _read_who(answer: str, _values: Values) -> Reading:
    if answer in {_ANONYMOUS, "here", _CONTACT}:
        return Accepted({"who": answer})
    if contact_in(answer) is not None:  # not kept: consent is asked first
        return Accepted({"who": _CONTACT})
    said = _told_in(answer, TELLING)
    return Accepted({"who": said}) if said else Refused("Bạn chọn giúp mình một cách ở dưới nhé.")


def _ask_contact(_values: Values) -> Prompt:
    return Prompt("Bạn gõ số điện thoại, hoặc địa chỉ thư điện tử.")


def _read_contact(answer: str, _values: Values) -> Reading:
    found = contact_in(answer)
    if found is None:
        return Refused("Mình chưa thấy số điện thoại Việt Nam (ví dụ 0912 345 678) hay địa chỉ thư điện tử nào đúng.")
    return Accepted({"contact": found})


async def _look_at_photos(values: Values, desk: Desk) -> Values:
    """Leave out photos that are gone, so that officials see what is shown."""
    photos, there = pictures.pictures(values), await pictures.still_there(values, desk)
    if len(there) == len(photos):
        return {}
    return {pictures.KEY: pictures.as_value(there), "send.gone": str(len(photos) - len(there))}


def _read_send(answer: str, _values: Values) -> Reading:
    said = _EDIT if answer == _EDIT else ANSWERS.named(answer) or _told_in(answer, SENDING)
    return Accepted({"send": said}) if said else Refused("Bạn chọn giúp mình: “Gửi”, “Sửa” hay “Không gửi”?")


def _ask_edit(_values: Values) -> Prompt:
    return Prompt("Bạn muốn sửa phần nào?", tuple(Choice(label, name) for name, (label, _) in _EDITS.items()))


def _read_edit(answer: str, _values: Values) -> Reading:
    named = answer if answer in _EDITS else EDITS.named(answer)
    if named is None:
        return Refused("Bạn chọn giúp mình một phần ở dưới nhé.")
    return Reopened((*_EDITS[named][1], "near", "send", "edit"))


def _attach(step: str, values: Values, attached: Attached) -> Taken:
    """Keep photos and a pin."""
    photos = pictures.attach(step, values, attached)
    if attached.pin is None:
        return photos
    pin = WherePrompting.pinned(step, attached.pin)
    return Taken({**photos.values, **pin.values}, " ".join(one for one in (photos.said, pin.said) if one))


class _Asking:
    def __init__(self, reading: PlaceReading) -> None:
        self._reading = reading

    async def look_near(self, values: Values, desk: Desk) -> Values:
        """Look for a report of others about the same, once until something is changed.

        Only for dangers, which anybody may see: what others tell of officials or of their papers is shown to nobody.
        """
        if "near.code" in values:
            return {}
        draft = self._draft(values)
        found = await desk.alike(draft) if draft.category.kind is ReportKind.HAZARD else None
        if found is None:
            return {"near.code": ""}
        return {"near.code": found.code, "near.shown": self._shown(found)}

    def near(self, values: Values) -> Prompt:
        return Prompt(
            f"Đã có người phản ánh việc gần giống:\n{values.get('near.shown', '')}\nCó phải cùng một việc không?",
            (Choice("Tôi cũng gặp việc này", _SAME), Choice("Việc của tôi khác", _OTHER)),
        )

    def preview(self, values: Values) -> Prompt:
        draft = self._draft(values)
        category = draft.category
        more = f" – {CATEGORIES[category]}" if len(categories_of(category.kind)) > 1 else ""
        lines = ["Cán bộ sẽ thấy đúng như sau:", f"Loại: {KINDS[category.kind]}{more}", f"“{draft.text}”"]
        if where := self._where(draft):
            lines.append(f"Nơi xảy ra: {where}")
        if gone := values.get("send.gone"):
            lines.append(f"({gone} ảnh để quá một ngày nên đã xóa; cần thì bạn gửi lại.)")
        if draft.photos:
            lines.append(f"Kèm {pictures.counted(values)}")
        lines += [
            _sender(draft),
            *masking_notes(values["text"], draft.text, category.kind),
            NO_FIRE_CALL,
            "Gửi đi nhé?",
        ]
        return Prompt("\n".join(lines), (Choice("Gửi", "yes"), Choice("Sửa", _EDIT), Choice("Không gửi", "no")))

    async def finish(self, values: Values, desk: Desk) -> Finished:
        if not _is_new(values):
            refused = await desk.join(values["near.code"], await pictures.still_there(values, desk))
            return Finished(_said(_NOT_JOINED), done=False) if refused else Finished(_joined(values))
        if not agreed(values, "send"):
            await pictures.drop(values, desk)
            return Finished(_said(_NOT_SENT))
        draft = self._draft(values)
        return Finished(_sent(await desk.send(draft), draft))

    def _draft(self, values: Values) -> Draft:
        category = category_of(values)
        assert category is not None, values  # the steps before have asked until it was known
        return Draft(
            category=category,
            text=as_seen(values["text"], category.kind),
            where=WherePrompting(self._reading).where(values, lambda words: as_seen(words, category.kind)),
            photos=pictures.pictures(values),
            contact=values.get("contact") if _has_agreed(values) else None,
            anonymous=values.get("who") == _ANONYMOUS,
        )

    def _where(self, draft: Draft | Alike) -> str:
        return place_line(self._reading, draft.where.words, draft.where.commune_code or draft.where.province_code,
            pinned=draft.where.pin is not None)  # fmt: skip

    def _shown(self, found: Alike) -> str:
        """A report of others as it may be shown: what, where, since when, by how many."""
        text = found.text if len(found.text) <= _LONGEST_SHOWN else f"{found.text[:_LONGEST_SHOWN].rsplit(' ', 1)[0]}…"
        day = found.since.astimezone(VIET_NAM).strftime("%d/%m/%Y")
        more = f", thêm {found.supporters} người cùng gặp" if found.supporters else ""
        return "\n".join(
            one for one in (f"“{text}”", self._where(found), f"{CATEGORIES[found.category]}, từ {day}{more}") if one
        )


def place_line(reading: PlaceReading, words: str | None, code: str | None, *, pinned: bool) -> str:
    """Return a place in one line: words, unit, and whether a pin goes with it; empty for none."""
    parts = [words, reading.name(code) if code else None, "vị trí trên bản đồ" if pinned else None]
    return ", ".join(part for part in parts if part)


def _sender(draft: Draft) -> str:
    if draft.contact:
        return (
            f"Người gửi để lại liên hệ {draft.contact} (mã hóa; chỉ cán bộ phụ trách mở được, mỗi lần mở đều ghi lại)"
        )
    return "Người gửi: ẩn danh" if draft.anonymous else "Người gửi: không nêu tên, nhận tin qua trợ lý"


def _sent(code: str, draft: Draft) -> Reply:
    following = _NEXT_FOR_MTTQ if draft.category.kind in FOR_MTTQ else _NEXT
    told = _TOLD_BY_CODE if draft.anonymous else _TOLD_HERE
    return _said(
        _SENT.format(code=code, next=following, told=told), Button(label="Xem phản ánh", payload=f"do:track:{code}")
    )


def _joined(values: Values) -> Reply:
    photos = f", {pictures.counted(values)} của bạn thì được kèm vào" if pictures.pictures(values) else ""
    return _said(_JOINED.format(photos=photos))


def _said(text: str, *buttons: Button) -> Reply:
    return Reply(kind=Kind.FLOW, text=text, buttons=buttons)
