"""The statements by which dispatches are read and changed."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

_SHOWN: Final = """
    d.state <> 'revoked' AND d.expires_at > now() AND r.erased_at IS NULL AND r.agency_id = d.agency_id
    AND r.state IN ('forwarded', 'handling', 'answered', 'confirmed', 'reopened', 'closed')
"""
_COLUMNS: Final = f"""
    d.id, d.report_id, d.agency_id, a.name AS agency_name, a.email, d.staff_id, d.way, d.state, d.key_digest,
    concat_ws(', ', s.name, NULLIF(s.position, '')) AS staff_name, d.key_sealed, d.note, d.created_at, d.expires_at,
    d.tries, d.error, d.sent_at, d.opened_at, d.answered_at, r.state AS report_state, {_SHOWN} AS shown
"""
_FROM: Final = """
    FROM dispatch d JOIN report r ON r.id = d.report_id JOIN agency a ON a.id = d.agency_id
    JOIN staff s ON s.id = d.staff_id
"""
BY_ID: Final = text(f"SELECT {_COLUMNS} {_FROM} WHERE d.id = :id")
BY_KEY: Final = text(f"SELECT {_COLUMNS} {_FROM} WHERE d.key_digest = :digest")
OF: Final = text(f"SELECT {_COLUMNS} {_FROM} WHERE d.report_id = :report ORDER BY d.id DESC")
HOLD: Final = text("SELECT id FROM report WHERE id = :report FOR UPDATE")
REVOKE_OTHERS: Final = text("""
    -- A report is with one agency at a time: the links of earlier dispatches end. What was answered stays readable.
    UPDATE dispatch SET state = 'revoked', key_sealed = NULL
    WHERE report_id = :report AND state NOT IN ('revoked', 'answered', 'declined')
""")
PUT: Final = text("""
    INSERT INTO dispatch (report_id, agency_id, staff_id, way, state, key_digest, key_sealed, note, expires_at)
    VALUES (:report, :agency, :staff, :way, :state, :digest, :sealed, :note, now() + :stays) RETURNING id
""")
CLAIM: Final = text("""
    -- Claim one mail that is due. The claim is committed before anything is handed to a server.
    WITH due AS (
        SELECT d.id FROM dispatch d JOIN report r ON r.id = d.report_id
        WHERE d.state = 'waiting' AND d.due_at <= now() AND d.expires_at > now() AND r.agency_id = d.agency_id
          AND r.state IN ('forwarded', 'handling') AND r.erased_at IS NULL
        ORDER BY d.due_at, d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE dispatch SET state = 'sending', tries = tries + 1, due_at = now() + :lease FROM due
    WHERE dispatch.id = due.id RETURNING dispatch.id
""")
SETTLE: Final = text("""
    -- What became of a try. Whoever was taken for dead may still tell. A link that was opened meanwhile has arrived.
    UPDATE dispatch SET state = :state, error = :error, due_at = now() + :wait,
        sent_at = CASE WHEN :state = 'sent' THEN now() ELSE sent_at END,
        key_sealed = CASE WHEN :state = 'sent' THEN NULL ELSE key_sealed END
    WHERE id = :id AND tries = :tries AND state IN ('sending', 'unknown') RETURNING id
""")
LOST: Final = text("SELECT id, report_id FROM dispatch WHERE state = 'sending' AND due_at <= now() ORDER BY id")
LOSE: Final = text("""
    -- The process that was sending has died: perhaps the mail is out, so nobody sends it again unasked.
    UPDATE dispatch SET state = 'unknown', error = :error WHERE id = :id AND state = 'sending' AND due_at <= now()
    RETURNING report_id, agency_id
""")
DROP: Final = text("""
    -- Mail that waits for an agency that the report is no longer with, or for a report that is no more.
    UPDATE dispatch d SET state = 'revoked', key_sealed = NULL FROM report r
    WHERE r.id = d.report_id AND d.state = 'waiting'
      AND NOT (r.agency_id = d.agency_id AND r.state IN ('forwarded', 'handling') AND r.erased_at IS NULL
               AND d.expires_at > now())
""")
OPEN: Final = text("""
    UPDATE dispatch SET state = 'opened', opened_at = now(), key_sealed = NULL
    WHERE id = :id AND state NOT IN ('opened', 'answered', 'declined', 'revoked') RETURNING id
""")
END: Final = text("""
    -- The agency has answered or declined: once, through a link that stands, and of a report that is with it.
    UPDATE dispatch d SET state = :state, answered_at = now(), opened_at = COALESCE(d.opened_at, now()),
        key_sealed = NULL
    FROM report r
    WHERE d.id = :id AND d.state NOT IN ('answered', 'declined', 'revoked') AND d.expires_at > now()
      AND r.id = d.report_id AND r.agency_id = d.agency_id AND r.erased_at IS NULL
      AND r.state = ANY(CAST(:report_states AS text[]))
    RETURNING d.id
""")
AGAIN: Final = text("""
    UPDATE dispatch SET state = :state, tries = 0, error = NULL, due_at = now(), key_digest = :digest,
        key_sealed = :sealed, expires_at = now() + :stays, opened_at = NULL, answered_at = NULL
    WHERE id = :id AND state = :before RETURNING id
""")


TURN: Final = text("""
    -- Whose turn it is has changed without an act: a deadline that was missed until now stays noted.
    UPDATE report SET late = late OR COALESCE(due_at < now(), false), due_hat = :hat, due_at = :due, changed_at = now(),
        version = version + 1
    WHERE id = :report
""")
