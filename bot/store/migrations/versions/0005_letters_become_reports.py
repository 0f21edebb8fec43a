"""What residents sent to officials becomes reports; letters are only questions that the assistant could not answer."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from bot.feedback.search_words import kept

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_CATEGORIES: Final = {
    "question": "question.any",
    "hazard": "hazard.other",
    "conduct": "conduct.officials",
    "procedure": "procedure.slow",
    "opinion": "opinion.other",
    "model": "model.practice",
    "commendation": "commendation.person",
}
_MTTQ: Final = "'question', 'opinion', 'model', 'commendation'"  # kinds that are replied to, not answered by an agency
_IN_WORKING_HOURS: Final = "AT TIME ZONE 'Asia/Ho_Chi_Minh'"
_SENT: Final = sa.text("""
    SELECT l.id, l.code, l.kind, l.text, l.place FROM letter l WHERE l.kind <> 'unanswered' ORDER BY l.id
""")
_REPORT: Final = sa.text(f"""
    -- Terms begin anew with the move: nobody is late because there were none before.
    INSERT INTO report (code, kind, category, state, text, where_text, search, channel, conversation_id, created_at,
        changed_at, first_answered_at, answered_at, closed_at, erased_at, due_hat, due_at)
    SELECT l.code, l.kind, :category, l.state, l.text, l.place, array_to_tsvector(CAST(:words AS text[])),
        coalesce(c.channel, 'web'), l.conversation_id, l.at, coalesce(l.answered_at, l.at), l.answered_at,
        l.answered_at, CASE WHEN l.state = 'withdrawn' THEN l.at END, CASE WHEN l.state = 'withdrawn' THEN l.at END,
        CASE l.state WHEN 'received' THEN 'mttq' WHEN 'answered' THEN 'resident' END,
        CASE WHEN l.state <> 'withdrawn' THEN
            (date_trunc('day', now() {_IN_WORKING_HOURS}) + interval '7 days 17 hours') {_IN_WORKING_HOURS} END
    FROM letter l LEFT JOIN conversation c ON c.id = l.conversation_id WHERE l.id = :letter
""")  # noqa: S608 - made of constants
_STORY: Final = (
    """
    INSERT INTO report_event (report_id, at, kind, hat, before, after, public)
    SELECT id, created_at, 'sent', 'resident', 'received', 'received', true FROM report ORDER BY id
    """,
    f"""
    INSERT INTO report_event (report_id, at, kind, hat, before, after, text, public, details)
    SELECT r.id, l.answered_at, CASE WHEN r.kind IN ({_MTTQ}) THEN 'reply' ELSE 'answer' END, 'mttq', 'received',
        'answered', l.answer, true, jsonb_build_object('who', l.answered_by)
    FROM report r JOIN letter l ON l.code = r.code WHERE l.state = 'answered' ORDER BY r.id
    """,  # noqa: S608
    """
    INSERT INTO report_event (report_id, at, kind, hat, before, after, public)
    SELECT id, closed_at, 'withdraw', 'resident', 'received', 'withdrawn', true FROM report
    WHERE state = 'withdrawn' ORDER BY id
    """,
)
_BACK: Final = f"""
    INSERT INTO letter (conversation_id, at, text, candidates, code, kind, place, state, answer, answered_by,
        answered_at)
    SELECT r.conversation_id, r.created_at, r.text, '[]', r.code, r.kind, r.where_text,
        CASE WHEN r.state = 'withdrawn' THEN 'withdrawn' WHEN e.id IS NULL THEN 'received' ELSE 'answered' END,
        e.text, coalesce(s.name, a.name, e.details ->> 'who'), e.at
    FROM report r
    LEFT JOIN LATERAL (
        SELECT * FROM report_event WHERE report_id = r.id AND kind IN ('answer', 'reply') ORDER BY id DESC LIMIT 1
    ) e ON r.state <> 'withdrawn'
    LEFT JOIN staff s ON s.id = e.staff_id LEFT JOIN agency a ON a.id = e.agency_id
    WHERE r.kind IN ({", ".join(f"'{kind}'" for kind in _CATEGORIES)}) ORDER BY r.id
"""  # noqa: S608


def upgrade() -> None:
    _move()
    op.drop_constraint("letter_kind", "letter")
    op.drop_constraint("letter_state", "letter")
    for column in ("kind", "place"):
        op.drop_column("letter", column)
    op.add_column("letter", sa.Column("why", sa.Text(), nullable=True))
    op.create_check_constraint("letter_state", "letter", "state IN ('received', 'answered', 'dismissed')")


def downgrade() -> None:
    op.drop_constraint("letter_state", "letter")
    op.execute("UPDATE letter SET state = 'received', answered_by = NULL, answered_at = NULL WHERE state = 'dismissed'")
    op.drop_column("letter", "why")
    op.add_column("letter", sa.Column("kind", sa.Text(), server_default="unanswered", nullable=False))
    op.add_column("letter", sa.Column("place", sa.Text(), nullable=True))
    kinds = ", ".join(f"'{kind}'" for kind in ("unanswered", *_CATEGORIES))
    op.create_check_constraint("letter_kind", "letter", f"kind IN ({kinds})")
    op.create_check_constraint("letter_state", "letter", "state IN ('received', 'answered', 'withdrawn')")
    op.execute(_BACK)
    op.execute("DELETE FROM report")


def _move() -> None:
    connection = op.get_bind()
    for letter in connection.execute(_SENT).all():
        words = kept(letter.code, letter.text, letter.place)
        values = {"letter": letter.id, "category": _CATEGORIES[letter.kind], "words": words}
        connection.execute(_REPORT, values)
    for statement in _STORY:
        op.execute(statement)
    op.execute("DELETE FROM letter WHERE kind <> 'unanswered' OR state = 'withdrawn'")
