"""Says what a behaviour costs, in fixed sentences filled from the rows of the decree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from bot.conversation.circumstances import Circumstances, Party
from bot.conversation.citing import cite, cite_document
from bot.conversation.messages import Button, Citation, Kind, Reply
from knowledge.check import KnowledgeBase
from knowledge.fines import RULES, EarlierFine, Fine, amount_text
from knowledge.past import Past
from knowledge.validity import applied_on, spoken

HA_NOI: Final = "nq-76-2025-hdnd-hn#muc-phat"
_HOUSEHOLDS: Final = frozenset({Party.HOUSEHOLD, Party.BUSINESS_HOUSEHOLD})
_ORGANISATION: Final = 2  # Điều 4 khoản 1


class FineSpeaker:
    """Composes the reply about one or more rows."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base

    def reply(self, rows: Sequence[Fine], asked: Circumstances, today: date) -> Reply:
        """Return the sentences, each with its source."""
        page = _Page(self._base, today)
        for number, row in enumerate(rows, 1):
            page.say(self._row(page, row, asked, number if len(rows) > 1 else None))
        page.say(self._rules(page, rows, asked))
        return Reply(kind=Kind.ANSWER, text="\n".join(page.lines), citations=tuple(page.citations))

    def choices(self, rows: Sequence[Fine]) -> Iterator[Button]:
        """A button for each row."""
        for row in rows:
            yield Button(label=f"Mức phạt: {row.behaviour[0].lower()}{row.behaviour[1:]}", payload=f"fine:{row.id}")

    def _row(self, page: _Page, row: Fine, asked: Circumstances, number: int | None) -> Iterator[str]:
        head = f"{number}. " if number else ""
        decree = self._base.documents[self._base.fines.document]
        starts = row.since or decree.effective
        if asked.past is not None and starts is not None and asked.past.reaches_before(starts):
            yield from self._earlier(page, row, asked.past, head)
            head = f"Từ {spoken(starts)}: " if asked.past.end >= starts else f"Mức hiện nay ({spoken(page.today)}): "
        where = page.mark(self._base.fines.passage_id(row))
        passage = self._base.passage(self._base.fines.passage_id(row))
        assert passage is not None
        source = f"{passage.section.locator} {decree.short_name}"
        act = row.behaviour if not head or number else f"{row.behaviour[0].lower()}{row.behaviour[1:]}"
        yield f"{head}{act}: {_price(row, asked.party)}, theo {source}, áp dụng từ {spoken(starts)}. {where}"
        yield from self._beside(page, row, asked, where)

    def _beside(self, page: _Page, row: Fine, asked: Circumstances, where: str) -> Iterator[str]:
        if row.applies_to:
            yield f"Chỉ áp dụng với {row.applies_to}. {where}"
        if row.suspension_months:
            yield f"Còn bị đình chỉ hoạt động {_span(*row.suspension_months)} tháng. {where}"
        if row.confiscation:
            yield f"Tang vật bị tịch thu. {where}"
        if row.doubled_on_fire:
            yield (
                "Nếu hành vi này để xảy ra cháy mà chưa đến mức xử lý hình sự: tiền phạt tăng gấp đôi, "
                f"{_burned(row, asked.party)}. {page.mark(self._rule('burned'))}"
            )
        elif asked.burned:
            yield f"Với hành vi này, bảng phạt không ghi mức tăng gấp đôi khi để xảy ra cháy. {where}"
        if row.before is not None and asked.past is None:
            since = spoken(self._base.documents[self._base.fines.document].effective)
            source = page.mark(row.before.source)
            yield f"Mức cũ trước {since} là {_old_price(row.before)}, nay không còn áp dụng. {source}"
        if row.changed is not None:
            document = self._base.documents[row.changed.by]
            single = " (một nguồn, nên đối chiếu)" if row.changed.trust.caution else ""
            yield (
                f"Từ {spoken(row.changed.since)}, {document.short_name} sửa: {row.changed.what}{single}. "
                f"{page.mark_document(row.changed.by)}"
            )

    def _earlier(self, page: _Page, row: Fine, past: Past, head: str) -> Iterator[str]:
        decree = self._base.documents[self._base.fines.document]
        if row.since is not None and decree.effective is not None and not past.reaches_before(decree.effective):
            yield (
                f"{head}{row.behaviour}: mức này áp dụng từ {spoken(row.since)}; mình chưa đối chiếu được mức trước "
                f"ngày đó nên không nêu con số. {page.mark(self._base.fines.passage_id(row))}"
            )
            return
        yield f"{head}{self._then(page, row, past)}"
        yield (
            f"Việc xảy ra và kết thúc trước {spoken(decree.effective)} mà còn thời hiệu thì xử lý theo nghị định có "
            f"hiệu lực lúc vi phạm; còn tiếp diễn thì theo {decree.short_name}. {page.mark(self._rule('time'))}"
        )

    def _then(self, page: _Page, row: Fine, past: Past) -> str:
        """The fine of the decree that applied then, if that is known; never the figure of another time."""
        decree = self._base.documents[self._base.fines.document]
        label = f"Tính theo quy định trước {spoken(decree.effective)}"
        act = f"{row.behaviour[0].lower()}{row.behaviour[1:]}"
        applied = [
            one for one in (self._base.documents[other] for other in decree.replaces) if applied_on(one, past.end)
        ]
        if row.before is not None and any(one.id == row.before.document for one in applied):
            document = self._base.documents[row.before.document]
            return (
                f"{label}: {act}, cá nhân bị phạt {_old_price(row.before)} ({document.short_name}, phần PCCC nay đã "
                f"hết hiệu lực). {page.mark(row.before.source)}"
            )
        then = ", ".join(one.short_name for one in applied)
        names = f" ({then}, phần PCCC nay đã hết hiệu lực)" if applied else ""
        source = page.mark_document(applied[0].id if applied else decree.id)
        unknown = "mình chưa đối chiếu được mức lúc đó của hành vi này nên không nêu con số"
        return f"{label}{names}: {unknown}. {source}"

    def _rules(self, page: _Page, rows: Sequence[Fine], asked: Circumstances) -> Iterator[str]:
        yield self._who(page, rows, asked.party)
        if self._base.passage(HA_NOI) is None:
            return
        if asked.in_ha_noi:
            yield (
                "Ở Hà Nội có mức riêng: Nghị quyết 76/2025/NQ-HĐND nâng 69 hành vi lên 1,2 đến 2 lần, tối đa 50 triệu "
                "đồng với cá nhân, 100 triệu đồng với tổ chức. Mình không có danh mục từng hành vi nên không tự nhân; "
                f"hãy hỏi Công an phường, xã. {page.mark(HA_NOI)}"
            )
        else:
            yield f"Ở Hà Nội mức phạt có thể cao hơn. {page.mark(HA_NOI)}"

    def _who(self, page: _Page, rows: Sequence[Fine], party: Party) -> str:
        organisation = page.mark(self._rule("organisation")) if party not in _HOUSEHOLDS else ""
        if party is Party.ORGANISATION:
            return f"Công ty, tổ chức bị phạt gấp đôi mức cá nhân. {organisation}"
        if party is Party.APARTMENT_BOARD:
            return (
                "Ban quản trị chung cư theo mô hình có tư cách pháp nhân bị phạt như tổ chức, gấp đôi mức cá nhân. "
                f"{page.mark(self._rule('board'))}{organisation}"
            )
        household = page.mark(self._rule("household"))
        if party in _HOUSEHOLDS:
            return f"Hộ gia đình, hộ kinh doanh bị phạt theo mức cá nhân, không gấp đôi. {household}"
        doubled = f": {_amount(rows[0], _ORGANISATION)}" if len(rows) == 1 else ""
        companies = f"Công ty, tổ chức bị phạt gấp đôi{doubled}. {organisation}"
        return f"{companies} Hộ gia đình, hộ kinh doanh: như cá nhân. {household}"

    def _rule(self, name: str) -> str:
        return f"{self._base.fines.document}#{RULES[name]}"


