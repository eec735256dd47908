"""Detail pane of a run."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from cordage_tui.domain.duration_model import RunEstimate
from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.output import OutputRef, Rating
from cordage_tui.domain.run import BatchProgress, RunDetail, RunRow
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.keys.bindings import MOVE, reading_keys
from cordage_tui.ui.keys.footer import main_key
from cordage_tui.ui.run_detail.batch_sections import BATCH_SECTIONS
from cordage_tui.ui.run_detail.image_layout import (
    ImageSourceProtocol,
    SizedImageRequest,
    ThumbnailLayout,
    ThumbnailLayoutInput,
    aspect_from_inputs,
)
from cordage_tui.ui.run_detail.images import ThumbnailView
from cordage_tui.ui.run_detail.outputs import MOST, HyperlinkTargets, OutputLocations, hint
from cordage_tui.ui.run_detail.sections import SECTIONS, DetailModel, Section
from cordage_tui.ui.terminal_images.strips import Line
from cordage_tui.ui.widgets.line_view import ScrollView
from cordage_tui.ui.widgets.text import literal

# The keys of the detail pane.

_COPIES: Final = Binding.Group("Copy")

KEYS: Final = (
    Binding("enter", "open", "full screen", id="run.open", tooltip="Show the chosen output full screen, or load it if large"),
    *reading_keys("run", space=False),
    Binding("l,right", "output(1)", "next output", id="run.right", tooltip="Choose the next output", group=MOVE),
    Binding("h,left", "output(-1)", "previous output", id="run.left", tooltip="Choose the previous output", group=MOVE, show=False),
    Binding("y", "copy_id", "copy id", id="run.copy_id", tooltip="Copy the run's id", group=_COPIES, show=False),
    Binding("Y", "copy_urls", "copy URLs", id="run.copy_urls", tooltip="Copy the URLs of all outputs, one per line", group=_COPIES, show=False),
    Binding("C", "copy_curl", "copy curl", id="run.copy_curl", tooltip="Copy the curl command that repeats this run", group=_COPIES, show=False),
    Binding("J", "raw", "raw response", id="run.raw", tooltip="Show or hide the raw response"),
    Binding("escape", "close", "back", id="run.close", tooltip="Leave this panel", show=False),
)  # fmt: skip


# The detail pane's widget: keeps what it shows, asks the sections to draw, turns keys into messages.

_EMPTY: Final = SafeText("Choose a run to see it here.")
_EMPTY_NEXT: Final = SafeText("goes to the runs")


class RunDetailPane(ScrollView):
    """One run, whole. Moving to another run draws once and lays nothing out."""

    BINDING_GROUP_TITLE = "Run"
    BINDINGS: ClassVar[list[BindingType]] = [*KEYS]

    class Closed(Message):
        """The user is done with the pane."""

    class CopyRequested(Message):
        """Put `text` on the clipboard, and say that `what` was copied."""

        def __init__(self, text: SafeText, what: SafeText) -> None:
            super().__init__()
            self.text = text
            self.what = what

    class OutputStepRequested(Message):
        """Choose the output that stands `by` places further."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    class Opened(Message):
        """Show the chosen output on the whole screen."""

    class VisibleImages(Message):
        """These pictures are on the pane, or should be: the chosen one first."""

        def __init__(self, wishes: Sequence[SizedImageRequest]) -> None:
            super().__init__()
            self.wishes = wishes

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, RunDetailPane.VisibleImages)

    def __init__(self, *, wall: Callable[[], float] = time.time, id: str | None = None, classes: str = "panel") -> None:
        """`wall` tells the time in epoch seconds when there is no `tick` to tell it."""
        super().__init__(id=id, classes=classes)
        self._wall = wall
        self._view: DetailModel | None = None
        self._parts: list[Sequence[Line]] = []
        self._hanging: ThumbnailLayout | None = None
        self._number = 1
        self._verdicts: Mapping[int, Rating] = {}
        self._settled = False
        self._told: Sequence[SizedImageRequest] = ()
        self._files: Mapping[int, Path] = {}
        self.links = HyperlinkTargets(able=False, loopback=False)
        """Where the links of its outputs lead."""
        self._entitle_run()

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self.call_after_refresh(self.redraw))

    @property
    def shown(self) -> RunRow | None:
        """The run on show."""
        return self._view.detail.row if self._view else None

    def hang(self, pictures: ImageSourceProtocol) -> None:
        """From now on outputs are shown as pictures, drawn that way."""
        self._hanging, self._told = ThumbnailLayout(pictures), ()
        self.redraw()

    def show(
        self, detail: RunDetail | None, webhook_name: SafeText, curl: SafeText, batch: BatchProgress | None = None
    ) -> None:
        """Show this run, or that none is chosen. The same run keeps its place; another starts at its first line.

        `curl` is the line of `shell.curl_line`, empty when the inputs are unknown. `batch`: it is that batch's line. Of its
        outputs there is only the room for them until `settle` is called.
        """
        old = self._view
        stays = old is not None and detail is not None and old.detail.row.id == detail.row.id
        raw_open = old is not None and stays and old.raw_open
        outlook, left_s = (old.outlook, old.batch_left_s) if old is not None and stays else (None, None)
        self._view = DetailModel(detail, webhook_name, curl, raw_open, outlook, batch, left_s) if detail else None
        self._settled = self._settled and stays
        self._entitle_run()
        self.redraw(None if stays else 0)
        self.refresh_bindings()

    @property
    def settled(self) -> bool:
        """The user looks at the run on show."""
        return self._settled

    def choose(self, number: int, verdicts: Mapping[int, Rating], files: Mapping[int, Path] | None = None) -> None:
        """Of the run that is shown next, or of the present one once it is drawn again: the chosen output, from 1, what the
        user thinks of each, and where those are that were downloaded."""
        self._number, self._verdicts, self._files = number, verdicts, files or {}

    def settle(self) -> None:
        """The user looks at this run: its pictures are drawn as they come."""
        if not self._settled:
            self._settled = True
            self.redraw()

    def pictures_changed(self, keys: Collection[str]) -> None:
        """There is something new to show of the outputs with these keys."""
        if self._settled and self._hanging and any(wish.output.key in keys for wish in self._hanging.wishes):
            self.redraw()

    def tick(self, now: float, outlook: RunEstimate | None = None, batch_left_s: float | None = None) -> None:
        """Time has passed (`now` in epoch seconds): while the run is active, redraw the lines on which it shows.

        `outlook` is what to expect of the run, `batch_left_s` of a batch; None: nothing is known.
        """
        self._view = view = self._view and replace(self._view, outlook=outlook, batch_left_s=batch_left_s)
        if view is None or not view.goes_on or not self._parts:
            return
        self._parts = [
            section.lines(view, self.text_width, now) if section.ticks else part
            for section, part in zip(_sections(view), self._parts, strict=True)
        ]
        self._draw_parts()

    def redraw(self, top: int | None = None) -> None:
        """Lay out anew at the present width; `top` is the first line to show, None: as before."""
        if self.text_width == 0:
            return
        if self._view is None:
            self._parts = []
            self.draw(self._empty_lines())
            return
        now = self._wall()
        self._view = replace(self._view, gallery=self._gallery(self._view), reach=self._reached(self._view, now))
        self._parts = [section.lines(self._view, self.text_width, now) for section in _sections(self._view)]
        self._draw_parts(top)
        self._tell_wishes()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        view = self._view
        needs = {
            "copy_id": view is not None and view.detail.row.run_id is not None,
            "copy_urls": view is not None and bool(view.detail.outputs),
            "copy_curl": view is not None and bool(view.curl),
            "raw": view is not None and view.detail.raw not in ("", "{}"),
            "open": view is not None and bool(view.detail.outputs),
            "output": view is not None and len(view.detail.outputs) > 1,
        }
        return needs.get(action, True)

    def action_output(self, by: int) -> None:
        self.post_message(self.OutputStepRequested(by))

    def action_open(self) -> None:
        self.post_message(self.Opened())

    def action_close(self) -> None:
        self.post_message(self.Closed())

    def action_copy_id(self) -> None:
        if self._view and self._view.detail.row.run_id:
            self.post_message(self.CopyRequested(one_line(self._view.detail.row.run_id), SafeText("run id")))

    def action_copy_urls(self) -> None:
        if self._view and (urls := self._view.detail.outputs):
            what = "URL" if len(urls) == 1 else f"{len(urls):,} URLs"
            self.post_message(self.CopyRequested(SafeText("\n".join(urls)), SafeText(what)))

    def action_copy_curl(self) -> None:
        if self._view and self._view.curl:
            self.post_message(self.CopyRequested(self._view.curl, SafeText("curl line")))

    def action_raw(self) -> None:
        """Opening brings the answer's heading to the top, closing goes back to the pane's first line."""
        if self._view:
            self._view = replace(self._view, raw_open=not self._view.raw_open)
            self.redraw(sum(map(len, self._parts[:-1])) + 1 if self._view.raw_open else 0)

    def _reached(self, view: DetailModel, now: float) -> OutputLocations:
        links, row = self.links, view.detail.row.id
        return OutputLocations(lambda number, url: links.of(row, number, url, now), links.able, self._files)

    def _gallery(self, view: DetailModel) -> ThumbnailView | None:
        outputs, row = view.detail.outputs, view.detail.row
        if self._hanging is None or not outputs:
            return None
        refs = [OutputRef(row.id, number, url) for number, url in enumerate(outputs[:MOST], 1)]
        wall = ThumbnailLayoutInput(
            outputs=refs,
            number=min(self._number, len(refs)),
            webhook_key=row.webhook_key,
            verdicts=self._verdicts,
            width=self.text_width,
            height=self.size.height,
            background=self.background_colors[1],
            foretold=aspect_from_inputs(view.detail.inputs),
        )
        return self._hanging.layout(wall, settled=self._settled)

    def _tell_wishes(self) -> None:
        wishes = self._hanging.wishes if self._settled and self._hanging and self._view and self._view.gallery else ()
        if wishes != self._told:
            self._told = wishes
            self.post_message(self.VisibleImages(wishes))

    def _entitle_run(self) -> None:
        batch = self._view is not None and self._view.batch is not None
        short = one_line(self._view.detail.row.short_id) if self._view else SafeText("")
        self.set_title(literal(SafeText("Batch" if batch else f"Run {short}".strip())))

    def _draw_parts(self, top: int | None = None) -> None:
        self.draw([line for part in self._parts for line in part], top=top)

    def _empty_lines(self) -> list[Content]:
        width, height = self.text_width, self.size.height
        lines = [literal(_EMPTY, "$quiet"), Content(""), hint(main_key(self.screen, "panel.runs"), _EMPTY_NEXT)]
        lines = [line.pad_left(max(0, (width - line.cell_length) // 2)) for line in lines]
        return [Content("")] * max(0, (height - len(lines)) // 2) + lines


def _sections(view: DetailModel) -> Sequence[Section]:
    return SECTIONS if view.batch is None else BATCH_SECTIONS
