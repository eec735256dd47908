"""The keys of the viewer."""

from textual.binding import Binding
from textual.screen import Screen

from cordage_tui.domain.image import ImageState
from cordage_tui.domain.output import OutputRef
from cordage_tui.engine.engine import Engine
from cordage_tui.ui.keys.moving import MOVE
from cordage_tui.ui.screens.taking import DownloadActions
from cordage_tui.ui.sheet.judging import RatingActions, judging_keys
from cordage_tui.ui.sheet.roll import Tile
from cordage_tui.ui.viewer.exhibit import ViewerModel
from cordage_tui.ui.viewer.panel import ViewerPanel
from cordage_tui.ui.viewer.reel import ViewerSource


class ViewerBindings(Screen[None]):
    """Arrows move within what is larger than the screen, else to the next output and to the next run."""

    BINDING_GROUP_TITLE = "Output"
    BINDINGS = [
        Binding("]", "output(1)", "next output", id="viewer.next", tooltip="The next output of this run."),
        Binding("[", "output(-1)", "output before", id="viewer.previous", tooltip="The output before.", show=False),
        Binding("l,right", "across(1)", "right", id="viewer.right", tooltip="To the right in a picture that is near; else the next output.", group=MOVE, show=False),
        Binding("h,left", "across(-1)", "left", id="viewer.left", tooltip="To the left, or the output before.", group=MOVE, show=False),
        Binding("j,down", "down(1)", "next run", id="viewer.down", tooltip="Down in a picture that is near or a long text; else the next run with outputs.", group=MOVE),
        Binding("k,up", "down(-1)", "run before", id="viewer.up", tooltip="Up, or the run before.", group=MOVE, show=False),
        Binding("z", "zoom(1)", "nearer", id="viewer.nearer", tooltip="Nearer to the picture."),
        Binding("Z", "zoom(-1)", "farther", id="viewer.farther", tooltip="Farther from the picture.", show=False),
        Binding("=", "zoom(0)", "whole picture", id="viewer.whole", tooltip="All of the picture again.", show=False),
        *judging_keys("viewer"),
        Binding("o", "open_outside", "open outside", id="viewer.open_outside", tooltip="Open this output in the system's viewer.", show=False),
        Binding("d", "download", "download", id="viewer.download", tooltip="Download this output."),
        Binding("Y", "copy_url", "copy URL", id="viewer.copy_url", tooltip="Copy the address of this output.", show=False),
        Binding("enter", "enter", "back", id="viewer.enter", tooltip="Load what is large; else back.", show=False),
        Binding("escape,q", "dismiss", "back", id="viewer.close", tooltip="Back to where you came from."),
    ]  # fmt: skip

    engine: Engine
    panel: ViewerPanel
    reel: ViewerSource
    judging: RatingActions
    taking: DownloadActions
    exhibit: ViewerModel | None = None
    """What is on show."""

    @property
    def output(self) -> OutputRef | None:
        return self.exhibit.output if self.exhibit is not None else None

    def refresh_output(self) -> None:
        """What is there now of the chosen output."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "output":
            return self.exhibit is not None and self.exhibit.count > 1
        return action != "zoom" or self.panel.can_zoom

    def action_output(self, by: int) -> None:
        self.reel.step(by)
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
            self.reel.step_run(by)
        self.refresh_output()

    def action_zoom(self, by: int) -> None:
        self.panel.zoom(by)
        self.refresh_output()

    def action_decide(self, kept: bool) -> None:
        self.judging.decide(self._tile, kept)

    def action_rate(self, stars: int) -> None:
        self.judging.rate(self._tile, stars)

    def action_open_outside(self) -> None:
        if self.output is not None:
            self.taking.open_one(self.output)

    def action_download(self) -> None:
        if self.output is not None:
            self.taking.enqueue_outputs([self.output])

    def action_copy_url(self) -> None:
        if self.output is not None:
            self.taking.copy_url(self.output)

    def action_enter(self) -> None:
        if self.output is not None and self.panel.sight.standing is ImageState.TOO_LARGE:
            self.engine.pictures.load(self.output)
        else:
            self.dismiss()

    @property
    def _tile(self) -> Tile | None:
        return Tile(self.output.row, self.output.number) if self.output is not None else None
