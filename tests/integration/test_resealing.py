"""Every sealed value is sealed anew when keys are exchanged."""

from sqlalchemy import LargeBinary

from bot.store.all_tables import Base
from bot.store.resealing import SEALED

NOT_SEALED = {
    ("contact", "digest"),
    ("inbox", "resident"),
    ("outbox", "resident"),
    ("upload", "digest"),
    ("link_code", "digest"),
    ("staff_session", "digest"),
    ("audit", "digest"),
    ("campaign", "digest"),
    ("staff_contact_code", "digest"),
    ("dispatch", "key_digest"),
    ("monitoring_file", "digest"),
    ("monitoring_file", "content"),  # issued documents, which name no resident
    ("key_check", "sealed"),  # sealed anew at each start
}


def test_no_sealed_column_is_forgotten() -> None:
    resealed = {(column.class_.__tablename__, column.key) for _, column in SEALED}
    columns = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert columns - NOT_SEALED == resealed