@dataclass
class _Page:
    """Lines and the citations they rest on, numbered as they come."""

    base: KnowledgeBase
    today: date
    lines: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)

    def say(self, lines: Iterator[str]) -> None:
        self.lines += lines

    def mark(self, passage_id: str) -> str:
        """The marker of a passage, "[2]"; cited once."""
        passage = self.base.passage(passage_id)
        assert passage is not None, passage_id
        return self._marker(cite(len(self.citations) + 1, passage, self.today))

    def mark_document(self, document_id: str) -> str:
        """The marker of a document as a whole."""
        return self._marker(cite_document(len(self.citations) + 1, self.base.documents[document_id], self.today))

    def _marker(self, citation: Citation) -> str:
        for known in self.citations:
            if known.passage == citation.passage:
                return f"[{known.marker}]"
        self.citations.append(citation)
        return f"[{citation.marker}]"


def _price(row: Fine, party: Party) -> str:
    match party:
        case Party.ORGANISATION | Party.APARTMENT_BOARD:
            return f"tổ chức bị phạt {_amount(row, _ORGANISATION)} (cá nhân: {_amount(row, 1)})"
        case Party.HOUSEHOLD:
            return f"hộ gia đình bị phạt {_amount(row, 1)}, như cá nhân"
        case Party.BUSINESS_HOUSEHOLD:
            return f"hộ kinh doanh bị phạt {_amount(row, 1)}, như cá nhân"
        case _:
            return f"cá nhân bị phạt {_amount(row, 1)}"


def _burned(row: Fine, party: Party) -> str:
    if party in {Party.ORGANISATION, Party.APARTMENT_BOARD}:
        return f"với tổ chức là {_amount(row, 2 * _ORGANISATION)}"
    return f"với cá nhân là {_amount(row, 2)}"


def _amount(row: Fine, times: int) -> str:
    low, high = (amount * times for amount in row.fine)
    warning = "cảnh cáo hoặc " if row.or_warning else ""
    if high <= 1:
        return f"{warning}{_thousands(low)}–{_thousands(high)} đồng"
    return f"{warning}{_span(low, high)} triệu đồng"


def _thousands(amount: Decimal) -> str:
    return f"{int(amount * 1_000_000):,}".replace(",", ".")


def _span(low: Decimal | int, high: Decimal | int) -> str:
    return f"{amount_text(Decimal(low))}–{amount_text(Decimal(high))}"


def _old_price(earlier: EarlierFine) -> str:
    if earlier.about is not None:
        return f"khoảng {amount_text(earlier.about)} triệu đồng"
    low, high = earlier.fine or (None, None)
    if low is None and high is not None:
        return f"tối đa {amount_text(high)} triệu đồng"
    assert low is not None
    assert high is not None
    return f"{_span(low, high)} triệu đồng"
