"""The chosen output over the whole screen: lives while it is open, and costs nothing when it is not."""

from typing import Protocol

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from cordage_tui.domain.picture import Standing
from cordage_tui.engine.engine import Engine
from cordage_tui.ui.detail.easel import Easel
from cordage_tui.ui.detail.hanging import Wish
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.pictures.painter import Painter
from cordage_tui.ui.screens.feed import Feed, News
from cordage_tui.ui.screens.taking import Taking
from cordage_tui.ui.viewer.exhibit import Exhibit, caption
from cordage_tui.ui.viewer.panel import ViewerPanel


class Reel(Protocol):
    """Where the viewer finds what it shows, and what comes next."""

    def exhibit(self) -> Exhibit | None:
        """The chosen output as it stands now; None: there is none any more."""
        ...

    def step(self, by: int) -> None:
        """The output `by` places further is the chosen one."""
        ...

    def step_run(self, by: int) -> None:
        """The first output of the next run that has any, or of the one before, is."""
        ...


class ViewerScreen(Screen[None]):
    """One picture, two lines about it, and the keys."""

    BINDINGS = [
        Binding("]", "output(1)", "next output", id="viewer.next", tooltip="The next output of this run."),
        Binding("l,right", "output(1)", "next output", id="viewer.right", tooltip="The next output of this run.", show=False),
        Binding("[", "output(-1)", "previous", id="viewer.previous", tooltip="The output before."),
        Binding("h,left", "output(-1)", "previous output", id="viewer.left", tooltip="The output before.", show=False),
        Binding("j,down", "move(1)", "next run", id="viewer.down", tooltip="A line down in a text that is longer than the screen; else the next run with outputs."),
        Binding("k,up", "move(-1)", "previous run", id="viewer.up", tooltip="A line up, or the run before.", show=False),
        Binding("o", "open_outside", "open", id="viewer.open_outside", tooltip="Open this output in the system's viewer; over SSH show and copy its address."),
        Binding("d", "download", "download", id="viewer.download", tooltip="Download this output."),
        Binding("enter", "enter", "back", id="viewer.enter", tooltip="Loads what is large; else back.", show=False),
        Binding("escape,q", "dismiss", "back", id="viewer.close", tooltip="Back to where you came from."),
    ]  # fmt: skip
    AUTO_FOCUS = "ViewerPanel"
    TITLE = "Output"

    def __init__(self, engine: Engine, painter: Painter, reel: Reel, taking: Taking | None = None) -> None:
        """`taking` has outputs opened and downloaded; None: that is not offered."""
        super().__init__()
        self._taking = taking
        self._engine = engine
        self._painter = painter
        self._reel = reel
        self._easel = Easel(painter, engine.pictures)
        self._panel = ViewerPanel(self._easel)
        self._caption = Static(classes="caption")
        self._said = Content("")
        self._exhibit: Exhibit | None = None
        self._feed: Feed | None = None

    def compose(self) -> ComposeResult:
        yield self._panel
        yield self._caption
        yield Footer()

    def on_mount(self) -> None:
        self._feed = Feed(self._engine, self.call_later, self._hear)
        self._painter.changed.subscribe(self, lambda _: self._look())
        self.call_after_refresh(self._look)  # before that it has no size

    def on_unmount(self) -> None:
        if self._feed is not None:
            self._feed.close()

    def on_resize(self) -> None:
        self.call_after_refresh(self._look)

    def _hear(self, news: News) -> None:
        changed = self._exhibit is not None and self._exhibit.output.key in news.pictures
        if news.rows or changed:
            self._look()

    def _look(self) -> None:
        """What is there now of the chosen output; of one that is not whole the rest is asked for."""
        self._exhibit = exhibit = self._reel.exhibit()
        self._panel.show(exhibit)
        if exhibit is None:
            self.dismiss()
            return
        self._easel.want([Wish(exhibit.output, self._panel.room)])
        words = caption(exhibit, self._panel.sight, self.size.width)
        if not words.is_same(self._said):
            self._said = words
            self._caption.update(words, layout=False)

    def action_output(self, by: int) -> None:
        self._reel.step(by)
        self._look()

    def action_move(self, by: int) -> None:
        if self._panel.scrolls:
            self._panel.action_line(by)
        else:
            self._reel.step_run(by)
            self._look()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action not in ("open_outside", "download") or self._taking is not None

    def action_open_outside(self) -> None:
        if self._exhibit is not None and self._taking is not None:
            self._taking.open_one(self._exhibit.output)

    def action_download(self) -> None:
        if self._exhibit is not None and self._taking is not None:
            self._taking.take([self._exhibit.output])

    def action_enter(self) -> None:
        if self._exhibit is not None and self._panel.sight.standing is Standing.TOO_LARGE:
            self._engine.pictures.load(self._exhibit.output)
        else:
            self.dismiss()
