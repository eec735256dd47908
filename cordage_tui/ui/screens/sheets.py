"""What the run screen does about many outputs at once: which runs the contact sheet shows."""

from typing import TYPE_CHECKING

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.ui.keys.main_key import main_key
from cordage_tui.ui.pictures.painter import ImageRenderer
from cordage_tui.ui.toast import toast

if TYPE_CHECKING:
    from cordage_tui.ui.screens.main import MainScreen
    from cordage_tui.ui.screens.taking import DownloadActions
    from cordage_tui.ui.sheet.subject import TileQuery


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
        from cordage_tui.ui.sheet.screen import ContactSheetScreen

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
        from cordage_tui.ui.sheet.subject import TileQuery

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
