"""What is stored about a resident, and how it is deleted."""

from __future__ import annotations

from typing import Final

from bot.conversation.flows.desk import Consented, Desk, Profile, Stored
from bot.conversation.flows.following import report_line
from bot.conversation.flows.forms import Finished, Flow, Values
from bot.conversation.flows.home import HOMES
from bot.conversation.flows.link import channel_name
from bot.conversation.flows.my_news import consent_line, past_line
from bot.conversation.flows.news import named_topics, part_named
from bot.conversation.flows.place_reading import unit_name
from bot.conversation.flows.quiet_words import told
from bot.conversation.flows.steps import agreed, agreeing
from bot.conversation.messages import Button, Kind, Reply
from bot.feedback.reports import Report
from knowledge.clock import VIET_NAM
from knowledge.places import Places

NAME: Final = "erase"
_MOST_CONSENTS: Final = 10  # are told one by one
_NOTHING: Final = "Mình chưa lưu gì về bạn."
_ALWAYS: Final = (
    "Mình không lưu nội dung tin nhắn sau khi đã trả lời, trừ câu chưa có trả lời (đã bỏ thông tin cá nhân) và phản "
    "ánh bạn tự gửi. Phản ánh ẩn danh không nối với bạn nên không hiện ở đây; gõ mã để xem hoặc rút lại."
)
_ERASED: Final = (
    "Đã xóa hết những gì lưu về bạn. Phản ánh của bạn không còn nội dung, ảnh và liên hệ, chỉ còn được đếm là một phản "
    "ánh. Câu hỏi đã ghi lại (không kèm thông tin cá nhân) không còn nối với bạn, nên câu trả lời sau này cũng không "
    "gửi tới bạn được. Kết quả đố vui, diễn tập và các tin đã gửi chỉ còn được đếm, không nối với ai. Bạn vẫn hỏi bình "
    "thường."
)
_ERASE: Final = Button(label="Xóa tất cả", payload="do:erase")


def erasing_flow() -> Flow:
    """Return the flow that deletes everything after a yes."""
    return Flow(
        name=NAME,
        title="Xóa dữ liệu của bạn",
        steps=(
            agreeing(
                "agree",
                lambda _values: (
                    "Xóa hết những gì lưu về bạn: nơi ở, vai trò, đăng ký nhận tin và các lần đồng ý, dừng trước đây, "
                    "kết quả đố vui và diễn tập, đánh giá, và nội dung, ảnh, liên hệ của các phản ánh bạn đã gửi, kể "
                    "cả phản ánh đang được xử lý. Xóa rồi không lấy lại được. Bạn chắc chứ?"
                ),
                yes="Xóa hết",
                no="Giữ lại",
            ),
        ),
        finish=_finish,
    )  # fmt: skip


def stored_reply(stored: Stored, places: Places, *, half_filled: str | None) -> Reply:
    """Tell all that is stored about somebody. `half_filled`: title of the form they have not finished."""
    lines = _lines(stored, places, half_filled)
    if not lines:
        return Reply(kind=Kind.FLOW, text=f"{_NOTHING} {_ALWAYS}")
    profile = (_forgetting(stored.profile),) if stored.profile else ()
    head = "Những gì mình đang lưu về bạn:"
    return Reply(kind=Kind.FLOW, text="\n".join([head, *lines, _ALWAYS]), buttons=(*profile, _ERASE))


def _forgetting(profile: Profile) -> Button:
    """The button that deletes the profile, named by what stands in it."""
    named = [*(["nơi ở"] if profile.place or profile.home else []), *(["vai trò"] if profile.part else [])]
    return Button(label=f"Xóa {', '.join(named)} đã lưu", payload="do:forget-home")


def _lines(stored: Stored, places: Places, half_filled: str | None) -> list[str]:
    lines = []
    if stored.since:
        day = stored.since.astimezone(VIET_NAM).strftime("%d/%m/%Y")
        lines.append(
            f"• Trò chuyện từ {day}: {stored.replies} lượt trả lời (chỉ tên câu trả lời), {stored.thumbs} đánh giá"
        )
    if stored.channels:
        names = ", ".join(channel_name(one) for one in stored.channels)
        lines.append(f"• Mã người dùng của bạn ở {names} (đã mã hóa), để gửi trả lời cho bạn")
    if stored.profile:
        place, home = stored.profile.place, stored.profile.home
        said = [unit_name(places, place) if place else None, HOMES[home].lower() if home else None]
        if any(said):
            lines.append(f"• Nơi ở: {', '.join(one for one in said if one)}")
        if stored.profile.part:
            lines.append(f"• Vai trò: {part_named(stored.profile.part).lower()}")
    if stored.news:
        lines.append(f"• Đăng ký nhận tin: {named_topics(stored.news.topics)}, giờ nhận tin {told(stored.news.quiet)}")
        lines.append(f"• {consent_line(stored.news)}")
    lines += _past(stored.consents)
    lines += [f"• Phản ánh {report_line(one)}{_with(one)}" for one in stored.reports]
    if stored.questions:
        lines.append(f"• Câu hỏi đã ghi lại để cán bộ trả lời: {stored.questions}")
    if stored.campaign_messages:
        many = f"{stored.campaign_messages} tin"
        kept = "mình nhớ đó là tin nào, gửi lúc nào, bạn có đọc, trả lời, dừng nhận hay báo tin không đúng không"
        lines.append(f"• Tin tuyên truyền đã gửi cho bạn: {many}; {kept}")
    if stored.quizzes or stored.drills:
        done = [
            f"{number} {what}"
            for number, what in ((stored.quizzes, "lượt đố vui"), (stored.drills, "lượt diễn tập"))
            if number
        ]
        lines.append(f"• Kết quả bạn đã làm: {', '.join(done)}")
    if half_filled:
        lines.append(f"• Phần đang làm dở: {half_filled}")
    return lines


def _past(consents: tuple[Consented, ...]) -> list[str]:
    """What was agreed to and stopped before: the last ones, and how many there are before them."""
    if not consents:
        return []
    older = len(consents) - _MOST_CONSENTS
    before = [f"– {older} lần cũ hơn"] if older > 0 else []
    head = "• Những lần đồng ý nhận tin và kết thúc trước đây (giữ làm bằng chứng):"
    return [head, *before, *(f"– {past_line(one)}" for one in consents[-_MOST_CONSENTS:])]


def _with(report: Report) -> str:
    """What else is stored of a report, behind the line about it."""
    parts = [
        f"{len(report.photos)} ảnh" if report.photos else "",
        "liên hệ của bạn (mã hóa)" if report.has_contact else "",
    ]
    kept = ", ".join(one for one in parts if one)
    return f"; kèm {kept}" if kept else ""


async def _finish(values: Values, desk: Desk) -> Finished:
    if not agreed(values, "agree"):
        return Finished(Reply(kind=Kind.FLOW, text="Mình giữ nguyên, chưa xóa gì."))
    await desk.erase()
    return Finished(Reply(kind=Kind.FLOW, text=_ERASED))
