"""The statements that operators are told to run fit the tables as they are."""

import re
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)
STATEMENTS = [
    pytest.param(block, id=f"{page}-{number}")
    for page in ("operations", "staff-guide")
    for number, block in enumerate(BLOCK.findall((ROOT / f"docs/{page}.md").read_text(encoding="utf-8")), start=1)
]


@pytest.mark.parametrize("statements", STATEMENTS)
async def test_statements_that_the_documentation_tells_run(database_url: str, statements: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute(statements.encode())


def test_there_are_statements_to_try() -> None:
    assert len(STATEMENTS) >= 5
