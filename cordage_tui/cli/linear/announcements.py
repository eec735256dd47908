"""Announcements of linear mode: each change of runs, queue and connection as a sentence, and now and then the progress."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from cordage_tui.cli.base.advice import with_command
from cordage_tui.cli.base.console import PROGRESS_EVERY_S
from cordage_tui.cli.base.errors import for_lines
from cordage_tui.cli.base.wait import silent_runs
from cordage_tui.cli.linear.sentences import (
    batch_sentence,
    change_sentence,
    run_name,
    saved_sentence,
    spoken_duration,
    status_words,
)
from cordage_tui.cli.linear.speech import Speech
from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.download import DownloadState
from cordage_tui.domain.formatting import counted, round_remaining
from cordage_tui.domain.key_refusal import is_unpaid, refusal_remedy
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import BlockedBy
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.events import BatchEnded, DownloadsChanged, Event, HookFailed, RunFinished, RunsChanged
from cordage_tui.store.errors import StoreError

_NOTABLE: Final = frozenset({Status.UNCERTAIN, Status.HELD, Status.REJECTED, Status.UNMATCHED})
"""Statuses without a run that the user should know of."""
_BAD_ENDS: Final = frozenset({Status.FAILED, Status.REJECTED, Status.MISSING})
"""Ends that are announced of each run of a batch; of the others, only their number at its end."""
_WELL: Final = frozenset({HealthStatus.LOADING, HealthStatus.LIVE, HealthStatus.LIMITED, HealthStatus.WAITING})
_FAILURES: Final = 3
"""Failures of a batch that are said one by one."""
_NAMED: Final = 5
"""Largest number of active runs whose numbers are named on request."""
_FIRST: Final = 1_000
"""Prompts of the queue that are known from the start."""
_RESULT_S: Final = 5.0
"""Longest delay of the end of a run until its outputs or its error have been read."""


class Announcer:
    """Announcements of one engine. Methods are called on its event loop."""

    def __init__(self, engine: Engine, speech: Speech, clock: Clock) -> None:
        self._engine = engine
        self._speech = speech
        self._clock = clock
        self._known: dict[RowId, Status] = {}
        self._troubles: Mapping[str, tuple[HealthStatus, SafeText]] = {}
        self._silent: set[RowId] = set()
        self._blocked: SafeText | None = None
        self._saved: set[int] = set()
        self._bad_ends: Counter[RowId] = Counter()
        """How many runs of a batch were announced to have failed."""
        self._ends: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Learn the present state, so that only changes are announced."""
        store, profile = self._engine.store, self._engine.profile.stored_as
        self._known = {row.id: row.status for row in store.query.active(profile)}
        self._known |= {item.row: Status(item.state.value) for item in store.queue.waiting(profile, 0, _FIRST)}
        self.know_downloads()
        drain = self._engine.forecast.drain()
        self._blocked = drain.blocked if drain.blocked_by is BlockedBy.PAUSE else None  # the greeting says it

    def know_downloads(self) -> None:
        """Learn the downloads saved so far, which need no announcement."""
        self._saved |= {download.id for download in self._engine.downloads.open()}

    def on_event(self, event: Event) -> None:
        """Announce an event."""
        with suppress(StoreError):  # announced at the next change
            match event:
                case RunFinished():
                    self._announce_end(event)
                case BatchEnded():
                    self._speech.announce(batch_sentence(event.line, event.progress))
                case RunsChanged():
                    self._announce_rows(event.rows)
                case DownloadsChanged():
                    self._announce_downloads()
                case HookFailed():
                    self._speech.announce(event.words)
                case _:
                    pass
            self._announce_state()

    def _announce_rows(self, rows: Collection[RowId]) -> None:
        """Announce prompts that became runs, or cannot."""
        for row_id in sorted(rows):
            row, before = self._engine.store.rows.get(row_id), self._known.pop(row_id, None)
            if row is None or row.status is Status.BATCH:
                continue
            if not row.status.is_final or row.status is Status.UNMATCHED:
                self._known[row_id] = row.status
            if row.status is before:
                continue
            started = row.status.is_active and row.prompt and (before is None or before.is_ours)
            if started and row.batch is None and row.status is not Status.KILLING:
                self._speech.announce(join_sentences(f"{run_name(row)}, has started"), of=row.id)
            elif row.status in _NOTABLE and row.status is not Status.REJECTED:
                self._announce_row(row)

    def _announce_end(self, event: RunFinished) -> None:
        """Announce an end once its result is known, if that does not take long."""
        row = event.row
        if row.status is Status.CANCELLED and (self._speech.command == "kill" or (event.killed and row.run_id is None)):
            return  # the command says so
        if row.batch is not None and row.status in _BAD_ENDS:
            self._bad_ends[row.batch] += 1
            if self._bad_ends[row.batch] == _FAILURES + 1:
                to_hear = f"runs --where 'batch:{row.batch} status:failed'"
                sentence = (
                    f"More runs of batch {row.batch} fail. They are counted at its end; to hear them, type {to_hear}"
                )
                self._speech.announce(join_sentences(sentence))
            if self._bad_ends[row.batch] > _FAILURES:
                return
        if row.batch is None or row.status in _BAD_ENDS:
            task = asyncio.get_running_loop().create_task(self._announce_result(row))
            self._ends.add(task)
            task.add_done_callback(self._ends.discard)

    async def _announce_result(self, row: RunRow) -> None:
        deadline = self._clock.monotonic() + _RESULT_S
        with suppress(StoreError):
            while self._engine.store.run_lookup.untold([row.id]) and self._clock.monotonic() < deadline:  # noqa: ASYNC110  rows change in many ways
                await asyncio.sleep(0.1)
            self._announce_row(row)

    def _announce_row(self, row: RunRow) -> None:
        detail = self._engine.store.query.detail(row.id)
        if detail is not None:
            about = self._engine.store.batches.varying([row.id]).get(row.id, "") if row.batch is not None else ""
            another = any(status is Status.UNCERTAIN and row_id != row.id for row_id, status in self._known.items())
            sentence = change_sentence(detail, self._clock.wall(), about, another=another)
            self._speech.announce(sentence, urgent=row.status is Status.UNCERTAIN, of=row.id)

    def _announce_downloads(self) -> None:
        saved: dict[tuple[RowId, Path], list[tuple[RowId, int]]] = {}
        for download in self._engine.downloads.open():
            if download.id in self._saved or download.state not in (DownloadState.DONE, DownloadState.FAILED):
                continue
            self._saved.add(download.id)
            if self._speech.command == "download":  # which says so itself
                continue
            if download.path is None:
                name = f"Output {download.number} of run {download.row}"
                self._speech.announce(join_sentences(f"{name} is not saved: {download.error}"))
            else:
                saved.setdefault((download.row, download.path.parent), []).append((download.row, download.number))
        for (_, folder), outputs in saved.items():
            self._speech.announce(saved_sentence(outputs, folder))

    def _announce_state(self) -> None:
        """Announce why runs are not read or prompts not sent, once when it begins and once when it ends."""
        refused = self._engine.leadership.refused
        healths = {webhook.key: self._engine.health.of(webhook.key) for webhook in self._engine.profile.webhooks}
        troubles = {key: (health.health, health.words or one_line(health.health)) for key, health in healths.items()}
        troubles = {key: trouble for key, trouble in troubles.items() if trouble[0] not in _WELL}
        begun = {
            key: words for key, (health, words) in troubles.items() if self._troubles.get(key, ("",))[0] is not health
        }
        for words in dict.fromkeys(begun.values()):
            keys = [key for key, reason in begun.items() if reason == words]
            outdated = (
                ""
                if self._troubles.keys() & keys
                else f"The news of {_its(keys)} runs may be outdated until it is read again"
            )
            self._speech.announce(join_sentences(f"{self._labels(keys)}: {words}", outdated))
        if begun and refused is not None:
            pay = f" {refusal_remedy(refused)}." if is_unpaid(refused) else ""
            self._speech.announce(f"Nothing is read or sent.{pay} Type key to enter another API key.", urgent=True)
        if over := [key for key in self._troubles if key not in troubles and healths.get(key) is not None]:
            self._speech.announce(join_sentences(f"The server answers again for {self._labels(over)}"))
        self._troubles = troubles
        silent = silent_runs(self._engine)
        for row in silent.keys() - self._silent:
            self._speech.announce(join_sentences(_silence(row), silent[row].trouble or ""))
        self._silent = set(silent)
        self._announce_blocked()

    def _labels(self, keys: Sequence[str]) -> str:
        return ", ".join(self._engine.profile.label(key) for key in keys)

    def _announce_blocked(self) -> None:
        """Announce once why the queue is not sent. A prompt that is tried in between and returns changes nothing."""
        drain, is_own_command = self._engine.forecast.drain(), self._speech.command == "queue"
        starting = drain.blocked_by is BlockedBy.SENDER or not self._engine.leadership.polls
        if drain.blocked == self._blocked or (starting and drain.blocked_by is not BlockedBy.PAUSE):
            return
        if drain.blocked is None and self._engine.queue.counts().get(OutboxState.SENDING):
            return
        if drain.blocked is not None and not (is_own_command and drain.blocked_by is BlockedBy.PAUSE):
            reason = for_lines(with_command(drain.blocked))
            wait = f"{counted(drain.queued, 'prompt')} {'waits' if drain.queued == 1 else 'wait'} in the queue"
            consequence = wait if drain.queued else "Nothing is sent"
            more = "Type send over to send them over the limit" if drain.blocked_by is BlockedBy.SPENDING else ""
            self._speech.announce(join_sentences(f"{consequence}: {reason}", more), urgent=bool(more))
        elif drain.blocked is None and drain.queued and not is_own_command:
            self._speech.announce("Sending continues.")
        self._blocked = drain.blocked

    async def report_progress(self) -> None:
        """Report progress at most twice a minute, for as long as anything runs or waits."""
        while True:
            await asyncio.sleep(PROGRESS_EVERY_S)
            with suppress(StoreError):
                active = self._engine.store.query.active(self._engine.profile.stored_as)
                goes_on = any(row.webhook_key not in self._troubles for row in active) or (
                    not active and self._blocked is None
                )
                if goes_on and (words := self.progress()):  # a stopped queue has been announced
                    self._speech.report(words)

    def progress(self) -> SafeText | None:
        """Describe active runs and waiting prompts; None if there are none. Raises StoreError."""
        engine, now = self._engine, self._clock.wall()
        active = engine.store.query.active(engine.profile.stored_as)
        waits = self._waiting_words()
        if keys := sorted({row.webhook_key for row in active} & self._troubles.keys()):
            waits.append(
                f"Not read now, so it may be outdated: {self._labels(keys)}: {self._troubles[keys[0]][1].partition('. ')[0]}"
            )
        silent = [row.id for row in active if row.id in self._silent]
        waits += map(_silence, silent[:_NAMED])
        if len(active) != 1:
            named = (
                f", {', '.join(str(row) for row in sorted(row.id for row in active))}" if len(active) <= _NAMED else ""
            )
            runs = f"{counted(len(active), 'run')} are active{named}" if active else ""
            return join_sentences(runs, *waits) or None
        (row,) = active
        if keys or silent:
            return join_sentences(
                f"{run_name(row)}, {'was running' if row.status is Status.RUNNING else status_words(row, now)} when it was last read",
                *waits,
            )
        ahead = engine.durations.estimate_rows(active).get(row.id)
        left = "" if ahead is None else f", about {spoken_duration(round_remaining(ahead.left_s))} left"
        slow = ", longer than usual" if ahead is not None and ahead.slow else left
        return join_sentences(f"{run_name(row)}, {status_words(row, now)}{slow}", *waits)

    def _waiting_words(self) -> list[str]:
        counts = self._engine.queue.counts()
        queued, sending = counts.get(OutboxState.QUEUED, 0), counts.get(OutboxState.SENDING, 0)
        waiting = [(queued, "queued"), (sending, "being sent"), (counts.get(OutboxState.HELD, 0), "held")]
        sentences = [f"{counted(n, 'prompt')} {'is' if n == 1 else 'are'} {state}" for n, state in waiting if n]
        return [*sentences, self._blocked or ""]

    def is_busy(self) -> bool:
        """Return whether something runs, will be sent, or has ended and is not announced yet. Raises StoreError."""
        counts = self._engine.queue.counts()
        sends = counts.get(OutboxState.SENDING) or (counts.get(OutboxState.QUEUED) and self._blocked is None)
        return bool(self._ends or sends or self._engine.store.query.active(self._engine.profile.stored_as))


def _silence(row: RowId) -> str:
    return f"Run {row} is not heard from, so it may have ended"


def _its(keys: Sequence[str]) -> str:
    return "its" if len(keys) == 1 else "their"
