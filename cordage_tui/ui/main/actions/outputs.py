"""Outputs on the main screen: the chosen one and its pictures, the screens that show outputs, and the actions on them."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from textual.screen import Screen

from cordage_tui.domain.image import ImageState
from cordage_tui.domain.output import UNJUDGED, OutputRef
from cordage_tui.domain.run import RowId, RunQuery, RunRow
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.keys.action import Count
from cordage_tui.ui.keys.disabled_reasons import DisabledReason, not_here
from cordage_tui.ui.keys.footer import key_of
from cordage_tui.ui.main.context import RUNS, MainAction, MainContext, RunAction, why_no_output, why_no_outputs

if TYPE_CHECKING:
    from cordage_tui.domain.lineage import Relatives
    from cordage_tui.ui.contact_sheet.screen import ContactSheetScreen
    from cordage_tui.ui.contact_sheet.source import TileQuery
    from cordage_tui.ui.external.download_actions import DownloadActions
    from cordage_tui.ui.viewer.panel import ViewerModel


FARTHEST: Final = 500
"""Most runs without outputs that the viewer skips."""


class ShownOutputs:
    """The chosen output and its pictures. It is a `ViewerSource`."""

    def __init__(self, main: MainContext) -> None:
        self._main = main
        self._host = main.screen
        self._engine = main.engine
        self._selection = main.selection
        self._presenter = main.presenter
        self._pane = main.pane
        self._show_images()
        main.renderer.changed.subscribe(main.screen, lambda _: self._show_images())

    @cached_property
    def downloads(self) -> "DownloadActions":
        """Downloads of outputs."""
        from cordage_tui.ui.external.download_actions import DownloadActions

        return DownloadActions(self._host, self._main.clipboard)

    def settle(self) -> None:
        """Request and draw the images of the run on which the cursor rests."""
        if not self._pane.covered:
            self._pane.settle(self._nearby())

    def use(self, outputs: Sequence[OutputRef]) -> None:
        """Use outputs of another screen as inputs of a webhook."""
        from cordage_tui.ui.main.output_use import OutputUse

        self._main.part(OutputUse).use(outputs)

    def open_over(self, screen: Screen[RowId | None] | Screen[None]) -> None:
        """Open a screen that shows pictures. The pane shows none until that screen is left; it may return a row for the cursor."""
        self.cover()
        self._host.app.push_screen(screen, self.uncover)

    def cover(self) -> None:
        """Request no images for the pane, because another screen with pictures covers it."""
        self._pane.covered = True

    def uncover(self, row: RowId | None) -> None:
        """Draw images again after another screen with pictures was left. `row`: where the cursor goes; None: it stays."""
        self._pane.covered = False
        self._pane.settle(self._nearby())
        self._show_images()
        if row is not None:
            self._selection.table.go_to(row)

    def step(self, by: int) -> None:
        """Choose the output `by` places further. After the last output comes the first."""
        output, row = self._selection.output, self._selection.row
        if output is not None and row is not None:
            self._selection.choose_output(row.id, (output.number - 1 + by) % row.output_count + 1)
            self._presenter.show_run(row.id)

    def step_run(self, by: int) -> None:
        """Move the cursor to the next run that has outputs, or to the one before. It stays if there is none."""
        table, start = self._selection.table, self._selection.row
        for _ in range(FARTHEST):
            before = table.highlighted
            table.move(by)
            if table.highlighted is None or before is None or table.highlighted.id == before.id:
                break
            if table.highlighted.output_count:
                return
        if start is not None:
            table.go_to(start.id)

    def exhibit(self) -> "ViewerModel | None":
        """Return the chosen output as the viewer shows it; None: there is none."""
        from cordage_tui.ui.viewer.panel import ViewerModel, whose

        output, row, detail = self._selection.output, self._selection.row, self._selection.detail
        if output is None or row is None:
            return None
        ratings = self._host.reads.last_good(self._host.store.ratings.of, {}, row.id)
        urls = detail.outputs if detail is not None else ()
        return ViewerModel(
            output,
            row.output_count,
            row.prompt,
            whose(self._engine.profile.label(row.webhook_key), row),
            ratings.get(output.number, UNJUDGED),
            tuple(
                OutputRef(row.id, n, urls[n - 1]) for n in (output.number + 1, output.number - 1) if 0 < n <= len(urls)
            ),
        )

    def _show_images(self) -> None:
        self._pane.show_images(self._main.renderer, self._engine.pictures)

    def _nearby(self) -> list[OutputRef]:
        """Return the first outputs of the runs below and above the cursor."""
        rows, row = self._selection.table.shown, self._selection.row
        index = next((number for number, other in enumerate(rows) if row is not None and other.id == row.id), None)
        if index is None:
            return []
        neighbours = (*rows[index + 1 : index + 2], *rows[max(0, index - 1) : index])
        return [output for row in neighbours if (output := self._first_output(row))]

    def _first_output(self, row: RunRow) -> OutputRef | None:
        read = self._host.reads.last_good
        detail = read(self._host.store.query.detail, None, row.id) if row.output_count else None
        return OutputRef(row.id, 1, detail.outputs[0]) if detail is not None and detail.outputs else None


class OpenSheet(MainAction):
    """Open the contact sheet of the marked runs, this batch, or all runs shown."""

    id, keys, word = "runs.sheet", "s", "sheet"
    title, search = "Contact sheet", "sheet, gallery, grid, thumbnails, pictures, cull"
    group = RUNS
    in_footer = True
    count = Count.MARKS

    def run(self, main: MainContext) -> None:
        """Open the sheet. When it is left, the cursor goes to the run of its last tile."""
        main.table.end_range()
        row = main.selection.row
        at = None if row is None or row.size else row.id
        main.part(ShownOutputs).open_over(_sheet(main, _shown_tiles(main), at))


class CompareRuns(MainAction):
    """Compare two marked runs side by side, or this run with its parent: outputs, inputs, times."""

    id, keys, word = "runs.compare", "=", "compare"
    search = "diff, side by side, duel, versus"
    group = RUNS
    count = Count.MARKS

    def reason(self, main: MainContext) -> DisabledReason | None:
        selection = main.selection
        marked = max(sum(selection.marked.values()), selection.span)
        if selection.span and marked <= 2:  # a run in the range may be marked already
            marked = len(main.table.marked)
        if marked == 2:
            return None
        parent = None if marked or (relatives := relatives_of_row(main)) is None else relatives.parent
        if parent is not None and not parent.row.size and not selection.batch:
            return None
        counted = {0: "None is marked", 1: "One is marked"}.get(marked, f"{marked:,} are marked")
        key = key_of(main.table, "runs.mark") or "space"
        return not_here(one_line(f"Mark two runs with {key} to compare them. {counted} now."))

    def run(self, main: MainContext) -> None:
        """Show on the left the run that was marked first, or the parent."""
        from cordage_tui.ui.compare.screen import CompareScreen

        main.table.end_range()
        marked, detail, numbers = main.table.marked, main.selection.detail, (1, 1)
        if len(marked) == 2:
            pair = (marked[0], marked[1])
        elif not marked and detail is not None and detail.parent is not None:
            pair, numbers = (detail.parent, detail.row.id), (detail.parent_output or 1, 1)
        else:
            return
        outputs = main.part(ShownOutputs)
        outputs.open_over(
            CompareScreen(main.engine, main.clock, main.renderer, outputs.downloads, pair, outputs.use, numbers)
        )


class OpenKeepers(MainAction):
    """Show what kept runs have in common: of the marked runs, of this batch, or of all runs shown."""

    id, keys, word = "runs.keepers", "&", "keepers"
    title, search = "What keepers have in common", "keepers, kept, words, which prompt, best, statistics"
    group = RUNS

    def run(self, main: MainContext) -> None:
        from cordage_tui.engine.batch.word_lists import WordLists
        from cordage_tui.store.judged_runs import JudgedScope
        from cordage_tui.ui.keepers.screen import KeepersScreen, KeeperSubject

        tiles, profile = _shown_tiles(main), main.engine.profile
        if tiles.batch is not None:
            scope = JudgedScope(profile.stored_as, batch=tiles.batch)
        elif tiles.query is None:
            scope = JudgedScope(profile.stored_as, rows=tiles.rows)
        else:
            query, matching_rows = tiles.query, None
            if query.is_filtered:
                matching_rows = main.reads.last_good(main.store.query.filters.rows, None, query, profile.names)
            scope = JudgedScope(profile.stored_as, query.webhook_key, where=matching_rows)

        def show_rows(title: SafeText, rows: "Sequence[RowId]") -> None:
            """Show the outputs of these runs in a contact sheet over the keepers."""
            main.screen.app.push_screen(_sheet(main, _tiles_of(title, rows)))

        subject, lists = KeeperSubject(tiles.title, scope), WordLists(main.registry.paths.config_dir).words
        main.part(ShownOutputs).open_over(KeepersScreen(main.engine, main.clock, subject, lists, show_rows))


def open_viewer(main: MainContext) -> None:
    """Show the chosen output on the whole screen. If it is too large to be fetched automatically, only fetch it."""
    from cordage_tui.ui.viewer.screen import ViewerScreen

    if (output := main.selection.output) is None:
        return
    if main.engine.pictures.sight(main.renderer.wanted(output, 1, 1)).standing is ImageState.TOO_LARGE:
        main.engine.pictures.load(output)
    else:
        outputs = main.part(ShownOutputs)
        outputs.open_over(ViewerScreen(main.engine, main.clock, main.renderer, outputs, outputs.downloads, outputs.use))


def relatives_of_row(main: MainContext) -> "Relatives | None":
    """Return the relatives of the run under the cursor; None: it has none."""
    row = main.selection.row
    if row is not None and main.pane.shown is not None and main.pane.shown.id == row.id:
        return main.pane.relatives
    detail = main.selection.detail  # the pane follows the cursor only when that rests
    return main.reads.last_good(main.store.relatives, None, detail) if detail is not None else None


def _sheet(main: MainContext, tiles: "TileQuery", at: RowId | None = None) -> "ContactSheetScreen":
    """Create the contact sheet of some runs, with its cursor on the run `at`; None: on the first."""
    from cordage_tui.ui.contact_sheet.screen import ContactSheetScreen

    outputs = main.part(ShownOutputs)
    return ContactSheetScreen(main.engine, main.clock, main.renderer, outputs.downloads, tiles, outputs.use, at)


def _shown_tiles(main: MainContext) -> "TileQuery":
    """Return the outputs of the marked runs, else of the cursor's batch, else of all runs shown."""
    selection, marked = main.selection, main.table.marked
    if marked:
        return _tiles_of(one_line(f"{len(marked):,} marked"), marked)
    row = selection.row
    line = None if row is None else row.id if row.size else row.batch
    batch = selection.batch_progress(line) if line is not None else None
    if line is not None and batch is not None:
        return _tiles_of(batch.title, selection.source.members(line), batch=line)
    return _tiles_of(_shown_name(main), (), query=selection.query)


