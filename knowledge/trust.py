"""How far a statement may be trusted, and what the resident is told about it."""

from __future__ import annotations

from enum import StrEnum


class Trust(StrEnum):
    """Trust label of a section (docs/knowledge-format.md)."""

    VERBATIM = "verbatim"  # the document's own text
    VERIFIED = "verified"  # two or more sources agree
    OFFICIAL = "official"  # a Vietnamese authority, or press quoting one
    SINGLE = "single"  # one source only
    FOREIGN = "foreign"  # a foreign fire or health service
    PRESS = "press"  # press, shops, trade pages
    INFERRED = "inferred"  # concluded from provisions
    DISPUTED = "disputed"  # sources differ
    UNSOURCED = "unsourced"  # common knowledge without a source
    MEMORY = "memory"  # remembered and not checked: never to be cited

    @property
    def caution(self) -> str | None:
        """What a resident reads beside the citation, or None where nothing needs saying."""
        return _CAUTIONS.get(self)

    @property
    def needs_note(self) -> bool:
        """Whether a card that cites such a section must carry a note of caution."""
        return self in {Trust.DISPUTED, Trust.UNSOURCED}


_CAUTIONS = {
    Trust.SINGLE: "một nguồn, nên đối chiếu",
    Trust.FOREIGN: "khuyến cáo quốc tế",
    Trust.PRESS: "báo chí, chuyên môn",
    Trust.INFERRED: "suy luận từ quy định",
    Trust.DISPUTED: "các nguồn nói khác nhau",
    Trust.UNSOURCED: "chưa có nguồn chính thức",
    Trust.MEMORY: "chưa đối chiếu",
}
