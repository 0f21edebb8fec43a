"""Says, before an answer, what became of the laws that the message names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from bot.conversation.citing import cite_document
from bot.conversation.finding import Finding, Verdict
from bot.conversation.messages import Button, Citation, Kind, Reply
from knowledge.check import KnowledgeBase
from knowledge.documents import Document
from knowledge.lookup import about_fire
from knowledge.validity import Validity, status_text, validity

_UNHELD: Final = (
    "Mình chưa có {names} trong kho văn bản đã đối chiếu, nên không nói được văn bản này còn hiệu lực hay không."
)
_TODAY: Final = "Phần dưới đây theo quy định đang áp dụng mà mình có."
_CURRENT: Final = "Quy định PCCC đang áp dụng mà mình dùng: {laws}."
_MAIN_TYPES: Final = ("Luật", "Nghị định")


class LawNotices:
    """Puts what became of the laws named before a reply, each with its citation."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base

    def before(self, reply: Reply, finding: Finding, on: date) -> Reply:
        """Return the reply with a line for each expired law, unless its first line names it, and for unknown ones."""
        first = reply.text.partition("\n")[0]
        marker = max((one.marker for one in reply.citations), default=0)
        lines, citations = list[str](), list[Citation]()
        for document in finding.expired:
            if (document.number or document.short_name).rpartition("/")[0] in first:
                continue
            citations.append(cite_document(marker + len(citations) + 1, document, on))
            became = f"{status_text(document, on)}{self._now(document, on)}"
            lines.append(f"{document.short_name}: {became}. [{citations[-1].marker}]")
        if finding.unheld and finding.verdict is not Verdict.NOT_HELD:
            lines.append(_UNHELD.format(names=_joined(finding.unheld)))
        if not lines:
            return reply
        if reply.kind is Kind.ANSWER and finding.past is None:  # of another time the answer says itself what applies
            lines.append(_TODAY)
        text = "\n".join([*lines, "", reply.text])
        return replace(reply, text=text, citations=(*reply.citations, *citations))

    def not_held(self, finding: Finding, buttons: Sequence[Button], on: date) -> Reply:
        """Say that a law is not registered, and which laws on fire safety apply today."""
        laws = list(self._main_laws(on))
        named = "; ".join(f"{one.short_name} [{marker}]" for marker, one in enumerate(laws, 1))
        lines = [_UNHELD.format(names=_joined(finding.unheld)), *([_CURRENT.format(laws=named)] if laws else [])]
        citations = tuple(cite_document(marker, one, on) for marker, one in enumerate(laws, 1))
        return Reply(kind=Kind.ABSTAIN, text="\n".join(lines), citations=citations, buttons=tuple(buttons))

    def _now(self, document: Document, on: date) -> str:
        """What replaced it for fire safety, as far as that applies today."""
        successors = [self._base.documents[one] for one in document.replaced_by]
        current = [one for one in successors if validity(one, on) is Validity.CURRENT]
        about = [one for one in current if about_fire(one)] or current
        return f", nay dùng {_joined([self._with_changes(one) for one in about])}" if about else ""

    def _with_changes(self, document: Document) -> str:
        changes = [self._base.documents[one].short_name for one in document.amended_by]
        return f"{document.short_name} (đã được sửa đổi bởi {_joined(changes)})" if changes else document.short_name

    def _main_laws(self, on: date) -> Iterator[Document]:
        """The law and the decrees on fire safety that apply: each replaced an older one, others only amend."""
        documents = self._base.documents.values()
        for type_ in _MAIN_TYPES:
            for one in documents:
                is_main = one.type == type_ and one.replaces and about_fire(one)
                if is_main and validity(one, on) is Validity.CURRENT:
                    yield one


def _joined(names: Sequence[str]) -> str:
    return " và ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
