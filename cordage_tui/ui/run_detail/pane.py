"""Detail pane of a run."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from textual.binding import Binding
from textual.content import Content
from textual.message import Message

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.batch import BatchProgress, BatchSource
from cordage_tui.domain.formatting import bar, format_duration_long, format_time_with_age, remaining_words
from cordage_tui.domain.image import ImageRequest
from cordage_tui.domain.inputs import PROMPT
from cordage_tui.domain.output import OutputRef, Rating
from cordage_tui.domain.queue import BlockedBy, QueueStanding
from cordage_tui.domain.run import RunDetail, RunRow, Status, UnlistedRun
from cordage_tui.domain.safe_text import SafeText, one_line, safe, visible_id
from cordage_tui.domain.statistics.duration_model import RunEstimate
from cordage_tui.ui.images.image_cells import Line
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.disabled_reasons import DisabledReason
from cordage_tui.ui.keys.footer import key_of
from cordage_tui.ui.keys.moves import MOVE, reading_actions
from cordage_tui.ui.run_detail.image_layout import ThumbnailLayout, ThumbnailLayoutInput, aspect_from_inputs
from cordage_tui.ui.run_detail.output_links import MOST, HyperlinkTargets
from cordage_tui.ui.run_detail.sections import LONGEST_PROMPT, SECTIONS, DetailModel, Section, lineage
from cordage_tui.ui.run_detail.text_layout import LABEL, columns, hint, wrapped
from cordage_tui.ui.run_detail.thumbnails import ThumbnailView
from cordage_tui.ui.run_table.cell_texts import ORDER, batch_colour
from cordage_tui.ui.widgets.mouse_selection import SelectableView
from cordage_tui.ui.widgets.status_signs import GLYPHS, RUN_COLOURS
from cordage_tui.ui.widgets.text import literal

if TYPE_CHECKING:
    from cordage_tui.domain.lineage import Relatives
    from cordage_tui.engine.images.service import ImageService

# Sections of the detail pane for a batch.

_WIDEST_BAR: Final = 32
"""Most cells of the progress bar."""


_UNKNOWN: Final = BatchProgress(BatchSource(""), folded=True, counts={})


def _progress(view: DetailModel) -> BatchProgress:
    return view.batch or _UNKNOWN


def headline(view: DetailModel, width: int, now: float) -> list[Content]:
    """Return `▤ 33 of 48 ended` and a progress bar while the batch is running."""
    progress = _progress(view)
    text = f"{GLYPHS[Status.BATCH]} {progress.ended:,} of {progress.total:,} ended"
    line = literal(one_line(text), f"${batch_colour(progress)} bold").truncate(max(1, width), ellipsis=True)
    if not progress.total or progress.ended == progress.total:
        return [line]
    cells = min(width, _WIDEST_BAR)
    return [line, literal(SafeText(bar(progress.ended / progress.total, cells)), f"${batch_colour(progress)}")]


def title(view: DetailModel, width: int, now: float) -> list[Content]:
    """Return the prompt of the batch as it was written."""
    written = _progress(view).source.inputs.get(PROMPT)
    text = safe(written) if isinstance(written, str) else view.detail.row.prompt
    return [Content(""), *wrapped(SafeText(text.strip()[:LONGEST_PROMPT]), width, "$foreground bold")]


def runs(view: DetailModel, width: int, now: float) -> list[Content]:
    """Count the runs of each status: glyph, word and number."""
    counts = _progress(view).counts
    figures = {status: f"{counts[status]:,}" for status in ORDER if counts.get(status)}
    widest = max(map(len, figures.values()), default=0)
    lines: list[Content] = []
    for status, figure in figures.items():
        label = literal(one_line(f"{GLYPHS[status]} {status.word}"), f"${RUN_COLOURS[status]}")
        lines.append(Content.assemble(label.pad_right(max(0, LABEL[0] + 2 - label.cell_length)), figure.rjust(widest)))
    return lines


def axes(view: DetailModel, width: int, now: float) -> list[Content]:
    """List the inputs that vary in the batch, with their values."""
    pairs = [(one_line(name, 60), one_line(", ".join(values), 1_000)) for name, values in _progress(view).source.axes]
    return columns(pairs, width)


def times(view: DetailModel, width: int, now: float) -> list[Content]:
    """Return when the batch was submitted, how long it has been running, and when its last run will probably end."""
    row, progress = view.detail.row, _progress(view)
    pairs = [(SafeText("submitted"), format_time_with_age(row.created_at, now, view.zone))]
    if progress.ended < progress.total:
        pairs.append((SafeText("so far"), format_duration_long(now - row.created_at)))
        if view.batch_left_s is not None:
            pairs.append((SafeText("expected"), remaining_words(view.batch_left_s)))
        elif view.batch_blocked is not None:
            pairs.append((SafeText("expected"), SafeText(f"unknown: {view.batch_blocked}")))
    elif progress.last_end is not None and progress.last_end >= row.created_at:
        pairs.append((SafeText("took"), format_duration_long(progress.last_end - row.created_at)))
        pairs.append((SafeText("ended"), format_time_with_age(progress.last_end, now, view.zone)))
    return columns(pairs, width)


def identity(view: DetailModel, width: int, now: float) -> list[Content]:
    """Return webhook and number of prompts."""
    pairs = [(SafeText("webhook"), view.webhook), (SafeText("made of"), SafeText(f"{view.detail.row.size:,} prompts"))]
    return columns(pairs, width)


BATCH_SECTIONS: Final[Sequence[Section]] = (
    Section(SafeText(""), headline),
    Section(SafeText(""), title),
    Section(SafeText("Runs"), runs),
    Section(SafeText("Varies"), axes),
    Section(SafeText("Lineage"), lineage),
    Section(SafeText("Times"), times, ticks=True),
    Section(SafeText("Batch"), identity),
)
"""Sections, the most important first."""


_COPIES: Final = Binding.Group("Copy")

_NO_RUN: Final = DisabledReason(SafeText("No run is selected."))


class PaneAction(Action["RunDetailPane"]):
    """Action on the shown run."""

    def reason(self, pane: "RunDetailPane") -> DisabledReason | None:
        return _NO_RUN if pane.detail is None else self.lacking(pane, pane.detail)

    def lacking(self, pane: "RunDetailPane", detail: RunDetail) -> DisabledReason | None:
        """Return what the run lacks for this action; None: nothing."""
        raise NotImplementedError


class OpenChosenOutput(PaneAction):
    """Show the chosen output full screen, or load it if large."""

    id, keys, word = "run.open", "enter", "full screen"
    title, search = "Show the output full screen", "view, zoom, fullscreen, show image, show picture, preview"
    in_footer = True

    def lacking(self, pane: "RunDetailPane", detail: RunDetail) -> DisabledReason | None:
        return None if detail.outputs else DisabledReason(SafeText("This run has no outputs."))

    def run(self, pane: "RunDetailPane") -> None:
        pane.post_message(RunDetailPane.Opened())


class ChooseNextOutput(PaneAction):
    """Choose the next output."""

    id, keys, word = "run.right", "l,right", "next output"
    group = MOVE
    in_footer = True
    in_palette = False
    step = 1

    def lacking(self, pane: "RunDetailPane", detail: RunDetail) -> DisabledReason | None:
        if len(detail.outputs) > 1:
            return None
        return DisabledReason(
            SafeText("This run has one output only." if detail.outputs else "This run has no outputs.")
        )

    def run(self, pane: "RunDetailPane") -> None:
        pane.post_message(RunDetailPane.OutputStepRequested(self.step))


class ChoosePreviousOutput(ChooseNextOutput):
    """Choose the previous output."""

    id, keys, word = "run.left", "h,left", "previous output"
    in_footer = False
    step = -1


class CopyShownId(PaneAction):
    """Copy the run's id."""

    id, keys, word = "run.copy_id", "y", "copy id"
    group = _COPIES

    def lacking(self, pane: "RunDetailPane", detail: RunDetail) -> DisabledReason | None:
        return DisabledReason(SafeText("This run has no id yet.")) if detail.row.run_id is None else None

    def run(self, pane: "RunDetailPane") -> None:
        if pane.detail is not None and pane.detail.row.run_id:
            run_id = visible_id(pane.detail.row.run_id)
            pane.post_message(RunDetailPane.CopyRequested(run_id, SafeText("run id")))


