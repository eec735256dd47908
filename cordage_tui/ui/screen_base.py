"""Base of the screens over one engine: events once per frame, last good reads of the store, toasts and questions."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final, ParamSpec, TypeVar, cast

from textual.content import Content
from textual.screen import Screen, ScreenResultType
from textual.widget import Widget

from cordage_tui.config.errors import ConfigError
from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import REFUSALS
from cordage_tui.engine.events import (
    BatchEnded,
    BatchStopped,
    BudgetsChanged,
    BulkEnded,
    BulkKillReport,
    DownloadsChanged,
    EngineCrashed,
    Event,
    HookFailed,
    ImagesChanged,
    RunFinished,
    RunsChanged,
    StateChanged,
)
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store
from cordage_tui.ui.keys.action import ActionNode
from cordage_tui.ui.keys.disabled_reasons import DisabledReason, read_only
from cordage_tui.ui.notifications import toast
from cordage_tui.ui.textual_patches.screen import PatchedScreen, paint_now

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class LastGoodReads:
    """Reads of the store that never raise StoreError. If a read fails, its last good answer is returned.

    Another program may keep the file locked, or the disk may report errors, for a minute (docs/dev/faults.md 148, 155). During
    that time the screen does not change, and the user sees the error once.
    """

    def __init__(self, store: Store, report: Callable[[SafeText], None]) -> None:
        """`report` gets the reason at the first read that fails."""
        self._store = store
        self._report = report
        self._last: dict[Callable[..., object], tuple[object, object]] = {}
        self.troubled = False
        """Whether the last read failed, so that the screen may be out of date."""

    def last_good(
        self, read: Callable[Arguments, Answer], default: Answer, *args: Arguments.args, **named: Arguments.kwargs
    ) -> Answer:
        """Call `read`, a bound method. If it raises StoreError, return its last answer for the same arguments, else `default`."""
        arguments = (args, named)
        try:
            answer = read(*args, **named)
        except StoreError as error:
            if not self.troubled:
                self.troubled = True
                self._report(error.what)
            last_arguments, last_answer = self._last.get(read, (None, default))
            return cast(Answer, last_answer) if last_arguments == arguments else default
        self._last[read] = (arguments, answer)
        return answer

    def recovers(self) -> bool:
        """Return True once when the store can be read again after a failure. Then everything must be read again."""
        if (
            not self.troubled or self._store.damaged is not None
        ):  # damage stays until the next start, and was reported once
            return False
        try:
            self._store.changes.tail()
        except StoreError:
            return False
        self.troubled = False
        return True


@dataclass(slots=True)
class EventBatch:
    """Engine events since the last batch."""

    rows: set[RowId] = field(default_factory=set)
    state: bool = False
    """Health or leadership changed."""
    budgets: bool = False
    """Rate budgets changed."""
    finished: list[RunRow] = field(default_factory=list)
    """Runs that ended, but not those that were killed from here."""
    batches: list[BatchEnded] = field(default_factory=list)
    bulk: list[BulkKillReport] = field(default_factory=list)
    """Bulk kills that ended."""
    stopped: list[SafeText] = field(default_factory=list)
    """Batches whose rest is held, because their runs fail."""
    hook: SafeText | None = None
    """Last failure of the user's hook; None: there was none."""
    bug: BaseException | None = None
    """Exception that ended one of the engine's tasks; None: there was none."""
    images: set[str] = field(default_factory=set)
    """`OutputRef.key` of each output with a new image."""
    downloads: bool = False
    """Whether downloads were enqueued, have progressed or have ended."""


BUDGETS_S: Final = 1.0
"""Longest time in seconds until changed budgets are shown if nothing else changes. Each read changes them."""


