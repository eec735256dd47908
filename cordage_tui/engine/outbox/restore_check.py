"""Startup check: has a prompt queued in an earlier session been sent since (docs/dev/faults.md 159)?

A database restored from a backup still has as `queued` the prompts that were sent after the backup. Two things reveal
that. One is a high-water mark outside the database, which a restored data folder does not change. The other is the
run list, which has runs from after the last write that the database does not know.
"""

import asyncio
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from cordage_tui.api.errors import CordageError, NotFound
from cordage_tui.api.request import Timeouts
from cordage_tui.config.paths import Paths
from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.base.file_system import make_private_dir
from cordage_tui.domain.submission import UncertainSubmission
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import Trouble
from cordage_tui.engine.nonblocking_waits import WakeEvent
from cordage_tui.engine.outbox.stamp_offset import NO_OFFSET, learned_offset
from cordage_tui.engine.polling.circuit_breaker import is_answer
from cordage_tui.engine.polling.poller import Poller
from cordage_tui.engine.processes.process_locks import digest
from cordage_tui.store.errors import StoreError

_STRANGERS: Final = (
    "The run list shows {runs} from after {at}, when this machine last knew of all. Somebody else may have started them; or the"
    " database was restored from a backup, and queued prompts were sent since. Nothing is sent until you resume."
)
_UNREADABLE: Final = (
    "The run list cannot be read ({what}), so cordage-tui cannot check whether earlier prompts have been sent since. Nothing is"
    " sent until you resume."
)

MARGIN_S: Final = 2.0
"""The server names whole seconds, and its clock may be a little late."""
AGAIN_S: Final = 10.0
"""Seconds until the list is requested again if no answer came."""


class HighWaterMark:
    """Number of prompts sent from this machine, in a file of the state folder, which restoring the data folder does not
    change. A file that cannot be read or written counts as 0: then the database is believed."""

    def __init__(self, path: Path | None) -> None:
        """Use the file at `path`; None: keep nothing."""
        self._path = path

    def read(self) -> int:
        """Read the generation of the last intent, as in `domain.submission.ClaimedSubmission`."""
        if self._path is not None:
            with suppress(OSError, ValueError):
                return int(self._path.read_text("ascii"))
        return 0

    def write(self, generation: int) -> None:
        """Keep it. Not synced: after a power cut it may be lower than the truth, which does no harm."""
        if self._path is None:
            return
        with suppress(OSError):
            make_private_dir(self._path.parent)
            fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                os.pwrite(fd, f"{generation:<20}\n".encode(), 0)
            finally:
                os.close(fd)


def sent_mark(profile: Profile, paths: Paths | None) -> HighWaterMark:
    """High-water mark of that profile's queue with its server."""
    return HighWaterMark(None if paths is None else paths.sent(digest(profile.server, profile.name)))


class RestoreCheck:
    """Hold back submissions to a webhook until its list was read once; if that leaves doubt, pause the queue with a
    reason."""

    def __init__(self, context: EngineContext, poller: Poller, done: WakeEvent) -> None:
        """`done` is set when a webhook may be sent to."""
        self._context = context
        self._store = context.store
        self._poller = poller
        self._done = done
        self._since: dict[str, float] = {}

    @property
    def unread(self) -> set[str]:
        """Webhooks that nothing may be sent to yet."""
        return set(self._since)

    def record_start(self) -> None:
        """Start the check of everything queued now, which was queued earlier. Raises StoreError."""
        profile = self._context.profile
        closed_at = self._store.queue_control.closed_at(profile)
        for webhook, queued_at in self._store.queue.newest(profile).items():
            self._since[webhook] = max(queued_at, closed_at or queued_at)
        for webhook in self.unread:
            self._context.calls.spawn(self._check(webhook))

    async def _check(self, webhook_key: str) -> None:
        while True:
            trouble = await self._poller.refresh(webhook_key)
            with suppress(StoreError):  # nothing can be sent either
                self._evaluate(webhook_key, trouble)
            if webhook_key not in self._since:
                return
            await asyncio.sleep(AGAIN_S)

    def _evaluate(self, webhook_key: str, trouble: Trouble | None) -> None:
        since = self._since[webhook_key]
        if trouble is None:
            if runs := self._foreign_runs(webhook_key, since):
                at = time.strftime("%d %b %H:%M:%S", time.localtime(since))
                self._pause(_STRANGERS.format(runs="a run" if runs == 1 else f"{runs} runs", at=at))
        elif not isinstance(trouble, CordageError) or not is_answer(trouble):
            return
        elif not isinstance(trouble, NotFound):  # a webhook that is gone takes nothing, and will say so
            self._pause(_UNREADABLE.format(what=trouble.what))
        del self._since[webhook_key]
        self._done.set()

    def _foreign_runs(self, webhook_key: str, since: float) -> int:
        """Count the unknown runs that may be submissions still queued here.

        Runs of our own uncertain prompts do not count: the database knows that these were sent.
        """
        profile, late_s = self._context.profile, self._stamped_late_s(webhook_key)
        runs = self._store.uncertain.unclaimed(profile, webhook_key, since + late_s - MARGIN_S)
        foreign = [
            run for run in runs if run.inputs is None or self._store.queue.holds(profile, webhook_key, run.inputs)
        ]
        if not foreign:
            return 0
        tries = [uncertain for uncertain in self._store.uncertain.all(profile) if uncertain.webhook_key == webhook_key]
        return len(foreign) - explained([run.seen_at - late_s for run in foreign], tries)

    def _stamped_late_s(self, webhook_key: str) -> float:
        """Return the least seconds by which the server stamps a run after its start, by its `Date`; negative:
        earlier."""
        stamps = self._store.uncertain.stamps(self._context.profile)
        by_date = learned_offset(stamps, webhook_key, by_date=True)
        return (by_date or learned_offset(stamps, webhook_key, by_date=False) or NO_OFFSET).least_s

    def _pause(self, sentence: str) -> None:
        control, profile = self._store.queue_control, self._context.profile
        before = control.read(profile).paused
        control.pause(profile, advised(f"{before} {sentence}" if before else sentence, "queue.resume"))


def explained(created: Iterable[float], tries: Iterable[UncertainSubmission]) -> int:
    """Count the runs, by their times of creation, that can belong to uncertain prompts. Epoch seconds by this
    machine's clock.

    There is at most one for each prompt, created while its request was open. A run created later can only be another
    prompt's: until the answer is known, no other prompt goes to its webhook. Each run, in order of creation, takes
    the earliest request that was open, which explains as many runs as possible.
    """
    requests = sorted(
        (
            uncertain.sent_at + min(max(0.0, uncertain.failed_at - uncertain.sent_at), Timeouts().trigger_total_s),
            uncertain.sent_at,
        )
        for uncertain in tries
    )
    count = 0
    for at in sorted(created):
        request = next((span for span in requests if span[1] - MARGIN_S <= at <= span[0] + MARGIN_S), None)
        if request is not None:
            requests.remove(request)
            count += 1
    return count
