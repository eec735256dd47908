"""`on_finish` programs."""

import asyncio
import json
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from cordage_tui.config.settings import Hook
from cordage_tui.domain.child_environment import ChildEnvironment, child_environment
from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.run_json import detail_object
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.concurrency import WakeEvent
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.events import Event, HookFailed
from cordage_tui.store.errors import StoreError

# Runs a hook: the run as JSON on its stdin, within its time.

_SAID: Final = 4_096
"""Bytes of its stderr that are looked at."""


def run_hook(hook: Hook, given: str, environ: ChildEnvironment) -> SafeText | None:
    """Blocks until the hook has ended, or is ended at its limit with all it started; returns what went wrong with it.

    stdin and stderr are files, not pipes: it can neither be held up by us nor, when we end before it does, be killed by
    what it prints.
    """
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stderr:
        stdin.write(given.encode())
        stdin.seek(0)
        try:
            process = subprocess.Popen(
                hook.argv, stdin=stdin, stdout=subprocess.DEVNULL, stderr=stderr, env=environ, start_new_session=True
            )
        except OSError as error:
            return one_line(f"on_finish: {hook.argv[0]} cannot be started: {error.strerror or error}.")
        try:
            code = process.wait(hook.limit_s)
        except subprocess.TimeoutExpired:
            _end(process)
            return one_line(f"on_finish: {hook.argv[0]} was ended after {hook.limit_s:g} s.")
        if code == 0:
            return None
        stderr.seek(0)
        said = stderr.read(_SAID).decode(errors="replace").strip().split("\n")[-1]
        return one_line(f"on_finish: {hook.argv[0]} failed ({code}){f': {said}' if said else '.'}", 300)


def _end(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


# `on_finish`: runs the user's program once for each run that has ended, whichever process notices first.

STALE_S: Final = 600.0
"""An ending that nobody took for so long is not told any more: the hook is new, or nothing of ours was running."""
OUTCOME_S: Final = 10.0
"""How long the outputs of a run, or why it failed, are waited for where the list did not tell them."""
AT_ONCE: Final = 4
LOOK_S: Final = 0.1
"""How often, where somebody waits for the last hook, it is looked whether the outcome has come."""
SCHEMA: Final = 1


class HookRunner:
    """Does nothing where the settings name no hook."""

    def __init__(self, session: EngineContext, label: Callable[[str], str], tell: Callable[[Event], None]) -> None:
        """`label` gives the name to show for a webhook's key."""
        self._session = session
        self._label = label
        self._tell = tell
        self._wake = WakeEvent()
        self._running: set[asyncio.Future[SafeText | None]] = set()

    def check_finished(self) -> None:
        """Something may have ended."""
        self._wake.now()

    async def run(self) -> None:
        """Until cancelled. Hooks that run then go on by themselves, and end within their time or not."""
        if (hook := self._session.hook) is None:
            return
        with suppress(StoreError):
            self._pass_over_stale()
        while True:
            wait: float | None = 1.0
            with suppress(StoreError):  # a disk that is gone for a moment: the next look will tell
                wait = self._begin_due(hook)
            await self._wake.sleep(wait)

    async def settled(self) -> None:
        """Until every hook that is due has run and ended; for a process that ends with its runs. What a database that cannot
        be read or written keeps back is left to the next process."""
        if (hook := self._session.hook) is None:
            return
        with suppress(StoreError):
            self._pass_over_stale()
            while (wait := self._begin_due(hook)) is not None or self._running:
                if self._running:
                    await asyncio.wait(self._running, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
                else:
                    await asyncio.sleep(min(wait or LOOK_S, LOOK_S))

    def _pass_over_stale(self) -> None:
        self._session.store.endings.pass_over(self._session.profile, self._session.clock.wall() - STALE_S)

    def _begin_due(self, hook: Hook) -> float | None:
        """Starts what may run now; returns the seconds until there may be more, None: not before something happens."""
        waits = []
        for row in self._session.store.endings.due(self._session.profile):
            if len(self._running) >= AT_ONCE:
                return None
            detail = self._session.store.query.detail(row)
            left = 0.0 if detail is None else self._left_s(detail)
            if left > 0:
                waits.append(left)
            elif self._session.store.endings.claim(row) and detail is not None:
                self._begin(hook, detail)
        return min(waits, default=None)

    def _left_s(self, detail: RunDetail) -> float:
        """How long its outcome is still waited for."""
        if not self._session.store.picked.untold([detail.row.id]):
            return 0.0
        return (detail.seen_at or 0.0) + OUTCOME_S - self._session.clock.wall()

    def _begin(self, hook: Hook, detail: RunDetail) -> None:
        name, now = self._label(detail.row.webhook_key), self._session.clock.wall()
        told = {
            "schema": SCHEMA,
            "kind": "run",
            "profile": self._session.profile,
            "run": detail_object(detail, name, now),
        }
        loop = asyncio.get_running_loop()
        done: asyncio.Future[SafeText | None] = loop.create_future()
        self._running.add(done)
        done.add_done_callback(self._ended)

        def work() -> None:
            trouble = run_hook(hook, json.dumps(told), child_environment(os.environ, hook.withheld))
            with suppress(RuntimeError):  # the loop has closed: we have ended before the hook
                loop.call_soon_threadsafe(_settle, done, trouble)

        threading.Thread(target=work, name="on_finish", daemon=True).start()

    def _ended(self, done: "asyncio.Future[SafeText | None]") -> None:
        self._running.discard(done)
        self._wake.now()
        if not done.cancelled() and (trouble := done.result()) is not None:
            self._tell(HookFailed(trouble))


def _settle(done: "asyncio.Future[SafeText | None]", trouble: SafeText | None) -> None:
    if not done.done():
        done.set_result(trouble)
