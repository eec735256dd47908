"""Status lines of the main screen: filter, notices, bulk progress, away summary."""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from cordage_tui.domain.formatting import format_age, format_duration_long, format_remaining
from cordage_tui.domain.run import RunRow, Status
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.history.finished_runs import AwaySummary, LastSeen
from cordage_tui.engine.kill.bulk_kill import BulkProgress
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.keys.disabled import DisabledReason, ReasonedActions
from cordage_tui.ui.keys.footer import main_key
from cordage_tui.ui.main.presenter import MainPresenter
from cordage_tui.ui.main.selection import RunSelection
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.widgets.line_view import DiffStatic
from cordage_tui.ui.widgets.text import RUN_COLOURS, literal

if TYPE_CHECKING:
    from cordage_tui.ui.main.filter_input import FilterInput

# Filter under the run table.


class FilterBar(ReasonedActions, Vertical):
    """Filter that narrows the runs as you type, and a line about the word under its cursor. Hidden until opened; keeps its
    text while it stays open."""

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
        Binding("ctrl+s", "save", "save", id="filter.save", tooltip="Save this filter as a view in the sidebar"),
        Binding(
            "tab",
            "complete",
            "complete",
            id="filter.complete",
            tooltip="Complete the word as the ghost shows; → at the end does too",
        ),
        Binding(
            "shift+tab",
            "undo",
            "undo",
            False,
            id="filter.undo",
            tooltip="Undo the completion; backspace right after it does too",
        ),
    ]

    selection: RunSelection
    """Rows that it narrows; set before it is opened."""
    last: str = ""
    """Text that it last had when it was kept or cleared."""

    class Changed(Message):
        """Filter text changed; empty: everything is shown."""

        def __init__(self, text: str, *, typed: bool) -> None:
            super().__init__()
            self.text = text
            self.typed = typed
            """More keys may follow: the field has the focus, and is not empty."""

    class Painted(Message):
        """The text of the last `Changed` is on screen."""

    class SaveRequested(Message):
        """Ask for the name under which the filter is saved."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """The user is done typing."""

        def __init__(self, *, kept: bool) -> None:
            super().__init__()
            self.kept = kept
            """The filter stays."""

    def on_mount(self) -> None:
        self.call_after_refresh(self._mount_input)

    def _mount_input(self) -> "FilterInput":
        """Mount and return the input: after the first frame, for it is hidden until it is opened."""
        from cordage_tui.ui.main.filter_input import FilterInput

        if not self.children:
            hint = DiffStatic(classes="hint", relayout=False)
            field = FilterInput(self.selection, hint, lambda: self.post_message(self.Painted()))
            self.mount(Horizontal(Static(Content("/ ")), field), hint)
            return field
        return self.query_one(FilterInput)

    def open(self) -> None:
        """Show the filter and focus it."""
        self.add_class("-open")
        self._mount_input().focus()

    def write(self, text: str) -> None:
        """Filter by `text`, as if it were typed."""
        self._mount_input().value = text

    def show_text(self, text: str) -> None:
        """Show a filter that is in force already, in the field for it to be edited; empty: there is none."""
        field = self._mount_input()
        with field.prevent(Input.Changed):
            field.value = text
        self.set_class(bool(text), "-open")

    def disabled_reason(self, action: str, parameters: tuple[object, ...]) -> DisabledReason | None:
        if action == "save" and not (self.children and self._mount_input().value.strip()):
            return DisabledReason(SafeText("There is no filter to save: type one first."))
        return None

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        typed = bool(event.value) and self.screen.focused is event.input
        self.post_message(self.Changed(event.value, typed=typed))

    def on_descendant_focus(self) -> None:
        self.add_class("-typing")

    def on_descendant_blur(self) -> None:
        self.remove_class("-typing")

    def action_complete(self) -> None:
        self._mount_input().complete()

    def action_save(self) -> None:
        self.post_message(self.SaveRequested(self._mount_input().value))

    def action_undo(self) -> None:
        self._mount_input().undo()

    def _remember(self) -> bool:
        """Store the text as the last one; False: there is none."""
        text = self._mount_input().value
        self.last = text if text.strip() else self.last
        return bool(text)

    def action_keep(self) -> None:
        kept = self._remember()
        self.set_class(kept, "-open")
        self.post_message(self.Closed(kept=kept))

    def action_clear(self) -> None:
        self._remember()
        self._mount_input().value = ""
        self.remove_class("-open")
        self.post_message(self.Closed(kept=False))


def progress_words(progress: BulkProgress, stop: SafeText) -> Content:
    """Format `killing 12/200 · ~6m left · X stops`; `stop`: the key that stops it; empty: none does."""
    if progress.stopping:
        parts = [f"stopping the kills after {progress.done:,} of {progress.total:,}"]
    else:
        parts = [f"killing {progress.done:,}/{progress.total:,}", f"{format_remaining(progress.left_s)} left"]
    said = [literal(one_line(" · ".join(parts)), "$run-wait")]
    if stop:
        said += [
            literal(SafeText(" · "), "$quiet"),
            literal(stop, "$accent"),
            literal(SafeText(" stops"), "$quiet"),
        ]
    return Content.assemble(*said)


# Summary of what happened while the user was away, and a key that shows exactly those runs.

_DAY_S: Final = 86_400.0


class AwaySummaryController:
    """Away summary of the main screen, shown once the webhooks have been read: only then is it known what ran."""

    def __init__(self, screen: EngineScreen[None], presenter: MainPresenter) -> None:
        self._screen = screen
        self._presenter = presenter
        self._line = screen.query_one("#away", DiffStatic)
        self._engine = screen.engine
        self.last_seen = LastSeen(screen.engine.profile.stored_as, screen.store, screen.clock)
        self._due = self.last_seen.was_away
        self._paused: SafeText | None = None
        self._away: AwaySummary | None = None

    @property
    def has_runs(self) -> bool:
        """True if there are runs to show."""
        return self._away is not None and bool(self._away.ended)

    def show_if_due(self) -> None:
        """Show the summary, once, when each webhook has been read."""
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
        """Return True if the summary, which is still due, will name the queue's pause."""
        if self._due:
            self._paused = why
        return self._due

    def update_pause(self, why: SafeText | None) -> None:
        """Remove a pause that is over, or another one, from the summary; `why` the queue is paused now, None: it is not."""
        if self._paused is None or self._paused == why:
            return
        self._paused = None
        if self._line.has_class("-on"):
            self._show_line()

    def without_summarized(self, finished: Iterable[RunRow]) -> list[RunRow]:
        """Return those of the finished runs that the summary does not count."""
        came = self.last_seen.came_at if self.last_seen.was_away else None
        return [row for row in finished if came is None or row.ended_at is None or row.ended_at > came]

    def show_runs(self) -> None:
        """Show exactly the runs that ended while the user was away."""
        if self._away is None:
            return
        self._line.show(None)
        self._screen.query_one(FilterBar).action_clear()
        self._presenter.show_ended_since(self._away.since, self._away.told_at)

    def hide(self) -> bool:
        """Go back to all runs, or hide the line; False when neither is shown."""
        if self._presenter.selection.query.ended_after is not None:
            self._presenter.show_ended_since(None)
        elif self._line.has_class("-on"):
            self._line.show(None)
        else:
            return False
        return True

    @property
    def _is_elsewhere(self) -> bool:
        """True if another window is open: its user has seen it all."""
        return self._engine.is_follower() and self._engine.worker_lock.seen is None

    def _show_line(self) -> None:
        said = [away_words(self._away, partial(main_key, self._screen))] if self._away is not None else []
        said += [literal(one_line(self._paused, 300), "$run-wait")] if self._paused is not None else []
        self._line.show(Content("\n").join(said) if said else None)


def away_words(away: AwaySummary, key: Callable[[str], SafeText]) -> Content:
    """Format `while you were away (1h 12m): 31 completed, 2 failed, queue drained at 14:02 · m shows them`."""
    parts = [
        literal(one_line(f"{count:,} {status.value}"), f"${RUN_COLOURS[status]}")
        for status, count in _by_count(away.ended)
    ]
    if away.drained_at is not None:
        parts.append(literal(one_line(f"queue drained at {_when(away.drained_at, away.until)}")))
    gone_s = away.until - away.since
    gone = format_duration_long(gone_s) if gone_s >= 3600 else format_age(gone_s)
    said = [literal(SafeText(f"while you were away ({gone}): "), "$quiet"), Content(", ").join(parts)]
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
    """Format a time of the last day by the clock, an older one with its date."""
    return time.strftime("%H:%M" if now - epoch < _DAY_S else "%d %b %H:%M", time.localtime(epoch))
