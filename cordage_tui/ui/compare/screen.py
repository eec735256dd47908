"""Screen that compares two runs side by side."""

from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.content import Content

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.image import ImageRequest, ImageState
from cordage_tui.domain.output import UNJUDGED, OutputRef
from cordage_tui.domain.run import RowId, RunDetail
from cordage_tui.domain.safe_text import one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.images.service import ImageService
from cordage_tui.ui.compare.page import (
    ComparedRun,
    PageLayout,
    about,
    abreast,
    input_lines,
    picture_lines,
    run_lines,
    text_lines,
    title_line,
)
from cordage_tui.ui.external.download_actions import DownloadActions
from cordage_tui.ui.images.image_cells import Line
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.disabled_reasons import DisabledReason
from cordage_tui.ui.keys.footer import Footer, key_of
from cordage_tui.ui.keys.moves import reading_actions
from cordage_tui.ui.output_actions import NO_OUTPUT, OutputRatings, UseOutput, UseOutputs, rating_actions
from cordage_tui.ui.screen_base import EngineScreen, EventBatch
from cordage_tui.ui.viewer.panel import ViewerModel, whose
from cordage_tui.ui.viewer.screen import ViewerScreen
from cordage_tui.ui.widgets.line_view import ScrollView


class ComparePanel(ActionNode, ScrollView):
    """Scrollable page of two runs."""

    BINDING_GROUP_TITLE = "Side by side"
    ACTIONS = reading_actions("compare")
    BINDINGS = bindings_of(ACTIONS)

    def __init__(self, renderer: ImageRenderer, images: ImageService) -> None:
        super().__init__()
        self._renderer = renderer
        self._images = images
        self._sides: Sequence[ComparedRun] = ()
        self._active = 0
        self._now = 0.0
        self._loaded_keys: set[str] = set()
        """Keys of the outputs that the user has asked to load."""

    def show(self, sides: Sequence[ComparedRun], active: int, now: float) -> None:
        """Show these two runs at `now`, epoch seconds. `active`: index of the run that keys act on."""
        self._sides, self._active, self._now = sides, active, now
        self.redraw()

    def redraw(self) -> None:
        if len(self._sides) != 2 or not self.text_width:
            return
        room = self._room()
        left, right = self._sides
        left_top, right_top = (
            self._top_of(side, room, active=index == self._active) for index, side in enumerate(self._sides)
        )
        self.draw(
            [
                *abreast(left_top, right_top, room),
                *input_lines(left.detail, right.detail, room),
                *run_lines(left, right, self._now, room),
            ]
        )

    def wanted(self) -> list[ImageRequest]:
        """Return the requests for both outputs, the active one first. While pictures are off, only for outputs that the user
        has asked to load."""
        room = self._room()
        ordered = [*self._sides[self._active :], *self._sides[: self._active]]
        return [request for side in ordered if (request := self._wanted(side, room)) and self._loads(request.output)]

    def load(self, output: OutputRef) -> bool:
        """Load an output that is not loaded automatically. Return False if it is loaded automatically."""
        sight = self._images.sight(self._renderer.wanted(output, 1, 1))
        if sight.standing is ImageState.TOO_LARGE:
            self._loaded_keys.add(output.key)
            self._images.load(output)
            return True
        if sight.standing is not ImageState.UNKNOWN or self._loads(output):
            return False
        self._loaded_keys.add(output.key)
        return True

    def _loads(self, output: OutputRef) -> bool:
        return self._renderer.on or output.key in self._loaded_keys

    def _room(self) -> PageLayout:
        return PageLayout(self.text_width, self.size.height, bare=all(side.output is None for side in self._sides))

    def _wanted(self, side: ComparedRun, room: PageLayout) -> ImageRequest | None:
        return self._renderer.wanted(side.output, room.half, room.picture) if side.output is not None else None

    def _top_of(self, side: ComparedRun, room: PageLayout, *, active: bool) -> list[Line]:
        """Draw title and output of one side: a picture, a text, or a description."""
        wanted = self._wanted(side, room)
        sight = self._images.sight(wanted) if wanted is not None else None
        title = title_line(side, room.half, active=active)
        if sight is not None and sight.image is not None and self._renderer.draws:
            strips = self._renderer.strips(sight.image, self.background_colors[1])
            return [title, *picture_lines(strips, Content(""), room)]
        if sight is not None and sight.text:
            return [title, *text_lines(sight.text, room)]
        is_automatic = side.output is not None and self._loads(side.output)
        description = about(side, sight, key_of(self, "compare.open"), asks=is_automatic)
        return [title, *picture_lines(None, description, room)]


TICK_S: Final = 1.0
"""Seconds between two updates of running times."""


class OtherSide(Action["CompareScreen"]):
    """Switch to the other run."""

    id, keys, word = "compare.other", "tab", "other side"
    in_footer = True

    def run(self, screen: "CompareScreen") -> None:
        screen.switch_side()


class NextOutputs(Action["CompareScreen"]):
    """Show the next output of both runs."""

    id, keys, word = "compare.next", "]", "next outputs"
    in_footer = True
    step = 1

    def run(self, screen: "CompareScreen") -> None:
        screen.step_both(self.step)


class PreviousOutputs(NextOutputs):
    """Show the previous output of both runs."""

    id, keys, word = "compare.previous", "[", "previous outputs"
    in_footer = False
    step = -1


class OwnNextOutput(Action["CompareScreen"]):
    """Show the next output of this side only."""

    id, keys, word = "compare.own_next", "l,right", "next output"
    step = 1

    def run(self, screen: "CompareScreen") -> None:
        screen.step_own(self.step)


