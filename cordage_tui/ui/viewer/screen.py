"""Screen of the viewer."""

from collections.abc import Sequence
from typing import Protocol

from textual.app import ComposeResult

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.image import ImageState
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.engine import Engine
from cordage_tui.ui.external.download_actions import DownloadActions
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.keys.action import Action, bindings_of
from cordage_tui.ui.keys.disabled_reasons import DisabledReason
from cordage_tui.ui.keys.footer import Footer, key_of
from cordage_tui.ui.keys.moves import MOVE
from cordage_tui.ui.output_actions import OpenOutputOutside, OutputRatings, UseOutput, UseOutputs, rating_actions
from cordage_tui.ui.screen_base import EngineScreen, EventBatch
from cordage_tui.ui.viewer.panel import ViewerModel, ViewerPanel, caption
from cordage_tui.ui.widgets.line_view import DiffStatic


class ViewerSource(Protocol):
    """Source of the viewer's outputs: the screen that it was opened from. That screen's cursor moves along."""

    def exhibit(self) -> ViewerModel | None:
        """Return the chosen output; None: it does not exist any more."""
        ...

    def step(self, by: int) -> None:
        """Choose the output `by` places further."""
        ...

    def step_run(self, by: int) -> None:
        """Choose the first output of the next run that has outputs, or of the previous one."""
        ...


class NextViewed(Action["ViewerScreen"]):
    """Show the next output of this run."""

    id, keys, word = "viewer.next", "]", "next output"
    in_footer = True
    step = 1

    def reason(self, viewer: "ViewerScreen") -> DisabledReason | None:
        if viewer.exhibit is None or viewer.exhibit.count < 2:
            return DisabledReason(SafeText("This run has one output only."))
        return None

    def run(self, viewer: "ViewerScreen") -> None:
        viewer.step(self.step)


class PreviousViewed(NextViewed):
    """Show the previous output."""

    id, keys, word = "viewer.previous", "[", "previous output"
    in_footer = False
    step = -1


class ViewRight(Action["ViewerScreen"]):
    """Pan right when zoomed, else show the next output."""

    id, keys, word = "viewer.right", "l,right", "right"
    group = MOVE
    in_palette = False
    step = 1

    def run(self, viewer: "ViewerScreen") -> None:
        viewer.go_across(self.step)


class ViewLeft(ViewRight):
    """Pan left when zoomed, else show the previous output."""

    id, keys, word = "viewer.left", "h,left", "left"
    step = -1


class ViewDown(Action["ViewerScreen"]):
    """Pan or scroll down, else show the next run with outputs."""

    id, keys, word = "viewer.down", "j,down", "next run"
    group = MOVE
    in_footer = True
    in_palette = False
    step = 1

    def run(self, viewer: "ViewerScreen") -> None:
        viewer.go_down(self.step)


class ViewUp(ViewDown):
    """Pan or scroll up, else show the previous run with outputs."""

    id, keys, word = "viewer.up", "k,up", "previous run"
    in_footer = False
    step = -1


class ZoomNearer(Action["ViewerScreen"]):
    """Zoom in."""

    id, keys, word = "viewer.nearer", "z", "zoom in"
    in_footer = True
    step = 1

    def reason(self, viewer: "ViewerScreen") -> DisabledReason | None:
        return None if viewer.panel.can_zoom else DisabledReason(SafeText("There is no picture to zoom in on."))

    def run(self, viewer: "ViewerScreen") -> None:
        viewer.zoom(self.step)


class ZoomFarther(ZoomNearer):
    """Zoom out."""

    id, keys, word = "viewer.farther", "Z", "zoom out"
    in_footer = False
    step = -1


class ZoomWhole(ZoomFarther):
    """Fit the picture to the screen."""

    id, keys, word = "viewer.whole", "=", "fit"
    step = 0


class DownloadViewed(Action["ViewerScreen"]):
    """Download this output."""

    id, keys, word = "viewer.download", "d", "download"
    in_footer = True

    def run(self, viewer: "ViewerScreen") -> None:
        if viewer.output is not None:
            viewer.downloads.enqueue_outputs([viewer.output])


class CopyViewedUrl(Action["ViewerScreen"]):
    """Copy the URL of this output."""

    id, keys, word = "viewer.copy_url", "Y", "copy URL"

    def run(self, viewer: "ViewerScreen") -> None:
        if viewer.output is not None:
            viewer.downloads.copy_url(viewer.output)


