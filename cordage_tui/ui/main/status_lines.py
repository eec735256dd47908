"""Status lines of the main screen: filter, notices, bulk progress, away summary."""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from cordage_tui.domain.formatting import format_age, format_duration_long, format_remaining
from cordage_tui.domain.run import RunRow, Status
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.bulk_kill import BulkProgress
from cordage_tui.engine.completions import AwaySummary, LastSeen
from cordage_tui.engine.engine import Engine
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.keys.footer import main_key
from cordage_tui.ui.widgets.repaint import DiffStatic
from cordage_tui.ui.widgets.text import RUN_COLOURS, SteadyInput, literal

if TYPE_CHECKING:
    from cordage_tui.ui.main.screen import MainScreen


# The one-line filter under the run table: narrows as you type.


class FilterBar(Horizontal):
    """Hidden until opened; keeps its text while it stays open."""

    BINDING_GROUP_TITLE = "Filter"
    BINDINGS = [
        Binding("escape", "clear", "clear filter", id="filter.clear", tooltip="Clear the filter and show all runs"),
        Binding(
            "enter,down",
            "keep",
            "keep filter",
            id="filter.keep",
            tooltip="Go back to the runs, still filtered",
            priority=True,  # before the field's own enter
        ),
    ]

    class Changed(Message):
        """Another text to look for; empty: everything is shown."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """The user is done typing."""

    def compose(self) -> ComposeResult:
        yield Static(Content("/ "))
        yield SteadyInput(placeholder="prompt, id, status or webhook; is:kept, stars:3", compact=True)

    def open(self) -> None:
        """Shows it and takes the keys."""
        self.add_class("-open")
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    def action_keep(self) -> None:
        if not self.query_one(Input).value:
            self.remove_class("-open")
        self.post_message(self.Closed())

    def action_clear(self) -> None:
        self.query_one(Input).value = ""
        self.remove_class("-open")
        self.post_message(self.Closed())


# The line that tells how far a bulk kill has come, for as long as there is one.


class BulkKillProgress(DiffStatic):
    """One line above the footer; not there while nothing is being killed."""


def progress_words(progress: BulkProgress, stop: SafeText) -> Content:
    """`killing 12/200 · ~6m left · X stops`."""
    if progress.stopping:
        parts = [f"stopping the kills after {progress.done:,} of {progress.total:,}"]
    else:
        parts = [f"killing {progress.done:,}/{progress.total:,}", f"{format_remaining(progress.left_s)} left"]
    said = [literal(one_line(" " + " · ".join(parts)), "$run-wait")]
    if stop:
        said += [literal(one_line(" · ")), literal(stop, "$accent"), literal(one_line(" stops"), "$quiet")]
    return Content.assemble(*said)


# Lines above the footer that are there only while there is something to tell.


class NoticeLine(DiffStatic):
    """Says one thing, and takes no room while it says nothing. It never has the keys."""


class RefusedLine(NoticeLine):
    """That the server refuses the API key."""


# What happened while the user was away: one line at the start, and a key that shows exactly those runs.

_DAY_S: Final = 86_400.0


class AwaySummaryLine(NoticeLine):
    """What happened while the user was away."""


class AwaySummaryController:
    """Of one screen. It is told once the webhooks have been read, because what ran meanwhile is known only then."""

    def __init__(self, screen: "MainScreen", engine: Engine, presence: LastSeen) -> None:
        self._screen = screen
        self._engine = engine
        self._presence = presence
        self._due = presence.was_away
        self._paused: SafeText | None = None
        self._away: AwaySummary | None = None

    @property
    def has_runs(self) -> bool:
        """Whether there are runs to show."""
        return self._away is not None and bool(self._away.ended)

    def active(self) -> None:
        """The user does something."""
        self._presence.active()

    def leave(self) -> None:
        """The screen closes."""
        self._presence.leave()

    def show_if_due(self) -> None:
        """Tells it, if it is time."""
        keys = [webhook.key for webhook in self._engine.profile.webhooks]
        if not self._due or any(
            self._engine.health.of(key).health in (HealthStatus.LOADING, HealthStatus.WAITING) for key in keys
        ):
            return
        self._due = False
        with suppress(StoreError):  # news of a disk that cannot be read are told elsewhere
            self._away = None if self._is_elsewhere else self._presence.summary()
        if self._away is not None or self._paused is not None:
            self._tell()
        self._screen.refresh_bindings()

    def tells_pause(self, why: SafeText) -> bool:
        """Whether the queue's pause is told here, together with the rest: at the start of whoever was away."""
        if self._due:
            self._paused = why
        return self._due

    def pause_is(self, why: SafeText | None) -> None:
        """Why the queue is paused now, None: it is not. A pause that is over, or another one, is told here no longer."""
        if self._paused is None or self._paused == why:
            return
        self._paused = None
        if self._screen.query_one(AwaySummaryLine).has_class("-on"):
            self._tell()

    def news(self, finished: Iterable[RunRow]) -> list[RunRow]:
        """Those of the finished runs that are not told here, all together."""
        came = self._presence.mark_seen if self._presence.was_away else None
        return [row for row in finished if came is None or row.ended_at is None or row.ended_at > came]

    def show_runs(self) -> None:
        """Exactly those that ended meanwhile."""
        if self._away is None:
            return
        self._screen.query_one(AwaySummaryLine).show(None)
        self._screen.query_one(FilterBar).action_clear()
        self._screen.shown.ended_since(self._away.since)

    def hide(self) -> bool:
        """Back to all runs, or without the line; False when neither is shown."""
        line = self._screen.query_one(AwaySummaryLine)
        if self._screen.shown.view.query.ended_after is not None:
            self._screen.shown.ended_since(None)
        elif line.has_class("-on"):
            line.show(None)
        else:
            return False
        return True

    @property
    def _is_elsewhere(self) -> bool:
        """Whether another window is open: its user has seen it all."""
        return self._engine.is_follower() and self._engine.worker_lock.seen is None

    def _tell(self) -> None:
        def key(action: str) -> SafeText:
            return main_key(self._screen, action)

        said = [away_words(self._away, key)] if self._away is not None else []
        said += [literal(one_line(f" {self._paused}", 300), "$run-wait")] if self._paused is not None else []
        self._screen.query_one(AwaySummaryLine).show(Content("\n").join(said) if said else None)


