"""A process that copies for a run: ``python -m pilotage.execute.copier_process``, started by the run alone.

Orders come on standard input and answers go to standard output, passwords among the orders, so that neither
arguments nor environment show them. It has one session at each end, and ends when its standard input does:
when the run is gone, so is this, and the servers roll back what was not committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from typing import assert_never

import msgspec

from pilotage.connection import ConnectionParameters, Session
from pilotage.connection.patience import LockWait, Patience
from pilotage.connection.session import open_session
from pilotage.connection.snapshot import join_snapshot
from pilotage.errors import ConnectionFailedError, ConnectionLostError, ServerError, SnapshotLostError
from pilotage.execute.copy_orders import (
    LENGTH_BYTES,
    Answer,
    Copied,
    CopyRows,
    Failed,
    Opened,
    OpenSource,
    OpenTarget,
    Order,
    Ran,
    RunOnTarget,
    Waits,
    Way,
    WentBy,
)
from pilotage.execute.relay import relay_rows

_NOT_OPEN = RuntimeError("the run has not opened the sessions first")


class _Copier:
    """Two sessions, and one order after another."""

    def __init__(self, stack: contextlib.AsyncExitStack) -> None:
        self._stack = stack
        self._source: Session | None = None
        self._target: Session | None = None

    async def answer(self, order: Order) -> Answer:
        """Do what is ordered."""
        try:
            return await self._do(order)
        except ServerError as error:
            return Failed(
                error="ServerError",
                message=str(error),
                closed=self._is_closed(),
                sqlstate=error.sqlstate,
                detail=error.detail,
                hint=error.hint,
                context=error.context,
            )
        except ConnectionLostError as error:
            return Failed(error="ConnectionLostError", message=str(error), closed=self._is_closed())
        except ConnectionFailedError as error:
            return Failed(error="ConnectionFailedError", message=str(error), closed=self._is_closed())
        except SnapshotLostError as error:
            return Failed(error="SnapshotLostError", message=str(error), closed=self._is_closed())

    async def _do(self, order: Order) -> Answer:
        match order:
            case OpenTarget():
                self._target = await self._open(order.way)
                await self._target.run(order.sql)
                return Opened(pid=self._target.backend_pid)
            case OpenSource():
                self._source = await self._open(order.way)
                await self._source.run(order.sql)
                try:
                    await self._stack.enter_async_context(join_snapshot(self._source, order.snapshot))
                except ServerError as error:
                    raise SnapshotLostError(f"the source's snapshot is gone: {error}") from error
                return Opened(pid=self._source.backend_pid)
            case RunOnTarget():
                if self._target is None:
                    raise _NOT_OPEN
                return Ran(status=await self._target.run(order.sql))
            case CopyRows():
                if self._source is None or self._target is None:
                    raise _NOT_OPEN
                rows, size = await relay_rows(
                    self._source,
                    self._target,
                    order.step,
                    _tell_bytes,
                    without=order.without,
                    blocks=order.blocks,
                    freeze=order.freeze,
                )
                return Copied(rows=rows, bytes=size)
            case _:
                assert_never(order)

    async def _open(self, way: Way) -> Session:
        session = await open_session(parameters_of(way))
        self._stack.push_async_callback(session.close)
        return session

    def _is_closed(self) -> bool:
        return self._target is None or self._target.is_closed()

    def abort(self) -> None:
        """Drop both sessions without a word."""
        for session in (self._source, self._target):
            if session is not None:
                session.abort()


def parameters_of(way: Way) -> ConnectionParameters:
    """Return the parameters of a way; waits are told to the run."""
    return ConnectionParameters(
        host=way.host,
        port=way.port,
        user=way.user,
        database=way.database,
        password=way.password,
        hostaddr=way.hostaddr,
        settings=way.settings,
        ssl=way.ssl,
        application_name=way.application_name,
        connect_timeout=way.connect_timeout,
        patience=Patience(tell=_tell_wait, seconds=way.patience) if way.is_patient else None,
    )


def _tell_bytes(count: int) -> None:
    _say(WentBy(bytes=count))


def _tell_wait(wait: LockWait) -> None:
    _say(Waits(wait=wait))


def _say(answer: Answer) -> None:
    encoded = msgspec.json.encode(answer)
    sys.stdout.buffer.write(len(encoded).to_bytes(LENGTH_BYTES, "big") + encoded)
    sys.stdout.buffer.flush()


async def _serve() -> None:
    """Answer orders until there are no more."""
    orders = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(orders), sys.stdin.buffer
    )
    decoder: msgspec.json.Decoder[Order] = msgspec.json.Decoder(Order)
    try:
        async with contextlib.AsyncExitStack() as stack:
            copier = _Copier(stack)
            next_order = asyncio.create_task(_read(orders))
            while (encoded := await next_order) is not None:
                next_order = asyncio.create_task(_read(orders))
                answering = asyncio.create_task(copier.answer(decoder.decode(encoded)))
                # The run waits for an answer before it says more, so all that can come now is the end.
                await asyncio.wait({next_order, answering}, return_when=asyncio.FIRST_COMPLETED)
                if not answering.done():
                    copier.abort()
                    answering.cancel()
                    await asyncio.wait({answering})
                    return
                _say(answering.result())
    finally:
        transport.close()


async def _read(orders: asyncio.StreamReader) -> bytes | None:
    """Return the next order; None when there will be none."""
    try:
        length = int.from_bytes(await orders.readexactly(LENGTH_BYTES), "big")
        return await orders.readexactly(length)
    except asyncio.IncompleteReadError:
        return None


if __name__ == "__main__":
    # Ctrl-C reaches all processes of a terminal's job at once; what becomes of the work is the run's to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(BrokenPipeError):
        asyncio.run(_serve())
