"""Toasts, and notifications about finished runs: toast, bell, terminal and window title, at most one every few seconds."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from textual.app import App

from cordage_tui.config.settings import NotificationSettings
from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.batch import BatchProgress
from cordage_tui.domain.formatting import duration, duration_below, time_of
from cordage_tui.domain.run import RunRow, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.events import BatchEnded
from cordage_tui.ui.keys.footer import with_key
from cordage_tui.ui.terminal.raw_sequences import Terminal
from cordage_tui.ui.widgets.status_signs import GLYPHS

SECONDS: Final = 5.0
ERROR_SECONDS: Final = 10.0
"""Seconds that the toast of an error stays."""


def toast(app: App[int], message: SafeText, *, error: bool = False) -> None:
    """Show a message without markup. Errors stay longer. If the app is ending and has no screen, nothing is shown."""
    if not app.screen_stack:
        return
    seconds = ERROR_SECONDS if error else SECONDS
    app.notify(
        with_key(message, app.screen), severity="error" if error else "information", timeout=seconds, markup=False
    )


SPACING_S: Final = 5.0
"""Least seconds between two notifications. Runs that end in between are combined."""
LONG_S: Final = 30.0
"""Duration in seconds from which a run rings the bell even if the user may be looking."""
_BAD: Final = frozenset({Status.FAILED, Status.REJECTED, Status.MISSING})


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """Finished run or batch."""

    webhook: SafeText
    prompt: SafeText
    status: Status
    status_name: SafeText
    took_s: float | None
    """Seconds that it ran; for a batch, from its submission to its end. None: not known."""
    seen: bool
    """Whether the terminal had the focus when it ended."""
    counts: Mapping[SafeText, int] = field(default_factory=dict)
    """Runs of a batch by status; empty: it is one run."""
    is_below: bool = False
    """True if `took_s` is only an upper limit, because its start was not seen."""

    @classmethod
    def of(cls, row: RunRow, webhook: SafeText, *, seen: bool) -> "FinishedRun":
        took, is_below = time_of(row, row.begun_at) if row.ended_at is not None else (None, False)
        return cls(webhook, row.prompt, row.status, row.status_name, took, seen, is_below=is_below)

    @classmethod
    def of_batch(cls, line: RunRow, progress: BatchProgress, webhook: SafeText, *, seen: bool) -> "FinishedRun":
        """Summarize a batch from its submission to its last end. It counts as failed if one of its runs has failed."""
        counts = {status.word: n for status, n in progress.counts.items()}
        has_failed = not _BAD.isdisjoint(progress.counts)
        status = (
            Status.FAILED
            if has_failed
            else Status.COMPLETED
            if Status.COMPLETED in progress.counts
            else Status.CANCELLED
        )
        end = progress.last_end
        took = end - line.created_at if end is not None and end >= line.created_at else None
        return cls(webhook, line.prompt, status, _counted(counts), took, seen, counts)

    @property
    def loud(self) -> bool:
        """True if it needs more than a toast, because nobody was looking or it took long. Cancelled runs do not."""
        is_long = self.took_s is not None and self.took_s > LONG_S
        return self.status is not Status.CANCELLED and (not self.seen or is_long)


@dataclass(frozen=True, slots=True)
class Notification:
    """Notification of one or more finished runs."""

    title: SafeText
    body: SafeText
    bad: bool
    """True if at least one of them failed."""
    loud: bool
    """True if it rings the bell and notifies the terminal, besides the toast."""


def summarize(finished: Sequence[FinishedRun]) -> Notification:
    """Word a notification. One run or batch is named by webhook, outcome, time and prompt; several are counted."""
    has_failed = any(finish.status in _BAD for finish in finished)
    loud = any(finish.loud for finish in finished)
    if len(finished) == 1:
        run = finished[0]
        format_took = duration_below if run.is_below else duration
        took = f" in {format_took(run.took_s)}" if run.took_s is not None else ""
        title = one_line(f"{GLYPHS[run.status]} {run.webhook} {run.status_name}{took}")
        return Notification(title, one_line(run.prompt, 120), has_failed, loud)
    counts: Counter[SafeText] = Counter()
    for finish in finished:
        counts.update(finish.counts or {finish.status_name: 1})
    glyph = GLYPHS[Status.FAILED if has_failed else Status.COMPLETED]
    return Notification(one_line(f"{glyph} {counts.total():,} runs ended"), _counted(counts), has_failed, loud)


def finished_runs(
    runs: Iterable[RunRow], batches: Iterable[BatchEnded], profile: Profile, *, seen: bool
) -> Iterator[FinishedRun]:
    """Yield the finished runs and batches to notify about. `seen`: whether the terminal has the focus.

    Runs of a batch are reported only with their batch. A batch that was killed completely is left out.
    """
    for row in runs:
        if row.batch is None:
            yield FinishedRun.of(row, one_line(profile.label(row.webhook_key)), seen=seen)
    for ended in batches:
        if ended.progress.counts.keys() == {Status.CANCELLED}:
            continue
        name = one_line(profile.label(ended.line.webhook_key))
        yield FinishedRun.of_batch(ended.line, ended.progress, name, seen=seen)


def _counted(counts: Mapping[SafeText, int]) -> SafeText:
    return one_line(", ".join(f"{count:,} {name}" for name, count in counts.items()))


class NotificationThrottle:
    """Throttle of notifications. The first is due immediately; those that follow within `SPACING_S` are combined."""

    def __init__(self) -> None:
        self._held: list[FinishedRun] = []
        self._last: float | None = None

    def add(self, finish: FinishedRun) -> None:
        self._held.append(finish)

    def wait_s(self, now: float) -> float | None:
        """Return the seconds until `next_due` returns a notification; None: there is none."""
        if not self._held:
            return None
        return 0.0 if self._last is None else max(0.0, self._last + SPACING_S - now)

    def next_due(self, now: float) -> Notification | None:
        """Return the notification that is due at `now` (monotonic seconds); None: none is due."""
        if self.wait_s(now) != 0.0:
            return None
        held, self._held, self._last = self._held, [], now
        return summarize(held)


class Notifier:
    """Notifier about finished runs by toast, bell and terminal. The window title has the number of active runs."""

    def __init__(
        self,
        settings: NotificationSettings,
        terminal: Terminal,
        toast: Callable[[Notification], None],
        later: Callable[[float, Callable[[], None]], object],
        clock: Clock,
    ) -> None:
        """`toast` shows a notification in the app. `later(seconds, callback)` schedules a call, like Textual's `set_timer`."""
        self._settings = settings
        self._terminal = terminal
        self._toast = toast
        self._later = later
        self._clock = clock
        self._throttle = NotificationThrottle()
        self._waiting = False

    def finished(self, finish: FinishedRun) -> None:
        """Notify now, or together with other runs when the last notification is `SPACING_S` old."""
        self._throttle.add(finish)
        if not self._waiting:
            self._schedule()

    def active(self, count: int) -> None:
        """Set the window title: `● 3 · cordage` while `count` runs are active."""
        if self._settings.title:
            self._terminal.set_title(SafeText(f"{GLYPHS[Status.RUNNING]} {count} · cordage" if count else "cordage"))

    def close(self) -> None:
        """Restore the window title."""
        self._terminal.restore_title()

    def _schedule(self) -> None:
        wait = self._throttle.wait_s(self._clock.monotonic())
        self._waiting = bool(wait)
        if wait == 0.0:
            self._notify()
        elif wait is not None:
            self._later(wait, self._schedule)

    def _notify(self) -> None:
        notice = self._throttle.next_due(self._clock.monotonic())
        if notice is None:
            return
        if self._settings.toast:
            self._toast(notice)
        if notice.loud and self._settings.bell:
            self._terminal.bell()
        if notice.loud and self._settings.terminal:
            self._terminal.notify(notice.title, notice.body)
