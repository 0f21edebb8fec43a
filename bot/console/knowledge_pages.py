"""Editing the knowledge: cards and documents are drafted, approved by a second person, and then live."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, Final

from aiohttp import web

from bot.console.card_fields import TOPICS, as_typed, card_form_of, topics_in, typed_of
from bot.console.draft_faults import DraftFaults
from bot.console.forms import Fields
from bot.console.parts import Parts
from bot.console.permissions import Permission
from bot.console.visits import NotFoundError, Page, RefusedError, Visit
from bot.editing.card_forms import UNREVIEWED, CardForm, name_for
from bot.editing.checking import is_path, read_back
from bot.editing.publishing import Approved, ChangedMeanwhileError, Publisher, UnwritableError, digest_of
from bot.editing.reading import card_in, find_cards, find_passages
from bot.editing.telling_askers import AskersTold
from bot.store.card_drafts import Draft, DraftError, Drafts, DraftState, Editor, UnknownDraftError
from bot.store.letters import Letters
from bot.store.open_questions import OpenQuestions
from knowledge.answers import Audience, Review, ReviewState
from knowledge.audit import audit
from knowledge.check import KnowledgeBase

_LARGEST: Final = 3 * 1024 * 1024
_LONGEST_DOCUMENT: Final = 2_000_000
_LONGEST_NOTE: Final = 2_000
_MOST_ASKED: Final = 50
_DOCUMENTS: Final = "documents/"
_STEPS: Final = {"publish": "Duyệt", "give-back": "Trả lại", "discard": "Bỏ"}
_AUDIENCES: Final[Mapping[str, str]] = {
    Audience.EVERYONE.value: "Mọi người",
    Audience.HOME.value: "Nhà riêng",
    Audience.FLAT.value: "Chung cư",
    Audience.LODGING.value: "Nhà trọ",
    Audience.SHOP.value: "Cửa hàng, nhà ở kết hợp kinh doanh",
    Audience.WORKPLACE.value: "Nơi làm việc",
    Audience.SCHOOL.value: "Trường học",
    Audience.VEHICLE.value: "Xe cộ",
    Audience.OFFICIAL.value: "Cán bộ",
}


class KnowledgePages:
    """Pages of editors."""

    def __init__(self, parts: Parts) -> None:
        self._drafts = Drafts(parts.database)
        self._questions = OpenQuestions(parts.database)
        self._told = AskersTold(self._questions, Letters(parts.database, parts.sealer))
        self._publisher = Publisher(parts.settings.knowledge_dir)
        self._renderer = parts.renderer
        self._knowledge = parts.knowledge
        self._refused = parts.knowledge_refused
        self._today = parts.today
        self._faults = DraftFaults(parts.knowledge, parts.today)

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        edit = Permission.EDIT_KNOWLEDGE
        number = r"{number:[0-9]{1,9}}"
        return (
            Page("GET", "/knowledge", self.overview, edit),
            Page("GET", "/knowledge/audit", self.audit, edit),
            Page("GET", "/knowledge/sources", self.sources, edit),
            Page("GET", "/knowledge/new", self.new, edit),
            Page("POST", "/knowledge/new", self.create, edit, _LARGEST),
            Page("GET", "/knowledge/cards/{card:[a-z0-9-]+}", self.card, edit),
            Page("GET", "/knowledge/documents/{document:[a-z0-9-]+}", self.document, edit),
            Page("POST", "/knowledge/start", self.start, edit),
            Page("GET", f"/knowledge/drafts/{number}", self.draft, edit),
            Page("POST", f"/knowledge/drafts/{number}", self.save, edit, _LARGEST),
            Page("POST", f"/knowledge/drafts/{number}/step", self.step, edit),
        )

    @property
    def _base(self) -> KnowledgeBase:
        return self._knowledge()

    async def overview(self, visit: Visit) -> web.Response:
        """Open drafts, what was published last, and a search over cards and documents."""
        words = visit.request.query.get("chu", "")[:200]
        open_ones = await self._drafts.listed((DraftState.DRAFT, DraftState.IN_REVIEW))
        published = (await self._drafts.listed((DraftState.PUBLISHED,)))[:20]
        cards, documents = find_cards(self._base, words) if words.strip() else ((), ())
        return self._renderer.page(
            visit,
            "knowledge/overview.html",
            drafts=[(one, self._title(one)) for one in open_ones],
            published=[(one, self._title(one)) for one in published],
            words=words,
            cards=cards,
            documents=documents,
            topics=TOPICS,
            refused=self._refused(),
        )

    async def audit(self, visit: Visit) -> web.Response:
        """What in the knowledge wants looking after."""
        sections = await asyncio.to_thread(audit, self._base, None, self._today())
        return self._renderer.page(visit, "knowledge/audit.html", sections=sections[:-1])

    async def sources(self, visit: Visit) -> web.Response:
        """Passages that a card may cite, found by words."""
        words = visit.request.query.get("chu", "")[:200]
        found = find_passages(self._base, words, self._today()) if words.strip() else ()
        return self._renderer.page(visit, "knowledge/sources.html", words=words, found=found)

    async def new(self, visit: Visit) -> web.Response:
        """An empty form, with the questions that the card is to answer among its wordings."""
        codes = Fields(visit.request.query).listed("question")[:_MOST_ASKED]
        asked = await self._questions.coded(codes) if codes else []
        first = asked[0].text if asked else ""
        form = CardForm(topic="", id="", question=first, variants=tuple(one.text for one in asked), lead="")
        return self._form(visit, typed_of(form), asked=[one.code for one in asked])

    async def create(self, visit: Visit) -> web.StreamResponse:
        """Keep a new draft of a card, whatever is still wrong with it."""
        fields = Fields(await visit.request.post())
        codes = fields.listed("asked")[:_MOST_ASKED]
        form = self._read(fields)
        if fields.faults or form is None:
            return self._form(visit, as_typed(fields), fields.faults, asked=codes, status=422)
        asked = await self._questions.coded(codes) if codes else []
        number = await self._drafts.create(
            _editor(visit), form.path, form.markdown(UNREVIEWED), None, [one.number for one in asked]
        )
        return await self._renderer.done(visit, f"/console/knowledge/drafts/{number}", "Đã lưu bản nháp.")

    async def card(self, visit: Visit) -> web.Response:
        """A card as residents read it, with its sources."""
        card = self._base.cards.get(visit.request.match_info["card"])
        if card is None:
            raise NotFoundError
        form = CardForm.of(card)
        lines = list(read_back(self._base, form.path, form.markdown(card.review)))
        return self._renderer.page(
            visit, "knowledge/card.html", card=card, path=form.path, lines=lines, topics=TOPICS, audiences=_AUDIENCES
        )

    async def document(self, visit: Visit) -> web.Response:
        """A document with its sections."""
        document = self._base.documents.get(visit.request.match_info["document"])
        if document is None:
            raise NotFoundError
        return self._renderer.page(visit, "knowledge/document.html", document=document)

    async def start(self, visit: Visit) -> web.StreamResponse:
        """Begin a draft that changes what is there; where one is open already, go to it."""
        fields = Fields(await visit.request.post())
        path = fields.text("path", longest=300)
        present = await asyncio.to_thread(self._publisher.content, path) if is_path(path) else None
        if present is None:
            raise NotFoundError
        for one in await self._drafts.listed((DraftState.DRAFT, DraftState.IN_REVIEW)):
            if one.path == path:
                return await self._renderer.done(
                    visit, f"/console/knowledge/drafts/{one.id}", "Đã có bản nháp đang mở cho nội dung này."
                )
        number = await self._drafts.create(_editor(visit), path, present, digest_of(present))
        return await self._renderer.done(visit, f"/console/knowledge/drafts/{number}", "Đã mở bản nháp.")

    async def draft(self, visit: Visit) -> web.Response:
        """A draft: to be edited while it is one, else to be read with what it changes."""
        draft = await self._got(visit)
        if draft.state is DraftState.DRAFT:
            return await self._edited(visit, draft)
        return await self._reviewed(visit, draft)

    async def save(self, visit: Visit) -> web.StreamResponse:
        """Keep what was typed, and hand it on for review if that was asked for and nothing is wrong with it."""
        draft = await self._got(visit)
        fields = Fields(await visit.request.post())
        version = fields.whole("version", 1, 1_000_000_000) or 0
        content, path = self._content(draft, fields)
        if fields.faults or content is None:
            return await self._edited(visit, draft, fields, status=422)
        try:
            saved = await self._drafts.save(draft.id, version, _editor(visit), path, content)
            submits = fields.flag("submit") and not await self._faults.of(saved.path, saved.content)
            if submits:
                await self._drafts.submit(draft.id, saved.version, _editor(visit))
        except DraftError as error:
            return await self._edited(visit, draft, fields, said=str(error), status=409)
        notice = "Đã gửi duyệt." if submits else "Đã lưu bản nháp."
        if fields.flag("submit") and not submits:
            notice = "Đã lưu, nhưng chưa gửi duyệt được: còn lỗi cần sửa, xem ở đầu trang."
        return await self._renderer.done(visit, f"/console/knowledge/drafts/{draft.id}", notice)

    async def step(self, visit: Visit) -> web.StreamResponse:
        """Approve, give back, take back or discard."""
        draft = await self._got(visit)
        fields = Fields(await visit.request.post())
        version = fields.whole("version", 1, 1_000_000_000) or 0
        act = fields.choice("act", _STEPS) or ""
        note = fields.text("note", longest=_LONGEST_NOTE, required=False, lines=True)
        if act == "give-back" and not note and visit.member.id != draft.author:
            fields.faults["note"] = "Ghi điều cần sửa để người viết biết."
        if fields.faults:
            return await self._reviewed(visit, draft, note=note, faults=fields.faults, status=422)
        try:
            notice = await self._stepped(visit, draft, version, act, note)
        except (DraftError, ChangedMeanwhileError, UnwritableError) as error:
            raise RefusedError(str(error)) from error
        return await self._renderer.done(visit, f"/console/knowledge/drafts/{draft.id}", notice)

    async def _stepped(self, visit: Visit, draft: Draft, version: int, act: str, note: str) -> str:
        editor = _editor(visit)
        if act == "discard":
            await self._drafts.discard(draft.id, version, editor)
            return "Đã bỏ bản nháp."
        if act == "give-back":
            await self._drafts.give_back(draft.id, version, editor, note)
            return "Đã trả lại cho người viết."
        if await self._faults.of(draft.path, draft.content):
            raise RefusedError("Bản nháp còn lỗi nên chưa đưa vào sử dụng được. Trả lại cho người viết để sửa.")
        content = self._approved(draft, visit.member.name)
        approved = Approved(draft.path, content, draft.base_digest)
        await self._drafts.publish(draft.id, version, editor, content, lambda: self._publisher.publish(approved))
        told = await self._told.tell(draft, content, staff_id=visit.member.id, who=visit.member.login)
        also = f" Đã báo cho {told} người từng hỏi." if told else ""
        return f"Đã duyệt. Trợ lý dùng nội dung mới trong vòng một phút.{also}"

    def _approved(self, draft: Draft, reviewer: str) -> str:
        """The words of a card with who approved it; a document stays as it is."""
        card = card_in(draft.path, draft.content)
        if card is None:
            return draft.content
        review = Review(state=ReviewState.REVIEWED, by=reviewer, on=self._today())
        return CardForm.of(card).markdown(review)

    async def _got(self, visit: Visit) -> Draft:
        try:
            return await self._drafts.get(int(visit.request.match_info["number"]))
        except UnknownDraftError:
            raise NotFoundError from None

    def _title(self, draft: Draft) -> str:
        """What people call the card or document of a draft; its file where nothing has a name yet."""
        name = PurePosixPath(draft.path).stem
        if draft.path.startswith(_DOCUMENTS):
            document = self._base.documents.get(name)
            return document.short_name if document else draft.path
        card = self._base.cards.get(name) or card_in(draft.path, draft.content)
        return card.question if card else draft.path

    def _read(self, fields: Fields, known: CardForm | None = None) -> CardForm | None:
        """The form that was filled in; its name is made of the question for a new card and stays for an old one."""
        form = card_form_of(fields, known)
        if form is None or known is not None:
            return form
        return replace(form, id=name_for(form.question, self._base.cards))

    def _content(self, draft: Draft, fields: Fields) -> tuple[str | None, str]:
        if draft.path.startswith(_DOCUMENTS) or fields.flag("raw"):
            return fields.file_text("content", longest=_LONGEST_DOCUMENT), draft.path
        card = card_in(draft.path, draft.content)
        known = CardForm.of(card) if card else None
        form = self._read(fields, known)
        if form is None:
            return None, draft.path
        path = form.path if draft.base_digest is None else draft.path
        return replace(form, topic=path.split("/")[1]).markdown(UNREVIEWED), path

    def _form(
        self,
        visit: Visit,
        typed: Mapping[str, Any],
        faults: Mapping[str, str] | None = None,
        *,
        asked: Sequence[str],
        status: int = 200,
    ) -> web.Response:
        return self._renderer.page(
            visit,
            "knowledge/new.html",
            status=status,
            typed=typed,
            faults=faults or {},
            asked=asked,
            topics=topics_in(self._base),
            audiences=_AUDIENCES,
        )

    async def _edited(
        self, visit: Visit, draft: Draft, fields: Fields | None = None, *, said: str = "", status: int = 200
    ) -> web.Response:
        card = card_in(draft.path, draft.content)
        raw = draft.path.startswith(_DOCUMENTS) or card is None
        typed = as_typed(fields) if fields else (typed_of(CardForm.of(card)) if card else {})
        return self._renderer.page(
            visit,
            "knowledge/draft.html",
            status=status,
            draft=draft,
            title=self._title(draft),
            raw=raw,
            typed=typed,
            content=typed.get("content", draft.content),
            faults=fields.faults if fields else {},
            said=said,
            wrong=await self._faults.of(draft.path, draft.content),
            lines=list(read_back(self._base, draft.path, draft.content)),
            topics=topics_in(self._base),
            audiences=_AUDIENCES,
            asked=await self._questions.numbered(draft.letters) if draft.letters else [],
        )

    async def _reviewed(
        self,
        visit: Visit,
        draft: Draft,
        *,
        note: str = "",
        faults: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> web.Response:
        present = await asyncio.to_thread(self._publisher.content, draft.path) or ""
        return self._renderer.page(
            visit,
            "knowledge/review.html",
            status=status,
            draft=draft,
            title=self._title(draft),
            state=draft.state.value,
            own=draft.author == visit.member.id,
            lines=list(read_back(self._base, draft.path, draft.content)),
            wrong=await self._faults.of(draft.path, draft.content) if draft.state is DraftState.IN_REVIEW else [],
            changes=_changes(present, draft.content) if draft.state is DraftState.IN_REVIEW else [],
            asked=await self._questions.numbered(draft.letters) if draft.letters else [],
            note=note,
            faults=faults or {},
        )


def _changes(before: str, after: str) -> list[tuple[str, str]]:
    """The lines that a draft takes away ("-"), adds ("+") or leaves around them (" ")."""
    rows = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    return [(row[0], row[1:]) for row in rows if not row.startswith(("---", "+++"))]


def _editor(visit: Visit) -> Editor:
    return Editor(visit.member.id, visit.member.login)