class CopyShownUrls(PaneAction):
    """Copy the URLs of all outputs, one per line."""

    id, keys, word = "run.copy_urls", "Y", "copy URLs"
    search = "links, addresses"
    group = _COPIES

    def lacking(self, pane: "RunDetailPane", detail: RunDetail) -> DisabledReason | None:
        return None if detail.outputs else DisabledReason(SafeText("This run has no outputs."))

    def run(self, pane: "RunDetailPane") -> None:
        if pane.detail is not None and (urls := pane.detail.outputs):
            what = "URL" if len(urls) == 1 else f"{len(urls):,} URLs"
            pane.post_message(RunDetailPane.CopyRequested(SafeText("\n".join(urls)), SafeText(what)))


class CopyCurl(PaneAction):
    """Copy the curl command that repeats this run."""

    id, keys, word = "run.copy_curl", "C", "copy curl"
    search = "command"
    group = _COPIES

    def lacking(self, pane: "RunDetailPane", detail: RunDetail) -> DisabledReason | None:
        return None if pane.curl else DisabledReason(SafeText("Inputs unknown: this run was started elsewhere."))

    def run(self, pane: "RunDetailPane") -> None:
        if pane.curl:
            pane.post_message(RunDetailPane.CopyRequested(pane.curl, SafeText("curl command")))