class EventFeed:
    """Subscription to engine events that delivers them in one batch per frame.

    Each read changes budgets several times, so they are delivered with the next batch or after `BUDGETS_S`. `later`
        schedules a callback after the messages that are already waiting, like Textual's `call_later`.
    """

    def __init__(
        self, engine: Engine, later: Callable[[Callable[[], None]], object], deliver: Callable[[EventBatch], None]
    ) -> None:
        self._later = later
        self._deliver = deliver
        self._batch: EventBatch | None = None
        self._is_called = False
        """Whether a flush is scheduled."""
        self._timer: asyncio.TimerHandle | None = None
        self._unsubscribe = engine.events.subscribe(self._on_event)

    def close(self) -> None:
        """End the subscription."""
        self._unsubscribe()
        self._stop_timer()

    def flush(self) -> None:
        """Deliver the events so far."""
        self._is_called = False
        self._stop_timer()
        batch, self._batch = self._batch, None
        if batch is not None:
            self._deliver(batch)

    def _on_event(self, event: Event) -> None:
        if self._batch is None:
            self._batch = EventBatch()
        match event:
            case RunsChanged(rows):
                self._batch.rows |= rows
            case StateChanged():
                self._batch.state = True
            case BudgetsChanged():
                self._batch.budgets = True
            case RunFinished(row, killed):
                self._batch.finished += () if killed else (row,)
            case BatchEnded():
                self._batch.batches.append(event)
            case BatchStopped(words):
                self._batch.stopped.append(words)
            case BulkEnded(report):
                self._batch.bulk.append(report)
            case HookFailed(words):
                self._batch.hook = words
            case EngineCrashed(bug):
                self._batch.bug = bug
            case ImagesChanged(keys):
                self._batch.images |= keys
            case DownloadsChanged():
                self._batch.downloads = True
        if not isinstance(event, BudgetsChanged):
            self._schedule_flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(BUDGETS_S, self._schedule_flush)

    def _schedule_flush(self) -> None:
        """Flush soon, unless a flush is scheduled already."""
        if not self._is_called:
            self._is_called = True
            self._later(self.flush)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class EngineScreen(PatchedScreen, ActionNode, Screen[ScreenResultType]):
    """Screen over one engine, with its events, reads, toasts and questions. It does not know any feature."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        super().__init__()
        self.engine = engine
        self.store = engine.store
        self.clock = clock
        self.reads = LastGoodReads(engine.store, partial(self.toast, error=True))
        self._feed: EventFeed | None = None

    def on_mount(self) -> None:
        self._feed = EventFeed(self.engine, self.call_later, self.apply_events)

    def on_unmount(self) -> None:
        if self._feed is not None:
            self._feed.close()

    def why_not_send(self) -> DisabledReason | None:
        profile = self.engine.profile
        return read_only(profile.name) if profile.read_only else None

    def apply_events(self, batch: EventBatch) -> None:
        """Show what the engine reported. Called at most once per frame."""
        raise NotImplementedError

    def flush_events(self) -> None:
        """Show now what the engine has reported, because a frame is about to be drawn."""
        if self._feed is not None:
            self._feed.flush()

    def setting(self, name: str) -> str | None:
        """Return a setting that was made in the app; None: there is none, or it cannot be read now."""
        return self.reads.last_good(self.store.settings.get, None, name)

    def keep_setting(self, name: str, value: str) -> None:
        """Store a setting that was made in the app. If it cannot be stored, a toast says why."""
        with self.report_errors():
            self.store.settings.save(name, value)

    def toast(self, message: SafeText, *, error: bool = False) -> None:
        """Show a message in a toast of the app."""
        toast(self.app, message, error=error)

    def paint_now(self, widget: Widget) -> None:
        """Paint a widget and all other changes now. Textual's next frame may be up to two times 17 ms away."""
        paint_now(self, widget)

    def toast_margin(self) -> tuple[int, int, int, int]:
        """Return the cells above, to the right, below and to the left of the toasts. Below are a border and the footer."""
        return (0, 1, 2, 0)

    @contextmanager
    def report_errors(self) -> Iterator[None]:
        """Leave the block at a refusal or a ConfigError, and show it as an error toast."""
        try:
            yield
        except (*REFUSALS, ConfigError) as error:
            self.toast(error.what, error=True)

    def confirm(
        self,
        title: SafeText,
        lines: Sequence[Content],
        yes: SafeText,
        then: Callable[[], object],
        *,
        danger: bool = False,
    ) -> None:
        """Open a ConfirmDialog, and call `then` if the user says yes."""
        from cordage_tui.ui.dialogs.base import ConfirmDialog

        def answered(agreed: bool | None) -> None:
            if agreed:
                then()

        self.app.push_screen(ConfirmDialog(title, lines, yes, danger=danger), answered)
