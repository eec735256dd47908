"""The queue over the whole screen: lives while it is open, and costs nothing when it is not."""

from collections.abc import Callable
from functools import partial
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.outbox import OutboxState, Waiting
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.keys.hints import KeyWords
from cordage_tui.ui.keys.main_key import main_key
from cordage_tui.ui.queue.closer import CloserLook
from cordage_tui.ui.queue.deeds import Deeds
from cordage_tui.ui.queue.detail import Selected
from cordage_tui.ui.queue.lines import Scene
from cordage_tui.ui.queue.pages import Pages
from cordage_tui.ui.queue.panel import QueuePanel
from cordage_tui.ui.queue.standing import Standing, notice, subtitle, title
from cordage_tui.ui.screens import present
from cordage_tui.ui.screens.feed import Feed, News

TICK_S: Final = 1.0
"""Between two moves of what counts down."""
IDLE_TICK_S: Final = 60.0
"""While nothing does, only ages move, and those show minutes."""

_RESUME: Final = KeyWords(SafeText("resume"), SafeText("Send again what waits."))


class QueueScreen(Screen[None]):
    """What stands in the way, the queue, the prompt under the cursor, and the keys."""

    BINDINGS = [
        Binding("p", "pause", "pause", id="queue.pause", tooltip="Send nothing more until you resume."),
        Binding("A", "new_key", "new API key", id="queue.new_key", tooltip="Enter a key in the place of the refused one."),
        Binding("S", "resend", "send again", id="queue.resend", tooltip="Send an uncertain prompt once more; asks first."),
        Binding("W", "keep_waiting", "keep waiting", id="queue.keep_waiting", tooltip="Look for an uncertain prompt again later."),
        Binding("e", "edit", "edit", id="queue.edit", tooltip="Edit this prompt before it is sent."),
        Binding("f", "send_first", "send first", id="queue.send_first", tooltip="Send this prompt next."),
        Binding("x", "drop", "drop", id="queue.drop", tooltip="Take this prompt off the list: free, as it was not sent; an uncertain one asks."),
        Binding("u", "undo", "bring back", id="queue.undo", tooltip="Queue again what was dropped last."),
        Binding("K,alt+up", "move(-1)", "move up", id="queue.move_up", tooltip="Send this prompt one place earlier."),
        Binding("J,alt+down", "move(1)", "move down", id="queue.move_down", tooltip="Send this prompt one place later."),
        Binding("n", "limit", "hold", id="queue.limit", tooltip="Hold the queue until fewer than so many runs are active."),
        Binding("enter", "open", "read", id="queue.open", tooltip="Go to the whole prompt, below.", show=False),
        Binding("escape,q", "back", "back", id="queue.back", tooltip="Back to the list, then to the runs."),
        Binding("w", "dismiss", "runs", id="queue.close", tooltip="Back to the runs.", show=False),
    ]  # fmt: skip
    AUTO_FOCUS = "QueuePanel"
    TITLE = "Queue"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-tall")]

    def __init__(self, engine: Engine, clock: Clock, submit: str, new_key: Callable[[], object]) -> None:
        """`submit` is the setting of that name; `new_key` asks for another API key."""
        super().__init__()
        self._engine = engine
        self._clock = clock
        self._new_key = new_key
        self._key = partial(main_key, self)
        self._deeds = Deeds(self, engine, submit, self._key)
        self._feed: Feed | None = None
        self._below = self._warning = Content("")
        self._able: tuple[bool, ...] = ()
        self._paused = False
        self._ticking: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Static(classes="notice")
        yield QueuePanel()
        yield CloserLook(self._key)
        yield Footer()

    def on_mount(self) -> None:
        self._feed = Feed(self._engine, self.call_later, self._hear)
        self._look()

    def on_unmount(self) -> None:
        if self._feed is not None:
            self._feed.close()

    @property
    def _panel(self) -> QueuePanel:
        return self.query_one(QueuePanel)

    def _hear(self, news: News) -> None:
        if news.rows or news.state:
            self._look()

    def _look(self) -> None:
        """The queue has changed."""
        standing = self._tell()
        self._panel.show(Pages(self._engine.queue, standing.total), self._scene(standing))
        self._see_keys()

    def _tick(self) -> None:
        """Time has passed."""
        self._panel.tick(self._scene(self._tell()))
        self.query_one(CloserLook).tick(self._clock.wall())

    def _tell(self) -> Standing:
        """Title and notice say how the queue stands; soon again while that counts down."""
        queue = self._engine.queue
        standing = Standing(queue.counts(), queue.control(), queue.drain(), self._engine.refused)
        self._panel.entitle(title(standing))
        self._say_below(subtitle(standing))
        self._warn(notice(standing, self._key))
        self._paused = standing.control.paused is not None
        if self._ticking is not None:
            self._ticking.stop()
        self._ticking = self.set_timer(TICK_S if standing.drain.seconds else IDLE_TICK_S, self._tick)
        return standing

    def _scene(self, standing: Standing) -> Scene:
        queued = standing.count(OutboxState.QUEUED)
        return Scene(self._clock.wall(), present.names(self._engine.profile), standing.first, queued)

    def _say_below(self, words: Content) -> None:
        """Textual draws a border again also for the words it has already."""
        if not words.is_same(self._below):
            self._below = self._panel.border_subtitle = words

    def _warn(self, words: Content) -> None:
        if not words.is_same(self._warning):
            self._warning = words
            line = self.query_one(".notice", Static)
            line.set_class(bool(words.plain), "-on")
            line.update(words)

    def on_queue_panel_highlighted(self) -> None:
        """The prompt under the cursor, at length."""
        waiting = self._panel.selected
        detail = self._engine.store.query.detail(waiting.row) if waiting else None
        selected = None
        if waiting is not None and detail is not None:
            selected = Selected(waiting, detail, one_line(self._engine.profile.label(waiting.webhook_key)))
        self.query_one(CloserLook).show(selected, self._clock.wall())
        self._see_keys()

    def _see_keys(self) -> None:
        """The footer offers what can be done now."""
        able = (self._is_uncertain, self._deeds.can_undo, self._engine.refused is not None, self._paused)
        if able != self._able:
            self._able = able
            self.refresh_bindings()

    @property
    def _is_uncertain(self) -> bool:
        waiting = self._panel.selected if self.is_mounted else None
        return waiting is not None and waiting.state is OutboxState.UNCERTAIN

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("resend", "keep_waiting"):
            return self._is_uncertain
        if action == "undo":
            return self._deeds.can_undo
        return action != "new_key" or self._engine.refused is not None

    def key_words(self, action: str) -> KeyWords | None:
        """The pause key resumes what is paused."""
        return _RESUME if action == "queue.pause" and self._paused else None

    def _with_selected(self, deed: Callable[[Waiting], None]) -> None:
        if (waiting := self._panel.selected) is not None:
            deed(waiting)
            self._see_keys()

    def action_pause(self) -> None:
        self._deeds.pause_or_resume()

    def action_new_key(self) -> None:
        self._new_key()

    def action_resend(self) -> None:
        self._with_selected(self._deeds.resend)

    def action_keep_waiting(self) -> None:
        self._with_selected(self._deeds.keep_waiting)

    def action_edit(self) -> None:
        self._with_selected(self._deeds.edit)

    def action_send_first(self) -> None:
        self._with_selected(self._deeds.send_first)

    def action_drop(self) -> None:
        self._with_selected(self._deeds.drop)

    def action_undo(self) -> None:
        if (row := self._deeds.undo()) is not None:
            self._look()
            self._panel.go_to(row)

    def action_move(self, by: int) -> None:
        self._with_selected(lambda waiting: self._deeds.move(waiting, by))

    def action_limit(self) -> None:
        self._deeds.limit()

    def action_open(self) -> None:
        self.query_one(CloserLook).focus()

    def action_back(self) -> None:
        if self._panel.has_focus:
            self.dismiss()
        else:
            self._panel.focus()
