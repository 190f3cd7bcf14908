"""A foreign key is checked by indexes where both of its ends have one, and as the server likes elsewhere."""

from __future__ import annotations

import pytest

from pilotage.connection import connect
from pilotage.errors import ServerError
from pilotage.execute.statements import work_of
from pilotage.model.names import QualifiedName
from pilotage.model.plan import ValidateForeignKey
from tests.servers_at_hand import Databases

TABLES = """
CREATE TABLE far (a int, b int, PRIMARY KEY (a, b));
INSERT INTO far SELECT n % 10, n FROM generate_series(1, 1000) AS n;
CREATE TABLE near (id int, b int, a int);
INSERT INTO near SELECT n, n, n % 10 FROM generate_series(1, 1000) AS n;
ALTER TABLE near ADD CONSTRAINT "it's a key" FOREIGN KEY (a, b) REFERENCES far NOT VALID;
"""


@pytest.mark.parametrize(
    ("index", "hashes"),
    [
        ("", "on"),
        ("CREATE INDEX ON near (b, a, id)", "off"),
        ("CREATE INDEX ON near (b, id, a)", "on"),
        ("CREATE INDEX ON near (a)", "on"),
        ("CREATE INDEX ON near (a, b) WHERE id > 5", "on"),
        ("CREATE INDEX ON near USING brin (a, b)", "on"),
    ],
)
async def test_a_key_is_checked_by_its_index(index: str, hashes: str, new_database: Databases) -> None:
    database = new_database(sql=f"{TABLES}{index};")
    step = ValidateForeignKey(
        id="k",
        group="",
        reason="",
        constraint="it's a key",
        table=QualifiedName("public", "near"),
        referenced=QualifiedName("public", "far"),
        sql='ALTER TABLE public.near VALIDATE CONSTRAINT "it\'s a key";',
    )
    ((_, sql),) = work_of([step])
    assert isinstance(sql, str)
    setting, check, back = sql.splitlines()
    async with connect(database) as session:
        async with session.transaction():
            await session.run(f"{setting}\n{check}")
            assert await session.value("SHOW enable_hashjoin") == hashes
            await session.run(back)
            assert await session.value("SHOW enable_hashjoin") == "on"
        assert await session.value("SELECT bool_and(convalidated) FROM pg_constraint WHERE contype = 'f'")
        await session.run(
            "DELETE FROM public.near WHERE id > 990; ALTER TABLE public.near DISABLE TRIGGER ALL"
        )
        await session.run(
            "UPDATE pg_constraint SET convalidated = false WHERE contype = 'f'; "
            "INSERT INTO public.near VALUES (2000, 5000, 1)"
        )
        with pytest.raises(ServerError, match="it's a key"):
            await session.run(sql)
