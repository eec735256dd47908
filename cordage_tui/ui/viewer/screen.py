"""Screen of the viewer."""

from typing import Protocol

from textual.app import ComposeResult
from textual.binding import Binding

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.image import ImageState
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.engine import Engine
from cordage_tui.ui.external.download_actions import DownloadActions
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.keys.bindings import MOVE
from cordage_tui.ui.keys.disabled import DisabledReason, read_only
from cordage_tui.ui.keys.footer import Footer, key_of
from cordage_tui.ui.rating import RatingActions, UseOutputs, rating_keys, use_key
from cordage_tui.ui.screen_base import EngineScreen, EventBatch
from cordage_tui.ui.viewer.panel import ViewerModel, ViewerPanel, caption
from cordage_tui.ui.widgets.line_view import DiffStatic


class ViewerSource(Protocol):
    """Source of the viewer's outputs: the screen that it was opened from, whose cursor moves along."""

    def exhibit(self) -> ViewerModel | None:
        """Return the chosen output; None if there is none any more."""
        ...

    def step(self, by: int) -> None:
        """Choose the output `by` places further."""
        ...

    def step_run(self, by: int) -> None:
        """Choose the first output of the next run that has any, or of the previous one."""
        ...


class ViewerScreen(EngineScreen[None]):
    """Viewer of one output on the whole screen, with a caption.

    Arrows move within what is larger than the screen, else to the next output and to the next run.
    """

    AUTO_FOCUS = "ViewerPanel"
    TITLE = "Output"
    BINDING_GROUP_TITLE = "Output"
    BINDINGS = [
        Binding("]", "output(1)", "next output", id="viewer.next", tooltip="Show the next output of this run"),
        Binding("[", "output(-1)", "previous output", id="viewer.previous", tooltip="Show the previous output", show=False),
        Binding("l,right", "across(1)", "right", id="viewer.right", tooltip="Pan right when zoomed, else show the next output", group=MOVE, show=False),
        Binding("h,left", "across(-1)", "left", id="viewer.left", tooltip="Pan left when zoomed, else show the previous output", group=MOVE, show=False),
        Binding("j,down", "down(1)", "next run", id="viewer.down", tooltip="Pan or scroll down, else show the next run with outputs", group=MOVE),
        Binding("k,up", "down(-1)", "previous run", id="viewer.up", tooltip="Pan or scroll up, else show the previous run with outputs", group=MOVE, show=False),
        Binding("z", "zoom(1)", "zoom in", id="viewer.nearer", tooltip="Zoom in"),
        Binding("Z", "zoom(-1)", "zoom out", id="viewer.farther", tooltip="Zoom out", show=False),
        Binding("=", "zoom(0)", "fit", id="viewer.whole", tooltip="Fit the picture to the screen", show=False),
        *rating_keys("viewer"),
        use_key("viewer"),
        Binding("o", "open_outside", "open outside", id="viewer.open_outside", tooltip="Open this output in the system's viewer", show=False),
        Binding("d", "download", "download", id="viewer.download", tooltip="Download this output"),
        Binding("Y", "copy_url", "copy URL", id="viewer.copy_url", tooltip="Copy the URL of this output", show=False),
        Binding("enter", "enter", "back", id="viewer.enter", tooltip="Load a large output, else go back", show=False),
        Binding("escape,q", "dismiss", "back", id="viewer.close", tooltip="Go back"),
    ]  # fmt: skip

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        renderer: ImageRenderer,
        source: ViewerSource,
        downloads: DownloadActions,
        use: UseOutputs,
    ) -> None:
        super().__init__(engine, clock)
        self._use = use
        self.exhibit: ViewerModel | None = None
        """Output on show."""
        self._source = source
        self._downloads = downloads
        self._renderer = renderer
        self.panel = ViewerPanel(renderer, engine.pictures)
        self._rating = RatingActions(self)
        self._caption = DiffStatic(classes="caption", relayout=False)
        self._able: tuple[bool, ...] = ()

    def compose(self) -> ComposeResult:
        yield self.panel
        yield self._caption
        yield Footer()

    def on_mount(self) -> None:
        self._renderer.changed.subscribe(self, lambda _: self.refresh_output())
        self.call_after_refresh(self.refresh_output)  # before that it has no size

    def on_unmount(self) -> None:
        self._renderer.changed.unsubscribe(self)

    def on_resize(self) -> None:
        self.call_after_refresh(self.refresh_output)

    def apply_events(self, batch: EventBatch) -> None:
        if batch.rows or (self.output is not None and self.output.key in batch.images):
            self.refresh_output()

    def refresh_output(self) -> None:
        """Show the chosen output as it is now, and request what is missing of it."""
        self.exhibit = self._source.exhibit()
        if self.exhibit is None:
            self.dismiss()
            return
        self.panel.show(self.exhibit)
        self.engine.pictures.want(self.panel.requests)
        load_key = key_of(self, "viewer.enter")
        self._caption.show(caption(self.exhibit, self.panel.sight, self.size.width, load_key))
        able = (self.exhibit.count > 1, self.panel.can_zoom)
        if able != self._able:
            self._able = able
            self.refresh_bindings()

    @property
    def output(self) -> OutputRef | None:
        return self.exhibit.output if self.exhibit is not None else None

    def disabled_reason(self, action: str, parameters: tuple[object, ...]) -> DisabledReason | None:
        if action == "output" and (self.exhibit is None or self.exhibit.count < 2):
            return DisabledReason(SafeText("This run has one output only."))
        if action == "use_output" and self.engine.profile.read_only:
            return read_only(self.engine.profile.name)
        if action == "zoom" and not self.panel.can_zoom:
            return DisabledReason(SafeText("There is no picture to zoom in on."))
        return None

    def action_output(self, by: int) -> None:
        self._source.step(by)
        self.refresh_output()

    def action_across(self, by: int) -> None:
        if self.panel.is_near:
            self.panel.look_aside(by, 0)
            self.refresh_output()
        else:
            self.action_output(by)

    def action_down(self, by: int) -> None:
        if self.panel.is_near:
            self.panel.look_aside(0, by)
        elif self.panel.scrolls:
            self.panel.action_line(by)
        else:
            self._source.step_run(by)
        self.refresh_output()

    def action_zoom(self, by: int) -> None:
        self.panel.zoom(by)
        self.refresh_output()

    def action_decide(self, kept: bool) -> None:
        self._rating.decide(self.output, kept)

    def action_rate(self, stars: int) -> None:
        self._rating.rate(self.output, stars)

    def action_open_outside(self) -> None:
        if self.output is not None:
            self._downloads.open_outside(self.output)

    def action_download(self) -> None:
        if self.output is not None:
            self._downloads.enqueue_outputs([self.output])

    def action_use_output(self) -> None:
        if self.output is not None:
            self._use([self.output])

    def action_copy_url(self) -> None:
        if self.output is not None:
            self._downloads.copy_url(self.output)

    def action_enter(self) -> None:
        if self.output is not None and self.panel.sight.standing is ImageState.TOO_LARGE:
            self.engine.pictures.load(self.output)
        else:
            self.dismiss()