def _tiles_of(
    title: SafeText, rows: Iterable[RowId], *, batch: RowId | None = None, query: RunQuery | None = None
) -> "TileQuery":
    from cordage_tui.ui.contact_sheet.source import TileQuery

    return TileQuery(title, rows=tuple(rows), batch=batch, query=query)


def _shown_name(main: MainContext) -> SafeText:
    """Return the name of the list that the table shows, as in its title."""
    query, profile = main.selection.query, main.engine.profile
    name = profile.label(query.webhook_key) if query.webhook_key else "All"
    return one_line(f"{name} · /{query.text}" if query.text else name, 80)


class OpenOutside(MainAction):
    """Open this output in the system's viewer; over SSH show and copy its URL."""

    id, keys, word = "run.open_output", "o", "open"
    title, search = "Open in the system's viewer", "view, outside, browser"
    group = RUNS
    in_footer = True

    def reason(self, main: MainContext) -> DisabledReason | None:
        return why_no_output(main)

    def run(self, main: MainContext) -> None:
        if (output := main.selection.output) is not None:
            main.part(ShownOutputs).downloads.open_outside(output)


class DownloadOutput(MainAction):
    """Download this output."""

    id, keys, word = "run.download", "d", "download"
    search = "dl, save, save image, save picture, get"
    group = RUNS
    in_footer = True
    count = Count.MARKS

    def reason(self, main: MainContext) -> DisabledReason | None:
        return why_no_output(main)

    def run(self, main: MainContext) -> None:
        if (output := main.selection.output) is not None:
            main.part(ShownOutputs).downloads.enqueue_outputs([output])

    def run_times(self, main: MainContext, count: int) -> None:
        DownloadAll().run(main)


