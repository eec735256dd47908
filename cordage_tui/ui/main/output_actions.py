"""Actions of the main screen on outputs: open, step, viewer, contact sheet, compare."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.image import ImageState
from cordage_tui.domain.output import UNJUDGED, OutputRef
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.app_base import toast
from cordage_tui.ui.keys.footer import main_key
from cordage_tui.ui.run_detail.pane import RunDetailPane
from cordage_tui.ui.terminal_images.renderer import ImageRenderer

if TYPE_CHECKING:
    from cordage_tui.ui.contact_sheet.source import TileQuery
    from cordage_tui.ui.main.download_actions import DownloadActions
    from cordage_tui.ui.main.screen import MainScreen
    from cordage_tui.ui.viewer.panel import ViewerModel


# What the run screen does with outputs: chooses one, shows their pictures as they come, and the chosen one full
# screen.

FARTHEST: Final = 500
"""Runs without outputs that the viewer passes over."""
_NONE: Final = one_line("This run has no outputs.")
_ON: Final = one_line("Pictures are on.")
_OFF: Final = one_line("Pictures are off: outputs are described as text.")


class OutputActions:
    """Use-cases of one screen over the outputs of the run under its cursor."""

    def __init__(self, screen: "MainScreen", engine: Engine, painter: ImageRenderer) -> None:
        self._screen = screen
        self._engine = engine
        self._painter = painter
        self._pane = screen.query_one(RunDetailPane)
        self._pane.show_images(painter, engine.pictures)
        painter.changed.subscribe(screen, lambda _: self._pane.show_images(painter, engine.pictures))

    def settled(self) -> None:
        """Request and draw the images of the run on which the cursor has come to rest."""
        if not self._pane.covered:
            self._pane.settle(self._nearby())

    def heard(self, keys: Collection[str]) -> None:
        """There is something new to show of the outputs with these keys."""
        self._pane.pictures_changed(keys)

    def step(self, by: int) -> None:
        """The output `by` places further is the chosen one; after the last comes the first."""
        output, row = self._screen.shown.output, self._screen.selected
        if output is None or row is None:
            self._say(_NONE)
        else:
            self._screen.shown.choose_output(row.id, (output.number - 1 + by) % row.output_count + 1)
            self._screen.shown.run(row.id)

    def switch(self) -> None:
        """Pictures off, or on again."""
        try:
            on = self._painter.switch()
        except StoreError as error:
            self._say(error.what, error=True)
        else:
            self._say(_ON if on else _OFF)

    def open(self) -> None:
        """The chosen output over the whole screen; one that is larger than what is fetched unasked is fetched first."""
        from cordage_tui.ui.viewer.screen import ViewerScreen

        if (output := self._screen.shown.output) is None:
            self._say(_NONE)
        elif self._engine.pictures.sight(self._painter.wanted(output, 1, 1)).standing is ImageState.TOO_LARGE:
            self._engine.pictures.load(output)
        else:
            self.cover()
            viewer = ViewerScreen(self._engine, self._painter, self, self._screen.taking)
            self._screen.app.push_screen(viewer, lambda _: self.uncover())

    def exhibit(self) -> "ViewerModel | None":
        """The chosen output as the viewer shows it."""
        from cordage_tui.ui.viewer.panel import ViewerModel, whose

        output, row = self._screen.shown.output, self._screen.selected
        if output is None or row is None:
            return None
        about = whose(self._engine.profile.label(row.webhook_key), row)
        verdict = self._screen.shown.kept.verdicts(row.id).get(output.number, UNJUDGED)
        detail = self._screen.shown.kept.detail(row.id)
        urls = detail.outputs if detail is not None else ()
        beside = [
            OutputRef(row.id, n, urls[n - 1]) for n in (output.number + 1, output.number - 1) if 0 < n <= len(urls)
        ]
        return ViewerModel(output, row.output_count, row.prompt, about, verdict, tuple(beside))

    def step_run(self, by: int) -> None:
        """The cursor goes to the next run that has outputs, or to the one before; it stays where there is none."""
        table, start = self._screen.shown.table, self._screen.selected
        for _ in range(FARTHEST):
            before = table.highlighted
            table.action_move(by)
            if table.highlighted is None or before is None or table.highlighted.id == before.id:
                break
            if table.highlighted.output_count:
                return
        if start is not None:
            table.go_to(start.id)

    def cover(self) -> None:
        """Another screen of pictures is over this one: what the pane shows is not wanted."""
        self._pane.covered = True

    def uncover(self) -> None:
        """Back on the run screen: it is wanted again."""
        self._pane.covered = False
        self._pane.settle(self._nearby())
        self._pane.show_images(self._painter, self._engine.pictures)

    def _nearby(self) -> list[OutputRef]:
        """The first outputs of the runs below and above the cursor."""
        rows, row = self._screen.shown.table.shown, self._screen.selected
        at = next((n for n, other in enumerate(rows) if row is not None and other.id == row.id), None)
        if at is None:
            return []
        return [
            output for near in (*rows[at + 1 : at + 2], *rows[max(0, at - 1) : at]) if (output := self._first(near))
        ]

    def _first(self, row: RunRow) -> OutputRef | None:
        detail = self._screen.shown.kept.detail(row.id) if row.output_count else None
        return OutputRef(row.id, 1, detail.outputs[0]) if detail is not None and detail.outputs else None

    def _say(self, words: SafeText, *, error: bool = False) -> None:
        toast(self._screen.app, words, error=error)


# What the run screen does about many outputs at once: which runs the contact sheet shows.


class ContactSheetOpener:
    """Opens the screens over the outputs of several runs."""

    def __init__(self, screen: "MainScreen", engine: Engine, painter: ImageRenderer, clock: Clock) -> None:
        self._screen = screen
        self._engine = engine
        self._clock = clock
        self._painter = painter

    def open(self, marked: tuple[RowId, ...], row: RunRow | None) -> None:
        """The outputs of the marked runs, else of the cursor's batch, else of all runs shown. The cursor comes back on the
        run that was looked at last."""
        from cordage_tui.ui.contact_sheet.screen import ContactSheetScreen

        at = None if row is None or row.size else row.id
        sheet = ContactSheetScreen(*self._rooms, self._subject(marked, row), at)
        self._screen.outputs.cover()
        self._screen.app.push_screen(sheet, self._back)

    def compare(self, marked: tuple[RowId, ...]) -> None:
        """Two marked runs side by side, the one marked first at the left; else says what to do."""
        from cordage_tui.ui.compare.screen import CompareScreen

        if len(marked) != 2:
            mark = main_key(self._screen, "runs.mark") or "space"
            words = {0: "None is marked", 1: "One is marked"}.get(len(marked), f"{len(marked):,} are marked")
            toast(self._screen.app, one_line(f"Mark two runs with {mark} to compare them. {words} now."))
            return
        self._screen.outputs.cover()
        compare = CompareScreen(*self._rooms, (marked[0], marked[1]))
        self._screen.app.push_screen(compare, lambda _: self._screen.outputs.uncover())

    @property
    def _rooms(self) -> "tuple[Engine, ImageRenderer, DownloadActions, Clock]":
        return self._engine, self._painter, self._screen.taking, self._clock

    def _back(self, row: RowId | None) -> None:
        self._screen.outputs.uncover()
        if row is not None:
            self._screen.shown.table.go_to(row)

    def _subject(self, marked: tuple[RowId, ...], row: RunRow | None) -> "TileQuery":
        from cordage_tui.ui.contact_sheet.source import TileQuery

        if marked:
            return TileQuery(one_line(f"{len(marked):,} marked"), rows=marked)
        line = None if row is None else row.id if row.size else row.batch
        batch = self._screen.shown.kept.batch(line) if line is not None else None
        if line is not None and batch is not None:
            return TileQuery(batch.title, rows=tuple(self._screen.shown.kept.members(line)), batch=line)
        return TileQuery(self._shown(), query=self._screen.shown.view.query)

    def _shown(self) -> SafeText:
        """What the table shows, as its title says it."""
        query, profile = self._screen.shown.view.query, self._engine.profile
        name = profile.label(query.webhook_key) if query.webhook_key else "All"
        return one_line(f"{name} · /{query.text}" if query.text else name, 80)
