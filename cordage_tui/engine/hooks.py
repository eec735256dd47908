"""Hooks: `on_finish` programs of the user, run when a run has ended."""

import asyncio
import json
import os
import signal
import subprocess
import tempfile
from contextlib import suppress
from typing import Final

from cordage_tui.config.settings import Hook
from cordage_tui.domain.environment import ChildEnvironment, child_environment
from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.concurrency import WakeEvent, start_in_daemon_thread
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.events import HookFailed
from cordage_tui.store.errors import StoreError

# Runs a hook: the run as JSON on its stdin, within its time.

_SAID: Final = 4_096
"""Bytes of its stderr that are read."""


def run_hook(hook: Hook, given: str, environ: ChildEnvironment) -> SafeText | None:
    """Run the hook until it ends or its time limit kills it with its children; returns what went wrong.

    stdin and stderr are files, not pipes: we cannot block the hook, and if we end first, printing does not kill it.
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
"""Age from which a finished run is skipped: the hook is new, or none of our programs was running."""
OUTCOME_S: Final = 10.0
"""How long to wait for the outputs of a run, or for its error, where the list did not have them."""
AT_ONCE: Final = 4
LOOK_S: Final = 0.1
"""Interval of checks for the outcome while a process waits for the last hook."""
SCHEMA: Final = 1


class HookRunner:
    """Runner of the `on_finish` hook; does nothing if the settings name none."""

    def __init__(self, context: EngineContext) -> None:
        self.wake = WakeEvent()
        """Set when a run may have ended."""
        self._context = context
        self._running: set[asyncio.Future[SafeText | None]] = set()

    async def run(self) -> None:
        """Run hooks until cancelled. Hooks under way then continue on their own."""
        if (hook := self._context.settings.hook) is None:
            return
        with suppress(StoreError):
            self._pass_over_stale()
        while True:
            wait: float | None = 1.0
            with suppress(StoreError):  # a disk that is gone for a moment: retried
                wait = self._start_due(hook)
            await self.wake.sleep(wait)

    async def wait_settled(self) -> None:
        """Wait until every due hook has run and ended; for a process that ends with its runs. Hooks that the database
        keeps back are left to the next process."""
        if (hook := self._context.settings.hook) is None:
            return
        with suppress(StoreError):
            self._pass_over_stale()
            while (wait := self._start_due(hook)) is not None or self._running:
                if self._running:
                    await asyncio.wait(self._running, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
                else:
                    await asyncio.sleep(min(wait or LOOK_S, LOOK_S))

    def _pass_over_stale(self) -> None:
        self._context.store.finished_runs.pass_over(self._context.profile, self._context.clock.wall() - STALE_S)

    def _start_due(self, hook: Hook) -> float | None:
        """Start due hooks; returns the seconds until more may be due, None: not before something changes."""
        waits = []
        for row in self._context.store.finished_runs.due(self._context.profile):
            if len(self._running) >= AT_ONCE:
                return None
            detail = self._context.store.query.detail(row)
            left = 0.0 if detail is None else self._left_s(detail)
            if left > 0:
                waits.append(left)
            elif self._context.store.finished_runs.claim(row) and detail is not None:
                self._start(hook, detail)
        return min(waits, default=None)

    def _left_s(self, detail: RunDetail) -> float:
        """Seconds for which the outcome of a run is still awaited."""
        if not self._context.store.run_lookup.untold([detail.row.id]):
            return 0.0
        return (detail.seen_at or 0.0) + OUTCOME_S - self._context.clock.wall()

    def _start(self, hook: Hook, detail: RunDetail) -> None:
        from cordage_tui.domain.run_json import detail_object

        name, now = self._context.open_profile.label(detail.row.webhook_key), self._context.clock.wall()
        told = {
            "schema": SCHEMA,
            "kind": "run",
            "profile": self._context.profile,
            "run": detail_object(detail, name, now),
        }
        environ = child_environment(os.environ, hook.withheld)
        done = start_in_daemon_thread(lambda: run_hook(hook, json.dumps(told), environ), "on_finish")
        self._running.add(done)
        done.add_done_callback(self._on_ended)

    def _on_ended(self, done: "asyncio.Future[SafeText | None]") -> None:
        self._running.discard(done)
        self.wake.set()
        if not done.cancelled() and (trouble := done.result()) is not None:
            self._context.events.publish(HookFailed(trouble))
