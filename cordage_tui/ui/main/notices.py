"""Notices between panels and footer: frozen list, bulk kill, refused key, paused queue, and the summary after absence."""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Final

from textual.content import Content

from cordage_tui.domain.formatting import format_age, format_duration_long, format_remaining
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import QueueSettings
from cordage_tui.domain.run import RunRow, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.history.away_summary import AwaySummary, LastSeen
from cordage_tui.engine.kill.bulk_kill import BulkProgress
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.keys.footer import key_from_here, main_key
from cordage_tui.ui.main.context import MainContext
from cordage_tui.ui.queue.summary import PauseAnnouncer, held_words
from cordage_tui.ui.widgets.line_view import DiffStatic
from cordage_tui.ui.widgets.status_signs import RUN_COLOURS
from cordage_tui.ui.widgets.text import literal


class NoticeLines:
    """Notices between the panels and the footer."""

    def __init__(self, main: MainContext) -> None:
        self._main = main
        self._screen = main.screen
        self._pauses = PauseAnnouncer()
        self._is_killing = False
        self._is_refused = False

    def show_times(self) -> None:
        """Update the notices that change with the time."""
        self._show_frozen()
        self._show_kills()

    def show_state(self) -> None:
        """Update all notices, and the keys that depend on them, for the present state of the engine."""
        self.show_times()
        self._announce_pause()
        is_refused = self._main.engine.leadership.refused is not None
        if self._is_refused != is_refused:
            self._is_refused = is_refused
            self._screen.refresh_bindings()
        self.show_refused()

    def show_refused(self) -> None:
        """Show a line while the server refuses the key or prompts wait for approval. A dialog could interrupt typing."""
        engine, read = self._main.engine, self._main.reads.last_good
        refused = engine.leadership.refused
        waits = read(self._main.store.queue.unapproved, 0, engine.profile.stored_as)
        held = read(engine.queue.counts, {}).get(OutboxState.HELD, 0) - waits if refused is not None else 0
        self._line("refused").show(held_words(held, waits, partial(key_from_here, self._screen), refused))

    def _show_frozen(self) -> None:
        """Show for how long the list is frozen, how much has changed since, and the key that unfreezes it."""
        if (frozen := self._main.selection.frozen) is not None:
            duration = literal(SafeText(f" {frozen.words(self._main.clock.wall())} · "), "$run-wait")
            key = literal(main_key(self._screen, "runs.freeze"), "$accent")
            line = Content.assemble(duration, key, literal(SafeText(" shows the list as it is"), "$quiet"))
            self._line("frozen").show(line)

    def _show_kills(self) -> None:
        """Show the progress of a bulk kill, and the key that stops it."""
        progress = self._main.engine.bulk_kill.progress
        is_killing = progress is not None and not progress.stopping
        if self._is_killing != is_killing:
            self._is_killing = self._main.sidebar.killing = is_killing
            self._screen.refresh_bindings()
        key = main_key(self._screen, "run.stop_kills") if is_killing else SafeText("")
        self._line("bulk-kill").show(progress_words(progress, key) if progress is not None else None)

    def _announce_pause(self) -> None:
        """Announce a pause of the queue, unless another screen, such as the queue, is on top."""
        away = self._main.part(AwaySummaryController)
        control = self._main.reads.last_good(self._main.engine.queue.control, QueueSettings())
        away.update_pause(control.paused)
        reason = self._pauses.news(control)
        if reason is not None and self._screen.is_current and not away.takes_pause(reason):
            self._screen.toast(reason)

    def _line(self, name: str) -> DiffStatic:
        return self._screen.query_one(f"#{name}", DiffStatic)


def progress_words(progress: BulkProgress, stop: SafeText) -> Content:
    """Format `killing 12/200 · ~6m left · X stops`. `stop`: the key that stops the kills; empty: no key does."""
    if progress.stopping:
        parts = [f"stopping the kills after {progress.done:,} of {progress.total:,}"]
    else:
        parts = [f"killing {progress.done:,}/{progress.total:,}", f"{format_remaining(progress.left_s)} left"]
    pieces = [literal(one_line(" · ".join(parts)), "$run-wait")]
    if stop:
        pieces += [
            literal(SafeText(" · "), "$quiet"),
            literal(stop, "$accent"),
            literal(SafeText(" stops"), "$quiet"),
        ]
    return Content.assemble(*pieces)


# Summary of the runs that ended while the user was away, and a key that shows exactly those runs.

_DAY_S: Final = 86_400.0


