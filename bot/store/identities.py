"""Who a resident is: the digest of a channel's user id. Without the operator's key no digest leads to a person.

The key of the digests is random, made once for a database and sealed there, so that the keys of DATA_KEY can be
exchanged while digests stay what they are.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from bot.store.database import Database
from bot.store.sealing import Sealer
from bot.store.tables import IdentityKeyRow

_KEY_BYTES: Final = 32
_DIGEST_BYTES: Final = 16


class Identities:
    """Turns (account, user id) into the 16 bytes that stand for a resident."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def digest(self, account: str, user: str) -> bytes:
        """Return the digest of a user of an account, such as "telegram:123"."""
        said = f"{account}\0{user}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, said, hashlib.sha256)[:_DIGEST_BYTES]


async def identities_of(database: Database, sealer: Sealer) -> Identities:
    """Return the identities of a database; its key is made the first time. Raises `SealedDataError`."""
    async with database.sessions.begin() as session:
        first = insert(IdentityKeyRow).values(id=1, sealed=sealer.seal(secrets.token_bytes(_KEY_BYTES)))
        await session.execute(first.on_conflict_do_nothing())
        sealed = (await session.scalars(select(IdentityKeyRow.sealed))).one()
    return Identities(sealer.open(sealed))