class DownloadAll(RunAction):
    """Download all outputs of this run."""

    id, keys, word = "run.download_all", "D", "download all"
    title, search = "Download all of this run", "dl all, save all"
    count = Count.MARKS
    of_marked = "download marked", "Download all outputs of the marked runs"
    of_batch = "download batch", "Download all outputs of this batch's runs"

    def reason(self, main: MainContext) -> DisabledReason | None:
        return why_no_outputs(main)

    def run(self, main: MainContext) -> None:
        main.table.end_range()
        main.part(ShownOutputs).downloads.download_rows(main.selection.chosen_rows)


class DownloadShown(MainAction):
    """Download the outputs of all runs in the table, in sight or not; asks first when they are many."""

    id, title = "runs.download_shown", "Download all shown"
    search = "dl all, save all, download everything, download all"

    def run(self, main: MainContext) -> None:
        main.part(ShownOutputs).downloads.download_rows(main.selection.all_shown)


class NextOutput(MainAction):
    """Choose the next output of this run."""

    id, keys, word = "run.next_output", "]", "next output"
    group = RUNS
    step = 1

    def reason(self, main: MainContext) -> DisabledReason | None:
        row = main.selection.row
        if row is None or row.output_count < 1:
            return why_no_output(main)
        return not_here("This run has one output only.") if row.output_count == 1 else None

    def run(self, main: MainContext) -> None:
        main.part(ShownOutputs).step(self.step)


class PreviousOutput(NextOutput):
    """Choose the previous output."""

    id, keys, word = "run.previous_output", "[", "previous output"
    in_palette = False
    step = -1


class SwitchPictures(MainAction):
    """Turn pictures on or off."""

    id, keys, word = "run.pictures", "i", "pictures"
    title, search = "Pictures on or off", "images"
    group = RUNS

    def run(self, main: MainContext) -> None:
        with main.screen.report_errors():
            is_on = main.renderer.switch()
            message = "Pictures are on." if is_on else "Pictures are off: outputs are described as text."
            main.screen.toast(one_line(message))


SCREEN_ACTIONS = (OpenSheet(), CompareRuns(), OpenKeepers())
ACTIONS = (
    OpenOutside(),
    DownloadOutput(),
    DownloadAll(),
    DownloadShown(),
    PreviousOutput(),
    NextOutput(),
    SwitchPictures(),
)
