"""Others write on the source all the while: the target is the source at one moment."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Iterator

import pytest

from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.session import Session
from pilotage.errors import ServerError
from tests.runs import dsn, start
from tests.servers_at_hand import Databases

pytestmark = pytest.mark.servers(18)

ACCOUNTS = 2000
BALANCE = 1000

# What one transfer writes is in five tables, which all show it or none.
BANK = f"""
CREATE TABLE account (
    id int PRIMARY KEY,
    balance bigint NOT NULL CHECK (balance >= 0),
    transfers int NOT NULL DEFAULT 0,
    filler text
) WITH (fillfactor = 50);
CREATE TABLE vault (LIKE account INCLUDING ALL);
INSERT INTO account SELECT i, {BALANCE}, 0, repeat('x', 400) FROM generate_series(1, {ACCOUNTS}) AS i;
INSERT INTO vault SELECT i, {BALANCE}, 0, repeat('x', 400) FROM generate_series(1, {ACCOUNTS}) AS i;
CREATE TABLE ledger (
    id bigserial,
    account int NOT NULL REFERENCES account,
    vault int NOT NULL REFERENCES vault,
    amount bigint NOT NULL,
    month int NOT NULL,
    PRIMARY KEY (id, month)
) PARTITION BY LIST (month);
CREATE TABLE ledger_1 PARTITION OF ledger FOR VALUES IN (1);
CREATE TABLE ledger_2 PARTITION OF ledger DEFAULT;
CREATE TABLE counter (transfers bigint NOT NULL);
INSERT INTO counter VALUES (0);
CREATE FUNCTION transfer(a int, v int, sum bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE account SET balance = balance - sum, transfers = transfers + 1 WHERE id = a;
    UPDATE vault SET balance = balance + sum, transfers = transfers + 1 WHERE id = v;
    INSERT INTO ledger (account, vault, amount, month) VALUES (a, v, sum, 1 + a % 3);
    UPDATE counter SET transfers = counter.transfers + 1;
END $$;
"""

# What is true of every moment: no money comes or goes, and each balance is what the ledger says.
WRONG = f"""
SELECT array_remove(ARRAY[
    CASE WHEN
        (SELECT sum(balance) FROM account) + (SELECT sum(balance) FROM vault) <> {2 * ACCOUNTS * BALANCE}
        THEN 'the sum of all balances' END,
    CASE WHEN EXISTS (
        SELECT FROM account AS a
        LEFT JOIN (SELECT account, sum(amount), count(*) FROM ledger GROUP BY 1) AS l ON l.account = a.id
        WHERE (a.balance, a.transfers) <> ({BALANCE} - coalesce(l.sum, 0), coalesce(l.count, 0))
    ) THEN 'an account' END,
    CASE WHEN EXISTS (
        SELECT FROM vault AS v
        LEFT JOIN (SELECT vault, sum(amount), count(*) FROM ledger GROUP BY 1) AS l ON l.vault = v.id
        WHERE (v.balance, v.transfers) <> ({BALANCE} + coalesce(l.sum, 0), coalesce(l.count, 0))
    ) THEN 'a vault' END,
    CASE WHEN (SELECT transfers FROM counter) <> (SELECT count(*) FROM ledger) THEN 'the counter' END,
    CASE WHEN (SELECT max(id) FROM ledger) > (SELECT last_value FROM ledger_id_seq) THEN 'the sequence' END,
    CASE WHEN ((SELECT count(*) FROM account), (SELECT count(*) FROM vault)) <> ({ACCOUNTS}, {ACCOUNTS})
        THEN 'the rows' END
], NULL)
"""


class Writers:
    """Two sessions that transfer money until they are told to stop, in subtransactions, some undone."""

    def __init__(self, source: ConnectionParameters) -> None:
        self._source = source
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(seed,)) for seed in (1, 2)]
        self.transfers = 0

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for_more(self, number: int) -> None:
        """Wait until so many more transfers are committed."""
        wanted = self.transfers + number
        deadline = time.monotonic() + 60
        while self.transfers < wanted:
            assert time.monotonic() < deadline, "nobody writes"
            time.sleep(0.01)

    def _write(self, seed: int) -> None:
        asyncio.run(self._transfers(random.Random(seed)))  # noqa: S311

    async def _transfers(self, chance: random.Random) -> None:
        async with connect(self._source) as session:
            await session.run("SET search_path TO public; SET synchronous_commit TO off")
            while not self._stop.is_set():
                with contextlib.suppress(ServerError):  # a deadlock, or an account that is empty
                    await self._transfer(session, chance)
                await asyncio.sleep(0.002)

    async def _transfer(self, session: Session, chance: random.Random) -> None:
        body = ""
        for _ in range(chance.randint(1, 3)):
            one, other, amount = (
                chance.randint(1, ACCOUNTS),
                chance.randint(1, ACCOUNTS),
                chance.randint(1, 20),
            )
            ends = chance.choice(("RELEASE a", "RELEASE a", "ROLLBACK TO a"))
            body += f"SAVEPOINT a; SELECT transfer({one}, {other}, {amount}); {ends};"
        try:
            await session.run(f"BEGIN; {body} {chance.choice(('COMMIT', 'COMMIT', 'ROLLBACK'))};")
            self.transfers += 1
        except ServerError:
            await session.run("ROLLBACK")
            raise


@pytest.fixture
def source(new_database: Databases) -> ConnectionParameters:
    return new_database(18, sql=BANK)


@pytest.fixture
def target(new_database: Databases) -> ConnectionParameters:
    return new_database(18, "target")


@pytest.fixture
def writers(source: ConnectionParameters) -> Iterator[Writers]:
    with Writers(source) as writers:
        writers.wait_for_more(50)
        yield writers


async def wrong(parameters: ConnectionParameters) -> list[str]:
    async with connect(parameters) as session:
        await session.run("SET search_path TO public")
        found: list[str] = await session.value(WRONG)
        return found


async def transfers(parameters: ConnectionParameters) -> int:
    async with connect(parameters) as session:
        return int(await session.value("SELECT transfers FROM public.counter"))


def migrate(source: ConnectionParameters, target: ConnectionParameters) -> list[str]:
    return ["migrate", dsn(source), dsn(target), "--jobs", "2", "--verify", "none"]


def test_the_target_is_one_moment_of_a_source_that_others_write_to(
    source: ConnectionParameters, target: ConnectionParameters, writers: Writers
) -> None:
    before = asyncio.run(transfers(source))
    run = start(migrate(source, target))
    assert run.wait() == 0, run.words
    writers.wait_for_more(1)
    assert asyncio.run(wrong(target)) == []
    assert before <= asyncio.run(transfers(target)) < asyncio.run(transfers(source))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_so_it_is_after_kills_while_they_write_on(
    source: ConnectionParameters, target: ConnectionParameters, writers: Writers, share: float
) -> None:
    ended = 0
    for _ in range(2):
        run = start(migrate(source, target))
        run.planned.wait()
        time.sleep(share)
        ended += run.process.poll() is not None
        run.process.kill()
        run.wait()
        writers.wait_for_more(20)
        if ended:
            break
    if not ended:
        run = start(migrate(source, target))
        assert run.wait() == 0, run.words
        assert "going on: " in run.words
    assert asyncio.run(wrong(target)) == []