class OwnPreviousOutput(OwnNextOutput):
    """Show the previous output of this side only."""

    id, keys, word = "compare.own_previous", "h,left", "previous output"
    step = -1


class OpenCompared(Action["CompareScreen"]):
    """Show this side's output full screen; load one that is not loaded first."""

    id, keys, word = "compare.open", "enter", "open"
    in_footer = True

    def reason(self, screen: "CompareScreen") -> DisabledReason | None:
        return screen.why_no_output()

    def run(self, screen: "CompareScreen") -> None:
        screen.open()


class CloseComparison(Action["CompareScreen"]):
    """Go back to the runs."""

    id, keys, word = "compare.close", "escape,q,equals_sign", "back"
    in_footer = True

    def run(self, screen: "CompareScreen") -> None:
        screen.dismiss()


class CompareScreen(EngineScreen[None]):
    """Screen of two runs side by side. Keys that rate and open act on one side; `tab` switches to the other."""

    ACTIONS = (
        OtherSide(),
        NextOutputs(),
        PreviousOutputs(),
        OwnNextOutput(),
        OwnPreviousOutput(),
        UseOutput("compare", "this side's output"),
        OpenCompared(),
        *rating_actions("compare", "this side's output"),
        CloseComparison(),
    )
    BINDINGS = bindings_of(ACTIONS)
    AUTO_FOCUS = "ComparePanel"
    TITLE = "Side by side"

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        renderer: ImageRenderer,
        downloads: DownloadActions,
        rows: tuple[RowId, RowId],
        use: UseOutputs,
        numbers: tuple[int, int] = (1, 1),
    ) -> None:
        """`downloads` is for the viewer over this screen. `numbers`: of the outputs that are shown first."""
        super().__init__(engine, clock)
        self.use = use
        self._renderer = renderer
        self.downloads = downloads
        self._rows = rows
        self._chosen = [*numbers]
        self._active = 0
        self.ratings = OutputRatings(self)
        self._panel = ComparePanel(renderer, engine.pictures)

    def compose(self) -> ComposeResult:
        yield self._panel
        yield Footer()

    def on_mount(self) -> None:
        self._panel.border_title = Content("Side by side")
        self._renderer.changed.subscribe(self, lambda _: self._show())
        self.call_after_refresh(self._show)
        self.set_interval(TICK_S, self._tick)

    def on_unmount(self) -> None:
        self._renderer.changed.unsubscribe(self)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def on_screen_resume(self) -> None:
        self._show()

    def apply_events(self, batch: EventBatch) -> None:
        if batch.rows & set(self._rows) or batch.images:
            self._show()

    def _tick(self) -> None:
        if self.reads.recovers() or any(side.detail.row.status.is_active for side in self._sides()):
            self._show()

    def _show(self) -> None:
        """Show both runs as they are now. A deleted run closes the page. If a run cannot be read now, nothing changes."""
        sides = self._sides()
        if len(sides) != 2:
            if not self.reads.troubled:
                self.dismiss()
            return
        self._panel.show(sides, self._active, self.clock.wall())
        if self.is_active:
            self.engine.pictures.want(self._panel.wanted())

    def _sides(self) -> list[ComparedRun]:
        read = self.reads.last_good
        details = [(index, read(self.store.query.detail, None, row)) for index, row in enumerate(self._rows)]
        return [self._side(index, detail) for index, detail in details if detail is not None]

    def _side(self, index: int, detail: RunDetail) -> ComparedRun:
        row, count = detail.row, len(detail.outputs)
        number = min(self._chosen[index], count)
        verdict = self.reads.last_good(self.store.ratings.of, {}, row.id).get(number, UNJUDGED)
        output = OutputRef(row.id, number, detail.outputs[number - 1]) if number else None
        return ComparedRun(detail, one_line(self.engine.profile.label(row.webhook_key)), output, verdict)

    @property
    def output(self) -> OutputRef | None:
        """Output that keys act on; None: the active side has none."""
        return next((side.output for side in self._sides()[self._active :]), None)

    def why_no_output(self) -> DisabledReason | None:
        return NO_OUTPUT if self.is_mounted and self.output is None else None

    def outputs_to_use(self) -> Sequence[OutputRef]:
        return [self.output] if self.output is not None else []

    def switch_side(self) -> None:
        """Make the other run the one that keys act on."""
        self.step_run(1)
        self._show()

    def step_both(self, by: int) -> None:
        """Show another output of both runs."""
        for side in range(2):
            self._step(side, by)
        self._show()

    def step_own(self, by: int) -> None:
        """Show another output of the side that keys act on."""
        self.step(by)
        self._show()

    def _step(self, side: int, by: int) -> None:
        sides = self._sides()
        count = len(sides[side].detail.outputs) if len(sides) == 2 else 0
        self._chosen[side] = max(1, min(self._chosen[side] + by, count))

    def open(self) -> None:
        """Show this side's output full screen. If it is not loaded, only load it."""
        if (output := self.output) is None:
            return
        if self._panel.load(output):
            self._show()
        else:
            viewer = ViewerScreen(self.engine, self.clock, self._renderer, self, self.downloads, self.use)
            self.app.push_screen(viewer)

    def exhibit(self) -> ViewerModel | None:
        """Return the active side's output as the viewer shows it; None: it has none."""
        side = next(iter(self._sides()[self._active :]), None)
        if side is None or side.output is None:
            return None
        row = side.detail.row
        return ViewerModel(side.output, len(side.detail.outputs), row.prompt, whose(side.webhook, row), side.verdict)

    def step(self, by: int) -> None:
        """Choose the output `by` places further on the active side."""
        self._step(self._active, by)

    def step_run(self, by: int) -> None:
        """Make the other side the active one. For the viewer, this is the next run."""
        self._active = 1 - self._active
