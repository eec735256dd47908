"""Reader thread: long reads of the database on a connection of their own, so that no key waits for them."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, Generic, TypeVar

from cordage_tui.store.errors import DatabaseCorrupt
from cordage_tui.store.file.database import Database
from cordage_tui.store.prompt_search import define_functions
from cordage_tui.store.runs.filter_sql import define_searched

Result = TypeVar("Result")
Steps = Callable[[Database], Iterator[Result | None]]
"""Read in steps of some milliseconds, each of which yields the result so far, or None if that is not worth showing.

No statement stays open between two steps: with a rollback journal nobody can commit while one is.
"""
_CLOSED_WITHIN_S: Final = 1.0
"""Longest wait for the end of the thread, seconds. It is interrupted, but a disk may not answer."""

_INTERRUPTED_EVERY_S: Final = 0.01
"""Seconds between two interruptions at the end: one may come just before a statement begins."""


class LongRead(Generic[Result]):
    """A long read, whose user sees the latest result while `Reader` makes the steps."""

    def __init__(self, steps: Steps[Result]) -> None:
        self._begin = steps
        self._steps: Iterator[Result | None] | None = None
        self.is_done = False
        """No further result comes."""
        self.is_cancelled = False
        self.latest: Result | None = None
        """The latest result; None: there is none yet."""
        self._error: Exception | None = None
        self._first, self._last = threading.Event(), threading.Event()
        self._changing = threading.Lock()
        self._waiter: tuple[asyncio.AbstractEventLoop, asyncio.Future[None]] | None = None

    def check(self) -> None:
        """Raise the error that has ended the read, if one has: a StoreError or a bug."""
        if self._error is not None:
            raise self._error

    def wait(self, seconds: float) -> None:
        """Block until the first result or the end, at most so long: the frame that answers a key shows it then."""
        self._first.wait(seconds)

    async def more(self) -> None:
        """Wait for the next result or the end; not at all when the read has ended."""
        loop = asyncio.get_running_loop()
        with self._changing:
            if self.is_done:
                return
            future = loop.create_future()
            self._waiter = loop, future
        await future

    def finish(self) -> None:
        """Block until the end. Raises the error that has ended the read."""
        self._last.wait()
        self.check()

    def cancel(self) -> None:
        """End the read, also for those that wait for it."""
        self.is_cancelled = True
        self._publish(self.latest, is_done=True)

    def step(self, database: Database) -> None:
        """Make the next step, in the thread of the reader."""
        try:
            if self._steps is None:
                self._steps = self._begin(database)
            result = next(self._steps)
        except StopIteration:
            self._publish(self.latest, is_done=True)
        else:
            if result is not None:
                self._publish(result)

    def fail(self, error: Exception) -> None:
        """End the read by an error."""
        self._error = error
        self._publish(self.latest, is_done=True)

    def _publish(self, result: Result | None, *, is_done: bool = False) -> None:
        with self._changing:
            self.latest, self.is_done = result, is_done or self.is_cancelled
            waiter, self._waiter = self._waiter, None
        self._first.set()
        if self.is_done:
            self._last.set()
        if waiter is not None:
            with contextlib.suppress(RuntimeError):  # the event loop has ended
                waiter[0].call_soon_threadsafe(_wake, waiter[1])


def _wake(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)


class Reader:
    """The thread, which the first read starts. A read that begins later comes first, as the one that a key asks for."""

    def __init__(self, database: Database) -> None:
        """`database` is the one that is read."""
        self._database = database
        self._wanted = threading.Condition()
        self._reads: list[LongRead[Any]] = []
        """Reads under way; the last one is served first."""
        self._current: LongRead[Any] | None = None
        """Read whose step is being made, or was the last to be made."""
        self._connection: Database | None = None
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def begin_read(self, steps: Steps[Result], *, in_background: bool = False) -> LongRead[Result]:
        """Begin a read; one `in_background` comes after all others."""
        read = LongRead(steps)
        with self._wanted:
            self._reads.insert(0 if in_background else len(self._reads), read)
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="reader", daemon=True)
                self._thread.start()
            self._wanted.notify()
        return read

    async def read_whole(self, steps: Steps[Result]) -> Result | None:
        """Make a read in the background and return its last result; None: there is none. Raises StoreError."""
        read = self.begin_read(steps, in_background=True)
        try:
            while not read.is_done:
                await read.more()
        finally:
            self.cancel(read)
        read.check()
        return read.latest

    def cancel(self, read: LongRead[Result]) -> None:
        """End a read that nobody waits for any more. Its statement is interrupted. Harmless when it has ended."""
        read.cancel()
        with self._wanted:
            if self._connection is not None and self._current is read:
                self._connection.interrupt()

    def close(self) -> None:
        """End the thread. Harmless when there is none."""
        with self._wanted:
            self._is_closed = True
            self._wanted.notify()
        end = time.monotonic() + _CLOSED_WITHIN_S
        while self._thread is not None and self._thread.is_alive() and time.monotonic() < end:
            with self._wanted:
                if self._connection is not None:
                    self._connection.interrupt()
            self._thread.join(_INTERRUPTED_EVERY_S)

    def _serve(self) -> None:
        while (read := self._next()) is not None:
            try:
                read.step(self._connection or self._connect())
            except Exception as error:  # noqa: BLE001  raised again where the result is read
                if isinstance(error, DatabaseCorrupt):
                    self._database.damaged = error.what
                read.fail(error)
        with self._wanted:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _next(self) -> LongRead[Any] | None:
        """Return the read whose turn it is, once there is one; None: the reader is closed."""
        with self._wanted:
            while not self._is_closed:
                while self._reads and (self._reads[-1].is_done or self._reads[-1].is_cancelled):
                    self._reads.pop()
                if self._reads:
                    self._current = self._reads[-1]
                    return self._current
                self._wanted.wait()
        return None

    def _connect(self) -> Database:
        """Open the connection. Raises StoreError."""
        connection = self._database.for_reading()
        define_functions(connection)
        define_searched(connection)
        with self._wanted:
            self._connection = connection
        return connection
