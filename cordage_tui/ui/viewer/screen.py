"""The chosen output over the whole screen: lives while it is open, and costs nothing when it is not."""

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from cordage_tui.domain.text import SafeText
from cordage_tui.engine.engine import Engine
from cordage_tui.ui.detail.easel import ImageSource
from cordage_tui.ui.detail.hanging import SizedImageRequest
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.pictures.painter import ImageRenderer
from cordage_tui.ui.screens.feed import EventBatch, EventFeed
from cordage_tui.ui.screens.steady import LastGoodReads
from cordage_tui.ui.screens.taking import DownloadActions
from cordage_tui.ui.sheet.judging import RatingActions
from cordage_tui.ui.toast import toast
from cordage_tui.ui.viewer.exhibit import ViewerModel, caption
from cordage_tui.ui.viewer.keys import ViewerBindings
from cordage_tui.ui.viewer.panel import ViewerPanel
from cordage_tui.ui.viewer.reel import ViewerSource


class ViewerScreen(ViewerBindings):
    """One picture, two lines about it, and the keys."""

    AUTO_FOCUS = "ViewerPanel"
    TITLE = "Output"

    def __init__(self, engine: Engine, painter: ImageRenderer, reel: ViewerSource, taking: DownloadActions) -> None:
        super().__init__()
        self.engine = engine
        self.reel = reel
        self.taking = taking
        self._painter = painter
        self._easel = ImageSource(painter, engine.pictures)
        self.panel = ViewerPanel(self._easel)
        kept = LastGoodReads(engine, lambda words: self._say(words, True))
        self.judging = RatingActions(kept, engine.store.verdicts, self._say)
        self._caption = Static(classes="caption")
        self._said = Content("")
        self._able: tuple[bool, ...] = ()
        self._feed: EventFeed | None = None

    def compose(self) -> ComposeResult:
        yield self.panel
        yield self._caption
        yield Footer()

    def on_mount(self) -> None:
        self._feed = EventFeed(self.engine, self.call_later, self._hear)
        self._painter.changed.subscribe(self, lambda _: self.refresh_output())
        self.call_after_refresh(self.refresh_output)  # before that it has no size

    def on_unmount(self) -> None:
        if self._feed is not None:
            self._feed.close()

    def on_resize(self) -> None:
        self.call_after_refresh(self.refresh_output)

    def _hear(self, news: EventBatch) -> None:
        if news.rows or (self.output is not None and self.output.key in news.pictures):
            self.refresh_output()

    def refresh_output(self) -> None:
        """What is there now of the chosen output; what is missing of it is asked for."""
        self.exhibit = self.reel.exhibit()
        if self.exhibit is None:
            self.dismiss()
            return
        self.panel.show(self.exhibit)
        self._want(self.exhibit)
        self._tell(caption(self.exhibit, self.panel.sight, self.size.width))
        able = (self.exhibit.count > 1, self.panel.can_zoom)
        if able != self._able:
            self._able = able
            self.refresh_bindings()

    def _want(self, exhibit: ViewerModel) -> None:
        """What is on show first, then what will probably be next."""
        wish, room = self.panel.wish, self.panel.room
        self._easel.want(
            [wish, *(SizedImageRequest(output, room) for output in exhibit.beside)] if wish is not None else []
        )

    def _tell(self, words: Content) -> None:
        if not words.is_same(self._said):
            self._said = words
            self._caption.update(words, layout=False)

    def _say(self, words: SafeText, error: bool) -> None:
        toast(self.app, words, error=error)