class LoadViewed(Action["ViewerScreen"]):
    """Load a large output, else go back."""

    id, keys, word = "viewer.enter", "enter", "back"

    def run(self, viewer: "ViewerScreen") -> None:
        if viewer.output is not None and viewer.panel.sight.standing is ImageState.TOO_LARGE:
            viewer.engine.pictures.load(viewer.output)
        else:
            viewer.dismiss()


class CloseViewer(Action["ViewerScreen"]):
    """Go back."""

    id, keys, word = "viewer.close", "escape,q", "back"
    in_footer = True

    def run(self, viewer: "ViewerScreen") -> None:
        viewer.dismiss()


class ViewerScreen(EngineScreen[None]):
    """Viewer of one output on the whole screen, with a caption.

    Arrow keys move within an output that is larger than the screen; else they go to the next output or the next run.
    """

    AUTO_FOCUS = "ViewerPanel"
    TITLE = "Output"
    BINDING_GROUP_TITLE = "Output"
    ACTIONS = (
        NextViewed(),
        PreviousViewed(),
        ViewRight(),
        ViewLeft(),
        ViewDown(),
        ViewUp(),
        ZoomNearer(),
        ZoomFarther(),
        ZoomWhole(),
        *rating_actions("viewer"),
        UseOutput("viewer"),
        OpenOutputOutside("viewer"),
        DownloadViewed(),
        CopyViewedUrl(),
        LoadViewed(),
        CloseViewer(),
    )
    BINDINGS = bindings_of(ACTIONS)

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
        self.use = use
        self.exhibit: ViewerModel | None = None
        """Shown output; None: there is none yet, or not any more."""
        self._source = source
        self.downloads = downloads
        self._renderer = renderer
        self.panel = ViewerPanel(renderer, engine.pictures)
        self.ratings = OutputRatings(self)
        self._caption = DiffStatic(classes="caption", relayout=False)
        self._key_state: tuple[bool, ...] = ()

    def compose(self) -> ComposeResult:
        yield self.panel
        yield self._caption
        yield Footer()

    def on_mount(self) -> None:
        self._renderer.changed.subscribe(self, lambda _: self.refresh_output())
        self.call_after_refresh(self.refresh_output)  # before that the screen has no size

    def on_unmount(self) -> None:
        self._renderer.changed.unsubscribe(self)

    def on_resize(self) -> None:
        self.call_after_refresh(self.refresh_output)

    def apply_events(self, batch: EventBatch) -> None:
        if batch.rows or (self.output is not None and self.output.key in batch.images):
            self.refresh_output()

    def refresh_output(self) -> None:
        """Show the chosen output as it is now, and request its image if that is missing."""
        self.exhibit = self._source.exhibit()
        if self.exhibit is None:
            self.dismiss()
            return
        self.panel.show(self.exhibit)
        self.engine.pictures.want(self.panel.requests)
        load_key = key_of(self, "viewer.enter")
        self._caption.show(caption(self.exhibit, self.panel.sight, self.size.width, load_key))
        key_state = (self.exhibit.count > 1, self.panel.can_zoom)
        if key_state != self._key_state:
            self._key_state = key_state
            self.refresh_bindings()

    @property
    def output(self) -> OutputRef | None:
        return self.exhibit.output if self.exhibit is not None else None

    def why_no_output(self) -> DisabledReason | None:
        """Return None, because the screen is closed when it has no output."""
        return None

    def outputs_to_use(self) -> Sequence[OutputRef]:
        return [self.output] if self.output is not None else []

    def step(self, by: int) -> None:
        """Show another output of this run."""
        self._source.step(by)
        self.refresh_output()

    def go_across(self, by: int) -> None:
        """Pan to the side if zoomed, else show another output."""
        if self.panel.is_near:
            self.panel.look_aside(by, 0)
            self.refresh_output()
        else:
            self.step(by)

    def go_down(self, by: int) -> None:
        """Pan or scroll, else show an output of another run."""
        if self.panel.is_near:
            self.panel.look_aside(0, by)
        elif self.panel.scrolls:
            self.panel.move_lines(by)
        else:
            self._source.step_run(by)
        self.refresh_output()

    def zoom(self, by: int) -> None:
        """Zoom in or out. 0 shows the whole picture."""
        self.panel.zoom(by)
        self.refresh_output()
