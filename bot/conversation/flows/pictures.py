"""Photos in forms: kept at whatever step they come, asked for at one, and named in previews."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from bot.conversation.flows.desk import Desk
from bot.conversation.flows.forms import Accepted, Attached, Choice, Prompt, Reading, Refused, Step, Taken, Values
from bot.conversation.flows.set_words import ANSWERS, PHOTO_ANSWERS

KEY: Final = "pictures"
STEP: Final = "photos"
MOST: Final = 3
"""Photos of one report, and of each thing that is added to it."""
_HERE: Final = "photos.here"  # a photo came at this step, which therefore goes on applying
_CANNOT: Final = "photos.cannot"
_ENOUGH: Final = Choice("Đủ ảnh rồi", "done")
_NONE: Final = Choice("Bỏ hết ảnh", "none")
_ASK: Final = (
    f"Có ảnh thì bạn gửi vào đây (tối đa {MOST} ảnh, mỗi ảnh không quá 10 MB); không có thì bỏ qua. "
    "Tránh chụp rõ mặt người, biển số xe nếu không cần."
)
_ASK_MORE: Final = f"Đã có {{count}}/{MOST} ảnh. Bạn gửi thêm, hoặc bấm “{_ENOUGH.label}”."
_CANNOT_HERE: Final = (
    "Kênh này chưa gửi ảnh được. Muốn kèm ảnh, sau khi có mã bạn gõ mã đó ở trang chat, Telegram hoặc Zalo rồi bấm "
    "“Bổ sung”. Giờ bạn bấm bỏ qua nhé."
)
_ONLY_PHOTOS: Final = "Bước này mình chỉ nhận ảnh. Bạn gửi ảnh, hoặc bỏ qua nhé."


def pictures(values: Values) -> tuple[UUID, ...]:
    """Return the staged photos that a form holds."""
    return tuple(UUID(one) for one in values.get(KEY, "").split(",") if one)


def as_value(photos: tuple[UUID, ...]) -> str:
    """Return photos as the value under `KEY`; those beyond `MOST` are left out."""
    return ",".join(str(one) for one in photos[:MOST])


def counted(values: Values) -> str:
    """Return how many photos there are, in words; empty for none."""
    count = len(pictures(values))
    return f"{count} ảnh" if count else ""


def attach(step: str, values: Values, attached: Attached) -> Taken:
    """Keep photos, as many as there may be, and say what became of them."""
    before = pictures(values)
    every = (*before, *(one for one in attached.photos if one not in before))
    kept = every[:MOST]
    changed = {KEY: as_value(kept)} if attached.photos else {}
    if step == STEP and kept:
        changed |= {_HERE: "yes"}
        if len(kept) == MOST:
            changed[STEP] = ""
    said = [attached.refused] if attached.refused else []
    if len(kept) > len(before):
        said.append(f"Đã nhận ảnh ({len(kept)}/{MOST}).")
    if len(every) > MOST:
        said.append(f"Mỗi lần gửi chỉ kèm được {MOST} ảnh, mình giữ {MOST} ảnh đầu.")
    return Taken(changed, " ".join(said))


async def drop(values: Values, desk: Desk) -> None:
    """Delete the photos of a form that is not sent."""
    if photos := pictures(values):
        await desk.drop_photos(photos)


async def still_there(values: Values, desk: Desk) -> tuple[UUID, ...]:
    """Return the photos of a form that are still there: they wait for a day, a form for longer."""
    photos = pictures(values)
    return await desk.photos_there(photos) if photos else ()


def photos_step() -> Step:
    """A step that asks for photos; left out where there are some already."""
    return Step(name=STEP, ask=_ask, read=_read, optional=True, applies=_applies, prepare=_prepare)


async def _prepare(_values: Values, desk: Desk) -> Values:
    return {} if desk.takes_photos else {_CANNOT: "yes"}


def _applies(values: Values) -> bool:
    return not pictures(values) or _HERE in values or STEP in values


def _ask(values: Values) -> Prompt:
    if _CANNOT in values:
        return Prompt(_CANNOT_HERE)
    count = len(pictures(values))
    return Prompt(_ASK_MORE.format(count=count), (_ENOUGH, _NONE)) if count else Prompt(_ASK)


def _read(answer: str, values: Values) -> Reading:
    said = answer if answer in {_ENOUGH.value, _NONE.value} else PHOTO_ANSWERS.named(answer)
    if said is None and not pictures(values) and _NONE.value in PHOTO_ANSWERS.inside(answer):
        return Accepted({STEP: ""})  # "bác không có ảnh đâu": with photos already sent it may mean no more of them
    if said == _NONE.value:
        return Accepted({STEP: "", KEY: ""})
    if pictures(values) and (said == _ENOUGH.value or ANSWERS.named(answer) is not None):
        return Accepted({STEP: ""})
    return Accepted({STEP: ""}) if ANSWERS.named(answer) == "no" else Refused(_ONLY_PHOTOS)