class AwaySummaryController:
    """Away summary of the main screen. It is shown when all webhooks have been read: only then is it complete."""

    def __init__(self, main: MainContext) -> None:
        self._screen = main.screen
        self._presenter = main.presenter
        self._filter_bar = main.filter_bar
        self._line = main.screen.query_one("#away", DiffStatic)
        self._engine = main.engine
        self.last_seen = LastSeen(main.engine.profile.stored_as, main.store, main.clock)
        self._due = self.last_seen.was_away
        self._paused: SafeText | None = None
        self._away: AwaySummary | None = None

    @property
    def has_runs(self) -> bool:
        """True if there are runs to show."""
        return self._away is not None and bool(self._away.ended)

    def show_if_due(self) -> None:
        """Show the summary once, when each webhook has been read."""
        healths = (self._engine.health.of(webhook.key).health for webhook in self._engine.profile.webhooks)
        if not self._due or any(health in (HealthStatus.LOADING, HealthStatus.WAITING) for health in healths):
            return
        self._due = False
        with suppress(StoreError):  # a disk that cannot be read is reported elsewhere
            self._away = None if self._is_elsewhere else self.last_seen.summary()
        if self._away is not None or self._paused is not None:
            self._show_line()
        self._screen.refresh_bindings()

    def takes_pause(self, why: SafeText) -> bool:
        """Return True if the summary is still due. Then it will name the queue's pause."""
        if self._due:
            self._paused = why
        return self._due

    def update_pause(self, why: SafeText | None) -> None:
        """Remove a pause from the summary if it is over or has another reason. `why` the queue is paused now; None: it is not."""
        if self._paused is None or self._paused == why:
            return
        self._paused = None
        if self._line.has_class("-on"):
            self._show_line()

    def without_summarized(self, finished: Iterable[RunRow]) -> list[RunRow]:
        """Return the finished runs that the summary does not count."""
        came_at = self.last_seen.came_at if self.last_seen.was_away else None
        return [row for row in finished if came_at is None or row.ended_at is None or row.ended_at > came_at]

    def show_runs(self) -> None:
        """Show exactly the runs that ended while the user was away."""
        if self._away is None:
            return
        self._line.show(None)
        self._filter_bar.clear()
        self._presenter.show_ended_since(self._away.since, self._away.told_at)

    def hide(self) -> bool:
        """Go back to all runs, or hide the line. Return False if there is nothing to go back from or to hide."""
        if self._presenter.selection.query.ended_after is not None:
            self._presenter.show_ended_since(None)
        elif self._line.has_class("-on"):
            self._line.show(None)
        else:
            return False
        return True

    @property
    def _is_elsewhere(self) -> bool:
        """True if another window is open: the user has seen everything there."""
        return self._engine.is_follower() and self._engine.worker_lock.seen is None

    def _show_line(self) -> None:
        lines = [away_words(self._away, partial(main_key, self._screen))] if self._away is not None else []
        lines += [literal(one_line(self._paused, 300), "$run-wait")] if self._paused is not None else []
        self._line.show(Content("\n").join(lines) if lines else None)


def away_words(away: AwaySummary, key: Callable[[str], SafeText]) -> Content:
    """Format `while you were away (1h 12m): 31 completed, 2 failed, queue drained at 14:02 · m shows them`."""
    parts = [
        literal(one_line(f"{count:,} {status.word}"), f"${RUN_COLOURS[status]}")
        for status, count in _by_count(away.ended)
    ]
    if away.drained_at is not None:
        parts.append(literal(one_line(f"queue drained at {_when(away.drained_at, away.until)}")))
    away_s = away.until - away.since
    duration = format_duration_long(away_s) if away_s >= 3600 else format_age(away_s)
    pieces = [literal(SafeText(f"while you were away ({duration}): "), "$quiet"), Content(", ").join(parts)]
    if away.ended and (show_key := key("runs.meanwhile")):
        pieces += [
            literal(SafeText(" · "), "$quiet"),
            literal(show_key, "$accent"),
            literal(SafeText(" shows them"), "$quiet"),
        ]
    return Content.assemble(*pieces)


def _by_count(ended: Mapping[Status, int]) -> list[tuple[Status, int]]:
    return sorted(ended.items(), key=lambda item: -item[1])


def _when(epoch: float, now: float) -> str:
    """Format a time of the last day as hour and minute, an older one with its date."""
    return time.strftime("%H:%M" if now - epoch < _DAY_S else "%d %b %H:%M", time.localtime(epoch))