def away_words(away: AwaySummary, key: Callable[[str], SafeText]) -> Content:
    """`while you were away (1h 12m): 31 completed, 2 failed, queue drained at 14:02 · m shows them`."""
    parts = [
        literal(one_line(f"{count:,} {status.value}"), f"${RUN_COLOURS[status]}")
        for status, count in _by_count(away.ended)
    ]
    if away.drained_at is not None:
        parts.append(literal(one_line(f"queue drained at {_when(away.drained_at, away.until)}")))
    gone_s = away.until - away.since
    gone = format_duration_long(gone_s) if gone_s >= 3600 else format_age(gone_s)
    said = [literal(SafeText(f" while you were away ({gone}): "), "$quiet"), Content(", ").join(parts)]
    if away.ended and (shows := key("runs.meanwhile")):
        said += [
            literal(SafeText(" · "), "$quiet"),
            literal(shows, "$accent"),
            literal(SafeText(" shows them"), "$quiet"),
        ]
    return Content.assemble(*said)


def _by_count(ended: Mapping[Status, int]) -> list[tuple[Status, int]]:
    return sorted(ended.items(), key=lambda item: -item[1])


def _when(epoch: float, now: float) -> str:
    """A time of the last day by the clock; an older one with its date."""
    return time.strftime("%H:%M" if now - epoch < _DAY_S else "%d %b %H:%M", time.localtime(epoch))