class ShowRawResponse(PaneAction):
    """Show the raw response full screen."""

    id, keys, word = "run.raw", "J", "raw response"
    search = "json, answer"
    in_footer = True

    def lacking(self, pane: "RunDetailPane", detail: RunDetail) -> DisabledReason | None:
        if detail.raw in ("", "{}"):
            return DisabledReason(SafeText("There is no response about this run yet."))
        return None

    def run(self, pane: "RunDetailPane") -> None:
        from cordage_tui.ui.run_detail.raw_response import ResponseScreen, pretty

        if (detail := pane.detail) is not None:
            title = one_line(f"Raw response · run {detail.row.short_id}")

            def copy(text: SafeText, what: SafeText) -> None:
                pane.post_message(RunDetailPane.CopyRequested(text, what))

            pane.app.push_screen(ResponseScreen(title, pretty(detail.raw, detail.row.webhook_key), copy))


class LeavePane(Action["RunDetailPane"]):
    """Leave this panel."""

    id, keys, word = "run.close", "escape", "back"
    in_palette = False

    def run(self, pane: "RunDetailPane") -> None:
        if not pane.unselect():
            pane.post_message(RunDetailPane.Closed())


_EMPTY: Final = SafeText("Choose a run to see it.")
_EMPTY_NEXT: Final = SafeText("go to the runs")


