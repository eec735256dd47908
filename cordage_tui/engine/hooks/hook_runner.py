"""Hooks: programs of the user, run when a run has ended and when something else has happened."""

import asyncio
import json
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import Final

from cordage_tui.domain.base.clock import is_ahead
from cordage_tui.domain.base.environment import child_environment
from cordage_tui.domain.base.program_arguments import fill_arguments, message
from cordage_tui.domain.formatting import time_phrase
from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.run_json import detail_object
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.events import HookFailed
from cordage_tui.engine.hooks.hook_events import HookEvents
from cordage_tui.engine.nonblocking_waits import WakeEvent, start_in_daemon_thread
from cordage_tui.engine.processes.user_program import run_users_program
from cordage_tui.store.errors import StoreError

# Each event runs its program once, whichever process notices it first.

STALE_S: Final = 600.0
"""Age from which a finished run is skipped: the hook is new, or none of our programs was running."""
OUTCOME_S: Final = 10.0
"""How long to wait for the outputs of a run, or for its error, if the list did not have them."""
AT_ONCE: Final = 4
LOOK_S: Final = 0.1
"""Interval of checks for the outcome while a process waits for the last hook."""
SCHEMA: Final = 1


class HookRunner:
    """Runner of the hooks that the settings name."""

    def __init__(
        self, context: EngineContext, refused: Callable[[], SafeText | None], is_live: Callable[[], bool]
    ) -> None:
        """`refused` and `is_live` as `HookEvents` takes them."""
        self.wake = WakeEvent()
        """Set when something may have happened."""
        self._context = context
        self._hooks = context.settings.hooks
        self._refused = refused
        self._is_live = is_live
        self._running: set[asyncio.Future[SafeText | None]] = set()

    @cached_property
    def _others(self) -> HookEvents:
        return HookEvents(self._context, self._refused, self._is_live)

    async def run(self) -> None:
        """Run hooks until cancelled. Hooks under way then continue on their own."""
        if not self._hooks:
            return
        with suppress(StoreError):
            self._pass_over_stale()
        while True:
            wait: float | None = 1.0
            with suppress(StoreError):  # a disk that is gone for a moment: retried
                wait = self._start_due()
            await self.wake.sleep(wait)

    async def wait_settled(self) -> None:
        """Wait until every due hook has run and ended; for a process that ends with its runs. Hooks that the database
        keeps back are left to the next process."""
        if not self._hooks:
            return
        with suppress(StoreError):
            self._pass_over_stale()
            while (wait := self._start_due()) is not None or self._running:
                if self._running:
                    await asyncio.wait(self._running, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
                else:
                    await asyncio.sleep(min(wait or LOOK_S, LOOK_S))

    def _pass_over_stale(self) -> None:
        if "on_finish" in self._hooks:
            self._context.store.finished_runs.pass_over(self._context.profile, self._context.clock.wall() - STALE_S)

    def _start_due(self) -> float | None:
        """Start due hooks; returns the seconds until more may be due, None: not before something changes."""
        wait = self._start_finished() if "on_finish" in self._hooks else None
        if self._hooks.keys() - {"on_finish"}:
            for name, told in self._others.due():
                self._start(name, told)
        return wait

    def _start_finished(self) -> float | None:
        """Start the hook of finished runs; returns as `_start_due` does."""
        waits = []
        for row in self._context.store.finished_runs.due(self._context.profile):
            if len(self._running) >= AT_ONCE:
                return None
            detail = self._context.store.query.detail(row)
            left = 0.0 if detail is None else self._left_s(detail)
            if left > 0:
                waits.append(left)
            elif self._context.store.finished_runs.claim(row) and detail is not None:
                self._start("on_finish", self._finished(detail))
        return min(waits, default=None)

    def _left_s(self, detail: RunDetail) -> float:
        """Seconds for which the outcome of a run is still awaited."""
        if not self._context.store.run_lookup.untold([detail.row.id]):
            return 0.0
        seen_at, now = detail.seen_at or 0.0, self._context.clock.wall()
        return 0.0 if is_ahead(seen_at, now) else seen_at + OUTCOME_S - now

    def _finished(self, detail: RunDetail) -> dict[str, object]:
        row, now = detail.row, self._context.clock.wall()
        name, time = self._context.open_profile.label(row.webhook_key), time_phrase(row, now)
        prompt = f' "{one_line(row.prompt, 120)}"' if row.prompt else ""
        took = f" {time}" if time else ""
        why = f": {detail.error}" if detail.error else ""
        return {
            "schema": SCHEMA,
            "kind": "run",
            "profile": self._context.profile,
            "text": message(f"{name}{prompt} {row.status_name}{took}{why}"),
            "run": detail_object(detail, name, now),
        }

    def _start(self, name: str, told: dict[str, object]) -> None:
        hook, environ = self._hooks[name], child_environment(os.environ, self._context.settings.secret_env_vars)
        hide_key = self._context.client.hide_key
        text, given = hide_key(str(told["text"])), hide_key(json.dumps(told))
        argv = fill_arguments(hook.argv, {"text": text, "text_json": json.dumps({"text": text})})
        done = start_in_daemon_thread(lambda: run_users_program(name, argv, given, environ, hook.limit_s)[1], name)
        self._running.add(done)
        done.add_done_callback(self._on_ended)

    def _on_ended(self, done: "asyncio.Future[SafeText | None]") -> None:
        self._running.discard(done)
        self.wake.set()
        if not done.cancelled() and (trouble := done.result()) is not None:
            self._context.events.publish(HookFailed(trouble))
