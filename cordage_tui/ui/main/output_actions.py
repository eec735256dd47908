"""Actions of the main screen on outputs: choose one, pictures, viewer, contact sheet, compare."""

from functools import cached_property
from typing import TYPE_CHECKING, Final

from cordage_tui.domain.image import ImageState
from cordage_tui.domain.output import UNJUDGED, OutputRef
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.external.clipboard import Clipboard
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.main.presenter import MainPresenter
from cordage_tui.ui.main.selection import RunSelection
from cordage_tui.ui.run_detail.pane import RunDetailPane
from cordage_tui.ui.screen_base import EngineScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cordage_tui.ui.contact_sheet.source import TileQuery
    from cordage_tui.ui.external.download_actions import DownloadActions
    from cordage_tui.ui.prompt.history import LoadedBody
    from cordage_tui.ui.rating import UseOutputs
    from cordage_tui.ui.viewer.panel import ViewerModel

FARTHEST: Final = 500
"""Runs without outputs that the viewer passes over."""


class OutputActions:
    """Actions on the chosen output, and on the outputs of the selected rows; a `ViewerSource`."""

    def __init__(
        self,
        host: EngineScreen[None],
        selection: RunSelection,
        presenter: MainPresenter,
        renderer: ImageRenderer,
        clipboard: Clipboard,
        use: "UseOutputs",
    ) -> None:
        """`use`: of outputs that other screens show."""
        self._host = host
        self._use = use
        self._engine = host.engine
        self._selection = selection
        self._presenter = presenter
        self._renderer = renderer
        self._clipboard = clipboard
        self._pane = host.query_one(RunDetailPane)
        self._show_images()
        renderer.changed.subscribe(host, lambda _: self._show_images())

    @cached_property
    def downloads(self) -> "DownloadActions":
        from cordage_tui.ui.external.download_actions import DownloadActions

        return DownloadActions(self._host, self._clipboard)

    def settle(self) -> None:
        """Request and draw the images of the run on which the cursor has come to rest."""
        if not self._pane.covered:
            self._pane.settle(self._nearby())

    def switch_pictures(self) -> None:
        """Turn pictures off, or on again."""
        with self._host.report_errors():
            on = self._renderer.switch()
            self._host.toast(one_line("Pictures are on." if on else "Pictures are off: outputs are described as text."))

    def step(self, by: int) -> None:
        """Choose the output `by` places further; after the last comes the first."""
        output, row = self._selection.output, self._selection.row
        if output is not None and row is not None:
            self._selection.choose_output(row.id, (output.number - 1 + by) % row.output_count + 1)
            self._presenter.show_run(row.id)

    def step_run(self, by: int) -> None:
        """Move the cursor to the next run that has outputs, or to the one before; it stays where there is none."""
        table, start = self._selection.table, self._selection.row
        for _ in range(FARTHEST):
            before = table.highlighted
            table.action_move(by)
            if table.highlighted is None or before is None or table.highlighted.id == before.id:
                break
            if table.highlighted.output_count:
                return
        if start is not None:
            table.go_to(start.id)

    def exhibit(self) -> "ViewerModel | None":
        """Return the chosen output as the viewer shows it."""
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

    def open_viewer(self) -> None:
        """Show the chosen output on the whole screen; one that is larger than what is fetched unasked is fetched first."""
        from cordage_tui.ui.viewer.screen import ViewerScreen

        if (output := self._selection.output) is None:
            return
        if self._engine.pictures.sight(self._renderer.wanted(output, 1, 1)).standing is ImageState.TOO_LARGE:
            self._engine.pictures.load(output)
        else:
            viewer = ViewerScreen(self._engine, self._host.clock, self._renderer, self, self.downloads, self._use)
            self._pane.covered = True
            self._host.app.push_screen(viewer, self._uncover)

    def open_sheet(self, marked: tuple[RowId, ...]) -> None:
        """Show the outputs of the marked runs, else of the cursor's batch, else of all runs shown, as a contact sheet. The
        cursor comes back on the run of its last tile."""
        from cordage_tui.ui.contact_sheet.screen import ContactSheetScreen

        row = self._selection.row
        at = None if row is None or row.size else row.id
        tiles = self._tile_query(marked)
        clock = self._host.clock
        sheet = ContactSheetScreen(self._engine, clock, self._renderer, self.downloads, tiles, self._use, at)
        self._pane.covered = True
        self._host.app.push_screen(sheet, self._uncover)

    def open_keepers(self, marked: tuple[RowId, ...], folder: "Path") -> None:
        """Show what the kept ones have in common of the runs that a contact sheet would show. `folder`: of word lists."""
        from cordage_tui.engine.batch.word_lists import WordLists
        from cordage_tui.store.keepers import JudgedScope
        from cordage_tui.ui.keepers.screen import KeepersScreen, KeeperSubject

        tiles, read, profile = self._tile_query(marked), self._host.reads.last_good, self._engine.profile
        if tiles.batch is not None:
            scope = JudgedScope(profile.stored_as, batch=tiles.batch)
        elif tiles.query is None:
            scope = JudgedScope(profile.stored_as, rows=tiles.rows)
        else:
            query, where = tiles.query, None
            if query.is_filtered:
                where = read(self._host.store.query.filters.rows, None, query, profile.names)
            scope = JudgedScope(profile.stored_as, query.webhook_key, where=where)
        subject, lists = KeeperSubject(tiles.title, scope), WordLists(folder).words
        self._pane.covered = True
        keepers = KeepersScreen(self._engine, self._host.clock, subject, lists, self._show_rows)
        self._host.app.push_screen(keepers, self._uncover)

    def _show_rows(self, title: SafeText, rows: "Sequence[RowId]") -> None:
        """Show the outputs of these runs as a contact sheet, over the screen that asks for it."""
        from cordage_tui.ui.contact_sheet.screen import ContactSheetScreen
        from cordage_tui.ui.contact_sheet.source import TileQuery

        tiles, clock = TileQuery(title, rows=tuple(rows)), self._host.clock
        sheet = ContactSheetScreen(self._engine, clock, self._renderer, self.downloads, tiles, self._use)
        self._host.app.push_screen(sheet)

    def open_compare(self, marked: tuple[RowId, ...]) -> None:
        """Show two marked runs side by side, the one marked first at the left; without marks, the run beside its parent."""
        from cordage_tui.ui.compare.screen import CompareScreen

        detail, numbers = self._selection.detail, (1, 1)
        if len(marked) == 2:
            pair = (marked[0], marked[1])
        elif not marked and detail is not None and detail.parent is not None:
            pair, numbers = (detail.parent, detail.row.id), (detail.parent_output or 1, 1)
        else:
            return
        compare = CompareScreen(
            self._engine, self._host.clock, self._renderer, self.downloads, pair, self._use, numbers
        )
        self._pane.covered = True
        self._host.app.push_screen(compare, self._uncover)

    def open_history(self, webhook_key: str, load: "Callable[[LoadedBody], None]") -> None:
        """Let the user find an earlier prompt, to this webhook at first; `load` gets it."""
        from cordage_tui.ui.prompt.history import PromptHistoryScreen

        def answered(found: "LoadedBody | None") -> None:
            self._uncover(None)
            if found is not None:
                load(found)

        self._pane.covered = True
        screen = PromptHistoryScreen(self._engine, self._host.clock, self._renderer, webhook_key)
        self._host.app.push_screen(screen, answered)

    def open_outside(self) -> None:
        """Open the chosen output in the system's viewer."""
        if (output := self._selection.output) is not None:
            self.downloads.open_outside(output)

    def download(self) -> None:
        """Download the chosen output."""
        if (output := self._selection.output) is not None:
            self.downloads.enqueue_outputs([output])

    def download_all(self) -> None:
        """Download all outputs of the marked runs, of the batch, or of the run."""
        row = self._selection.row
        self.downloads.download_rows(self._selection.rows or ((row.id,) if row is not None else ()))

    def download_shown(self) -> None:
        """Download all outputs of all runs that the table shows, in sight or not, and of batches that are folded."""
        self.downloads.download_rows(self._selection.all_shown)

    def _uncover(self, row: RowId | None) -> None:
        """Draw images again after another screen of pictures was over this one, with the cursor on `row` if given."""
        self._pane.covered = False
        self._pane.settle(self._nearby())
        self._show_images()
        if row is not None:
            self._selection.table.go_to(row)

    def _show_images(self) -> None:
        self._pane.show_images(self._renderer, self._engine.pictures)

    def _nearby(self) -> list[OutputRef]:
        """First outputs of the runs below and above the cursor."""
        rows, row = self._selection.table.shown, self._selection.row
        at = next((n for n, other in enumerate(rows) if row is not None and other.id == row.id), None)
        if at is None:
            return []
        near = (*rows[at + 1 : at + 2], *rows[max(0, at - 1) : at])
        return [output for row in near if (output := self._first_output(row))]

    def _first_output(self, row: RunRow) -> OutputRef | None:
        read = self._host.reads.last_good
        detail = read(self._host.store.query.detail, None, row.id) if row.output_count else None
        return OutputRef(row.id, 1, detail.outputs[0]) if detail is not None and detail.outputs else None

    def _tile_query(self, marked: tuple[RowId, ...]) -> "TileQuery":
        from cordage_tui.ui.contact_sheet.source import TileQuery

        if marked:
            return TileQuery(one_line(f"{len(marked):,} marked"), rows=marked)
        row = self._selection.row
        line = None if row is None else row.id if row.size else row.batch
        batch = self._selection.batch_progress(line) if line is not None else None
        if line is not None and batch is not None:
            return TileQuery(batch.title, rows=tuple(self._selection.source.members(line)), batch=line)
        return TileQuery(self._shown_name(), query=self._selection.query)

    def _shown_name(self) -> SafeText:
        """Name of what the table shows, as in its title."""
        query, profile = self._selection.query, self._engine.profile
        name = profile.label(query.webhook_key) if query.webhook_key else "All"
        return one_line(f"{name} · /{query.text}" if query.text else name, 80)
