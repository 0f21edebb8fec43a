"""Every sealed value is sealed anew when keys are exchanged."""

from sqlalchemy import LargeBinary

from bot.store.resealing import SEALED
from bot.store.all_tables import Base

NOT_SEALED = {
    ("contact", "digest"),
    ("inbox", "resident"),
    ("outbox", "resident"),
    ("upload", "digest"),
    ("link_code", "digest"),
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
