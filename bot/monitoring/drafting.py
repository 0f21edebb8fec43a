"""The words of a draft: composed by rules from the figures, section by section as the directives ask.

What is monitored follows the plans for Conclusion 02-KL/TW and Directive 47-CT/TW: propaganda, practice, residents'
reports, administrative procedures, inspections and the publishing of causes, opinions on the law, whom to commend and
whom to remind. Residents' words are never copied: reports are named by code, kind and place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.feedback.kinds import CATEGORIES, KINDS, Category, ReportKind
from bot.monitoring.figures import Figure, Figures, Named
from bot.monitoring.periods import Period, on
from bot.monitoring.scopes import Scope, place_name, within
from bot.monitoring.sections import Content, Office, Section
from bot.monitoring.wording import Part, compared, marked
from knowledge.clock import VIET_NAM
from knowledge.places import Places

NO_CAMPAIGN: Final = "Chưa có chiến dịch nào được ghi nhận trong kỳ."
_MOST_LISTED: Final = 5
_FEWEST_TIMED: Final = 5
"""Of so many reports at least a typical time is told."""
_MOST_IN_SUMMARY: Final = 3
"""Places that the summary names; the opening names all of them."""


@dataclass(frozen=True)
class Writer:
    """Writes about one period and scope from its figures."""

    figures: Figures
    period: Period
    scope: Scope
    places: Places

    def figure(self, figure: str) -> Figure:
        """Return a figure that every report has."""
        return self.figures.by_id[figure]

    def says(self, figure: str) -> str:
        """Return the number of a figure with its mark."""
        return marked(self.figure(figure))

    def has(self, figure: str) -> bool:
        """Whether a figure is there and more than nothing."""
        return self.figures.value(figure) > 0

    @property
    def over(self) -> bool:
        """Whether the period was over when the figures were taken."""
        return self.figures.taken_at >= self.period.end

    def with_comparison(self, figure: str, unit: str | None = None) -> str:
        """Return ", tăng 12 …" or ""."""
        words = compared(self.figure(figure), unit)
        return f", {words}" if words else ""

    def where(self, named: Named) -> str:
        """Return the place of a report."""
        code = named.commune or named.province
        return place_name(code, self.places) if code else "chưa rõ địa bàn"


def drafted(writer: Writer, office: Office) -> Content:
    """Return the whole draft."""
    sections = []
    for key, title, compose in _SECTIONS:
        text = compose(writer)
        sections.append(Section(key=key, title=title, text=text, composed=text))
    return Content(scope=writer.scope, summary=summary_of(writer), office=office, sections=tuple(sections))


def composed(writer: Writer, key: str) -> str | None:
    """Return what the program would write in a section now, None for a section that an officer has added."""
    return next((compose(writer) for one, _, compose in _SECTIONS if one == key), None)


def summary_of(writer: Writer) -> str:
    """Return what the report is about."""
    return (
        "Kết quả giám sát, tuyên truyền, vận động Nhân dân tham gia phòng cháy, chữa cháy và cứu nạn, cứu hộ "
        f"{writer.period.name} {within(writer.scope, writer.places, _MOST_IN_SUMMARY)}"
    )


def _opening(writer: Writer) -> str:
    return (
        "Thực hiện Chỉ thị số 47-CT/TW ngày 25/6/2015 của Ban Bí thư về tăng cường sự lãnh đạo của Đảng đối với công "
        "tác phòng cháy, chữa cháy và Kết luận số 02-KL/TW ngày 18/5/2021 của Ban Bí thư về tiếp tục thực hiện Chỉ thị "
        "số 47-CT/TW; căn cứ chức năng giám sát, phản biện xã hội của Mặt trận Tổ quốc Việt Nam, Ban Thường trực báo "
        f"cáo kết quả {writer.period.name} {within(writer.scope, writer.places)} như sau:\n\n"
        f"Kỳ báo cáo tính từ ngày {on(writer.period.first)} đến hết ngày {on(writer.period.last)}.{_so_far(writer)} Số "
        "liệu do hệ thống tiếp nhận phản ánh tổng hợp từ các kênh trò chuyện; số lượng ở mỗi kênh, mỗi nơi còn tùy mức "
        "độ người dân biết và dùng kênh đó, nên không phản ánh đầy đủ tình hình thực tế."
    )


def _so_far(writer: Writer) -> str:
    """Say up to when the figures go if the period is not over."""
    if writer.over:
        return ""
    taken = writer.figures.taken_at.astimezone(VIET_NAM)
    return (
        f" Khi lấy số liệu, kỳ báo cáo chưa kết thúc: số liệu tính đến ngày {on(taken.date())} và không so sánh với kỳ "
        "trước."
    )


def _propaganda(writer: Writer) -> str:
    lines = []
    if writer.has("td.campaigns"):
        lines.append(
            f"Trong kỳ đã thực hiện {writer.says('td.campaigns')} chiến dịch tuyên truyền"
            f"{writer.with_comparison('td.campaigns')}; {writer.says('td.sent')} lượt tin đã gửi tới "
            f"{writer.says('td.people')} người. Đã gửi là kênh đã nhận tin để chuyển, không phải đã được đọc."
        )
    else:
        lines.append(NO_CAMPAIGN)
    lines += _subscribers(writer)
    if writer.has("hd.tra-loi"):
        topics = _list_of(writer.figures.under("hd.chu-de."), "lượt")
        lines.append(
            f"Trên các hội thoại còn lưu của toàn hệ thống, trợ lý đã trả lời {writer.says('hd.tra-loi')} lượt hỏi về "
            f"phòng cháy, chữa cháy.{' Các chủ đề được hỏi nhiều nhất:' if topics else ''}"
        )
        lines += topics
    else:
        lines.append("Chưa ghi nhận lượt hỏi nào được trả lời trong kỳ.")
    if writer.has("hd.chua-tra-loi"):
        lines.append(f"Còn {writer.says('hd.chua-tra-loi')} câu hỏi trợ lý chưa có câu trả lời, đã giữ lại cho cán bộ.")
    if writer.has("hd.huu-ich") or writer.has("hd.chua-huu-ich"):
        lines.append(
            f"Người dân đánh giá hữu ích {writer.says('hd.huu-ich')} lượt, chưa hữu ích "
            f"{writer.says('hd.chua-huu-ich')} lượt."
        )
    return "\n".join(lines)


def _subscribers(writer: Writer) -> list[str]:
    if not writer.has("dk.moi") and not writer.has("dk.dang-nhan"):
        return ["Chưa ghi nhận người đăng ký nhận tin trong kỳ."]
    told = " (chỉ tính người đã cho biết nơi ở)" if writer.scope.places else ""
    when = "cuối kỳ" if writer.over else "đến lúc lấy số liệu"
    return [
        f"Có {writer.says('dk.moi')} người đăng ký nhận tin mới{writer.with_comparison('dk.moi')}; {when} có "
        f"{writer.says('dk.dang-nhan')} người đang nhận tin{told}."
    ]


def _practice(writer: Writer) -> str:
    lines = []
    if writer.has("td.drills"):
        lines.append(
            f"Đã ghi nhận {writer.says('td.drills')} đợt thực hành, diễn tập{writer.with_comparison('td.drills')}, "
            f"{writer.says('td.drill-people')} người tham gia."
        )
    else:
        lines.append("Chưa có đợt thực hành, diễn tập nào được ghi nhận trong kỳ.")
    if writer.has("td.quizzes"):
        lines.append(
            f"Đã tổ chức {writer.says('td.quizzes')} đợt tìm hiểu kiến thức{writer.with_comparison('td.quizzes')}, "
            f"{writer.says('td.quiz-people')} người tham gia."
        )
    else:
        lines.append("Chưa có đợt tìm hiểu kiến thức nào được ghi nhận trong kỳ.")
    return "\n".join(lines)


def _reports(writer: Writer) -> str:
    if not writer.has("pa.tong"):
        return f"Trong kỳ chưa nhận phản ánh nào{_once(writer)}."
    kinds = [one for one in (writer.figures.by_id[f"pa.loai.{kind}"] for kind in KINDS) if one.value]
    lines = [
        f"Trong kỳ đã nhận {writer.says('pa.tong')} phản ánh của người dân{writer.with_comparison('pa.tong')}. "
        "Theo loại:"
    ]
    lines += [f"- {one.name}: {marked(one)}{_after(compared(one))};" for one in kinds]
    lines[-1] = f"{lines[-1][:-1]}."
    hazards = [one for one in writer.figures.under("pa.muc.hazard.") if one.value][:_MOST_LISTED]
    if hazards:
        lines.append("Nguy cơ được phản ánh nhiều nhất:")
        lines += _list_of(hazards, "phản ánh")
    if writer.has("pa.ung-ho"):
        lines.append(f"Có {writer.says('pa.ung-ho')} lượt người dân cho biết cũng gặp điều đã được phản ánh.")
    lines.append(
        f"Kết quả đến lúc lấy số liệu: đã giải quyết xong {writer.says('pa.xong')}; chưa kết thúc "
        f"{writer.says('pa.dang-mo')}; không tiếp nhận {writer.says('pa.ket-qua.rejected')}; gộp vào phản ánh khác "
        f"{writer.says('pa.ket-qua.duplicate')}; người dân rút lại {writer.says('pa.ket-qua.withdrawn')}."
    )
    return "\n".join(lines + _times(writer) + _places(writer))


def _once(writer: Writer) -> str:
    before = writer.figure("pa.tong").before
    return f" (kỳ trước: {marked(writer.figure('pa.tong'), Part.BEFORE)})" if before else ""


def _times(writer: Writer) -> list[str]:
    """Say how long it took, where there were enough reports for a typical time to mean something."""
    lines = []
    if writer.figures.value("tg.da-tra-loi") >= _FEWEST_TIMED:
        time = _days(writer, "tg.tra-loi")
        lines.append(f"Một nửa số phản ánh đã được trả lời có trả lời đầu tiên trong {time}.")
    if writer.figures.value("pa.xong") >= _FEWEST_TIMED:
        lines.append(f"Một nửa số phản ánh đã xong được giải quyết trong {_days(writer, 'tg.ket-thuc')}.")
    return lines


def _days(writer: Writer, figure: str) -> str:
    return "chưa đầy một ngày" if writer.figures.value(figure) < 1 else f"vòng {writer.says(figure)} ngày"


def _places(writer: Writer) -> list[str]:
    found = writer.figures.under("pa.noi.")
    if len(found) < 2:
        return []
    return ["Nơi có nhiều phản ánh:", *_list_of(found, "phản ánh")]


def _procedures(writer: Writer) -> str:
    figure = "pa.loai.procedure"
    if not writer.has(figure):
        lines = ["Trong kỳ chưa nhận phản ánh nào về thủ tục hành chính chậm, rườm rà trong lĩnh vực PCCC."]
    else:
        lines = [
            f"Đã nhận {writer.says(figure)} phản ánh về thủ tục hành chính{writer.with_comparison(figure)}: "
            f"{_each(writer, (Category.SLOW, Category.NEEDLESS))}."
        ]
        lines += _named(writer, ReportKind.PROCEDURE)
    lines.append(
        "Kết quả cắt giảm, rút ngắn thủ tục do cơ quan có thẩm quyền cung cấp; hệ thống không có số liệu này. "
        "[Cán bộ bổ sung hoặc xóa câu này.]"
    )
    return "\n".join(lines)


def _inspections(writer: Writer) -> str:
    lines = [
        "Mặt trận giám sát việc thanh tra, kiểm tra và công bố nguyên nhân các vụ cháy, nổ; không trực tiếp thanh tra, "
        "kiểm tra hay xử phạt. Hệ thống không có số liệu về thanh tra, kiểm tra và điều tra nguyên nhân. "
        "[Cán bộ bổ sung theo báo cáo của cơ quan Công an, hoặc xóa câu này.]"
    ]
    if writer.has("pa.loai.conduct"):
        lines.append(
            f"Người dân gửi {writer.says('pa.loai.conduct')} phản ánh về cách làm việc của cán bộ, cơ sở"
            f"{writer.with_comparison('pa.loai.conduct')}: "
            f"{_each(writer, (Category.OFFICIALS, Category.PREMISES))}."
        )
    else:
        lines.append("Trong kỳ chưa nhận phản ánh nào về cách làm việc của cán bộ, cơ sở.")
    return "\n".join(lines)


def _opinions(writer: Writer) -> str:
    figure = "pa.loai.opinion"
    if not writer.has(figure):
        return "Trong kỳ chưa nhận ý kiến nào về văn bản pháp luật, chỉ thị."
    lines = [
        f"Đã nhận {writer.says(figure)} ý kiến{writer.with_comparison(figure, 'ý kiến')}: "
        f"{_each(writer, (Category.LAW, Category.DIRECTIVE, Category.OPINION_OTHER))}."
    ]
    return "\n".join(lines + _named(writer, ReportKind.OPINION))


def _commendations(writer: Writer) -> str:
    lines = []
    if writer.has("pa.loai.commendation"):
        lines.append(
            f"Người dân đề nghị biểu dương {writer.says('pa.loai.commendation')} trường hợp"
            f"{writer.with_comparison('pa.loai.commendation', 'trường hợp')}; cần xác minh trước khi khen thưởng."
        )
        lines += _named(writer, ReportKind.COMMENDATION)
    else:
        lines.append("Trong kỳ chưa nhận đề nghị biểu dương nào.")
    if writer.has("pa.loai.model"):
        lines.append(
            f"Người dân giới thiệu {writer.says('pa.loai.model')} cách làm hay"
            f"{writer.with_comparison('pa.loai.model', 'cách làm')}."
        )
        lines += _named(writer, ReportKind.MODEL)
    else:
        lines.append("Trong kỳ chưa nhận giới thiệu cách làm hay nào.")
    return "\n".join(lines)


def _shortcomings(writer: Writer) -> str:
    lines = []
    for figure, words in (
        ("pa.qua-han.co-quan", "phản ánh đang quá hạn ở cơ quan được chuyển"),
        ("pa.qua-han.mat-tran", "phản ánh đang quá hạn ở Mặt trận"),
        ("pa.tre-han", "phản ánh đã có lần trễ hạn"),
        ("pa.mo-lai", "phản ánh người dân báo chưa xong, phải mở lại"),
    ):
        if writer.has(figure):
            lines.append(f"- {writer.says(figure)} {words};")
    if lines:
        lines[-1] = f"{lines[-1][:-1]}."
    else:
        lines = ["Trong kỳ chưa ghi nhận phản ánh quá hạn, trễ hạn hoặc phải mở lại."]
    slow = [one for one in writer.figures.all if one.id.startswith("cq.") and one.id.endswith(".qua-han") and one.value]
    if slow:
        lines.append("Cơ quan cần được nhắc nhở, đôn đốc vì còn phản ánh đã chuyển mà quá hạn:")
        slow.sort(key=lambda one: -(one.value or 0))
        lines += [f"- {one.name.removesuffix(': quá hạn')}: {marked(one)} phản ánh;" for one in slow[:_MOST_LISTED]]
        lines[-1] = f"{lines[-1][:-1]}."
    return "\n".join(lines)


def _proposals(writer: Writer) -> str:
    lines = []
    if writer.has("pa.qua-han.co-quan"):
        lines.append(
            "- Đề nghị các cơ quan được chuyển phản ánh giải quyết dứt điểm "
            f"{writer.says('pa.qua-han.co-quan')} phản ánh đang quá hạn và trả lời người dân."
        )
    hazards = [one for one in writer.figures.under("pa.muc.hazard.") if one.value]
    if hazards:
        lines.append(
            f"- Đề nghị cơ quan có thẩm quyền lưu ý nguy cơ được phản ánh nhiều nhất: {hazards[0].name.lower()} "
            f"({marked(hazards[0])} phản ánh)."
        )
    if writer.has("hd.chua-tra-loi"):
        lines.append(
            f"- Đề nghị bổ sung nội dung tuyên truyền cho {writer.says('hd.chua-tra-loi')} câu hỏi trợ lý chưa có câu "
            "trả lời."
        )
    return "\n".join(lines) or "Hệ thống chưa có căn cứ số liệu để gợi ý kiến nghị. [Cán bộ bổ sung hoặc xóa câu này.]"


def _closing(writer: Writer) -> str:
    return f"Trên đây là báo cáo kết quả {writer.period.name}./."


def _each(writer: Writer, categories: Sequence[Category]) -> str:
    told = [
        f"{CATEGORIES[one][0].lower()}{CATEGORIES[one][1:]} {writer.says(f'pa.muc.{one}')}"
        for one in categories
        if writer.has(f"pa.muc.{one}")
    ]
    return "; ".join(told)


def _list_of(figures: Sequence[Figure], unit: str) -> list[str]:
    lines = [f"- {one.name}: {marked(one)} {unit};" for one in figures[:_MOST_LISTED]]
    return [*lines[:-1], f"{lines[-1][:-1]}."] if lines else []


def _named(writer: Writer, kind: ReportKind) -> list[str]:
    """Say where the reports are named by code; the table is made with the document."""
    figure = f"pa.neu-ma.{kind}"
    if not writer.has(figure):
        return []
    left_out = writer.figures.value(figure) != writer.figures.value(f"pa.loai.{kind}")
    without = ", trừ phản ánh không tiếp nhận, được gộp hoặc rút lại" if left_out else ""
    return [f"Bảng dưới nêu {writer.says(figure)} phản ánh{without}."]


def _after(words: str) -> str:
    return f", {words}" if words else ""


_SECTIONS: Final[tuple[tuple[str, str, Callable[[Writer], str]], ...]] = (
    ("mo-dau", "", _opening),
    ("tuyen-truyen", "Công tác tuyên truyền và mức độ tiếp cận", _propaganda),
    ("thuc-hanh", "Thực hành, diễn tập và tìm hiểu kiến thức", _practice),
    ("phan-anh", "Phản ánh của người dân và kết quả xử lý", _reports),
    ("thu-tuc", "Giám sát cải cách thủ tục hành chính về phòng cháy, chữa cháy", _procedures),
    ("kiem-tra", "Giám sát thanh tra, kiểm tra và công bố nguyên nhân cháy, nổ", _inspections),
    ("gop-y", "Góp ý văn bản pháp luật, chỉ thị", _opinions),
    ("bieu-duong", "Biểu dương, khen thưởng và nhân rộng cách làm hay", _commendations),
    ("ton-tai", "Tồn tại, hạn chế và nơi cần nhắc nhở", _shortcomings),
    ("kien-nghi", "Kiến nghị, đề xuất", _proposals),
    ("ket", "", _closing),
)