class RunDetailPane(ActionNode, SelectableView):
    """Pane with everything that is known of one run. Showing another run draws once, and does not change the layout."""

    BINDING_GROUP_TITLE = "Run"
    ACTIONS = (
        OpenChosenOutput(),
        ChooseNextOutput(),
        ChoosePreviousOutput(),
        CopyShownId(),
        CopyShownUrls(),
        CopyCurl(),
        ShowRawResponse(),
        LeavePane(),
        *reading_actions("run", space=False),
    )
    BINDINGS = bindings_of(ACTIONS)

    class Closed(Message):
        """Leave the pane."""

    class CopyRequested(Message):
        """Copy `text`, and say that `what` was copied."""

        def __init__(self, text: SafeText, what: SafeText) -> None:
            super().__init__()
            self.text = text
            self.what = what

    class OutputStepRequested(Message):
        """Choose the output `by` places further."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    class Opened(Message):
        """Show the chosen output on the whole screen."""

    def __init__(self, *, wall: Callable[[], float] = time.time, id: str | None = None, classes: str = "panel") -> None:
        """`wall` returns the time in epoch seconds. It is used for a full drawing; a `tick` brings its own time."""
        super().__init__(id=id, classes=classes)
        self._wall = wall
        self._view: DetailModel | None = None
        self._parts: list[Sequence[Line]] = []
        self._images: ImageService | None = None
        self._layout: ThumbnailLayout | None = None
        self._requested: list[ImageRequest] | None = None
        """Images that were requested last; None: they must be requested again."""
        self._neighbours: Sequence[OutputRef] = ()
        self._number = 1
        self._verdicts: Mapping[int, Rating] = {}
        self._settled = False
        self._files: Mapping[int, Path] = {}
        self.covered = False
        """Whether another screen shows images, so that the pane requests none."""
        self.relatives: Relatives | None = None
        """Runs that the shown run was made from, and runs that were made from it."""
        self.links = HyperlinkTargets(able=False, loopback=False)
        """Hyperlinks of the outputs."""
        self._show_title()

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self.call_after_refresh(self.redraw))

    def on_unmount(self) -> None:
        self.app.theme_changed_signal.unsubscribe(self)

    @property
    def detail(self) -> RunDetail | None:
        """Everything that is known of the shown run; None: no run is shown."""
        return self._view.detail if self._view is not None else None

    @property
    def curl(self) -> SafeText:
        """Command that repeats the shown run; empty: its inputs are unknown."""
        return self._view.curl if self._view is not None else SafeText("")

    @property
    def shown(self) -> RunRow | None:
        """Row of the shown run; None: no run is shown."""
        return self._view.detail.row if self._view else None

    def show_images(self, renderer: ImageRenderer, images: "ImageService") -> None:
        """Use this renderer and this source for images. They are laid out and requested again."""
        self._images, self._layout, self._requested = images, ThumbnailLayout(renderer, images), None
        self.redraw()

    def show(
        self,
        detail: RunDetail | None,
        webhook_name: SafeText,
        curl: SafeText,
        batch: BatchProgress | None = None,
        relatives: "Relatives | None" = None,
        silent: UnlistedRun | None = None,
    ) -> None:
        """Show a run; None: no run is chosen. If it is the same run, the view keeps its place; else it begins at the top.

        `curl`: the command of `sections.curl_line`, empty if the inputs are unknown. `batch`: the progress of a batch.
        `relatives`: runs that it was made from, and runs that were made from it. `silent`: set if the run is not heard from.
        Until `settle` is called, images only get their room.
        """
        old, self.relatives = self._view, relatives
        is_same = old is not None and detail is not None and old.detail.row.id == detail.row.id
        self._view = (
            DetailModel(detail, webhook_name, curl, batch=batch, relatives=relatives, silent=silent) if detail else None
        )
        if self._view is not None and old is not None and is_same:
            self._view = replace(self._view, outlook=old.outlook, standing=old.standing, batch_left_s=old.batch_left_s)
            self._view = replace(self._view, batch_blocked=old.batch_blocked, heard_at=old.heard_at)
        self._settled = self._settled and is_same
        if not is_same:
            self.unselect()
        self._show_title()
        self.redraw(None if is_same else 0)
        self.refresh_bindings()

    @property
    def settled(self) -> bool:
        """True if the cursor rests on the shown run."""
        return self._settled

    def choose(self, number: int, verdicts: Mapping[int, Rating], files: Mapping[int, Path] | None = None) -> None:
        """Set the chosen output, from 1, the ratings and the downloaded files for the next drawing."""
        self._number, self._verdicts, self._files = number, verdicts, files or {}

    def settle(self, neighbours: Sequence[OutputRef] = ()) -> None:
        """Request images and draw them when they come, because the cursor rests on this run. `neighbours` are requested last."""
        self._neighbours = neighbours
        if not self._settled:
            self._settled = True
            self.redraw()

    def pictures_changed(self, keys: Collection[str]) -> None:
        """Redraw if one of the shown images has changed. `keys`: of outputs."""
        if self._settled and self._layout and any(request.output.key in keys for request in self._layout.requests):
            self.redraw()

    def tick(
        self,
        now: float,
        outlook: RunEstimate | None = None,
        batch_left_s: float | None = None,
        standing: QueueStanding | None = None,
        batch_blocked: BlockedBy | None = None,
        heard_at: float | None = None,
    ) -> None:
        """Redraw the lines that show a time, while the run waits or is active. `now`: epoch seconds.

        `outlook`: estimate of the run. `batch_left_s`: estimated seconds until the batch ends. `standing`: of a queued prompt.
        `batch_blocked`: what keeps a batch from being sent. `heard_at`: when a list last named the run, epoch seconds. None:
        unknown, or there is none.
        """
        self._view = view = self._view and replace(
            self._view,
            outlook=outlook,
            batch_left_s=batch_left_s,
            standing=standing,
            batch_blocked=batch_blocked,
            heard_at=heard_at,
        )
        if view is None or not view.goes_on or not self._parts:
            return
        self._parts = [
            section.lines(view, self.text_width, view.as_of(now)) if section.ticks else part
            for section, part in zip(_sections(view), self._parts, strict=True)
        ]
        self._draw_parts()

    def redraw(self, top: int | None = None) -> None:
        """Draw all sections at the present width. `top`: the first line to show; None: as before."""
        if self.text_width == 0:
            return
        if self._view is None:
            self._parts = []
            self.draw(_empty_lines(self))
            return
        now, gallery, key = self._view.as_of(self._wall()), self._gallery(self._view), partial(key_of, self)
        self._view = replace(self._view, gallery=gallery, links=self.links, files=self._files, key=key)
        self._parts = [section.lines(self._view, self.text_width, now) for section in _sections(self._view)]
        self._draw_parts(top)
        self._request_images()

    def _gallery(self, view: DetailModel) -> ThumbnailView | None:
        outputs, row = view.detail.outputs, view.detail.row
        if self._layout is None or not outputs:
            return None
        refs = [OutputRef(row.id, number, url) for number, url in enumerate(outputs[:MOST], 1)]
        run = ThumbnailLayoutInput(
            outputs=refs,
            number=min(self._number, len(refs)),
            webhook_key=row.webhook_key,
            verdicts=self._verdicts,
            width=self.text_width,
            height=self.size.height,
            background=self.background_colors[1],
            foretold=aspect_from_inputs(view.detail.inputs),
        )
        gallery = self._layout.layout(run, settled=self._settled)
        return gallery and replace(gallery, load_key=key_of(self, "run.open"))

    def _request_images(self) -> None:
        """Request the shown images, and for each neighbour the image that would be shown first."""
        if self._images is None or self._layout is None or self.covered:
            return
        visible = self._layout.requests if self._settled and self._view and self._view.gallery else ()
        requests = [*visible, *(replace(visible[0], output=output) for output in self._neighbours)] if visible else []
        if requests != self._requested:
            self._requested = requests
            self._images.want(requests)

    def _show_title(self) -> None:
        is_batch = self._view is not None and self._view.batch is not None
        short = one_line(self._view.detail.row.short_id) if self._view else SafeText("")
        self.set_titles(literal(SafeText("Batch" if is_batch else f"Run {short}".strip())))

    def _draw_parts(self, top: int | None = None) -> None:
        self.draw([line for part in self._parts for line in part], top=top)


def _sections(view: DetailModel) -> Sequence[Section]:
    return SECTIONS if view.batch is None else BATCH_SECTIONS


def _empty_lines(pane: RunDetailPane) -> list[Content]:
    width, height = pane.text_width, pane.size.height
    lines = [*wrapped(_EMPTY, width, "$quiet"), Content(""), hint(key_of(pane, "panel.runs"), _EMPTY_NEXT)]
    lines = [line.pad_left(max(0, (width - line.cell_length) // 2)) for line in lines]
    return [Content("")] * max(0, (height - len(lines)) // 2) + lines
