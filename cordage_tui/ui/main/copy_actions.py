"""What the run screen copies: of the marked runs, else of the batch under the cursor, else of the run under it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.domain.run_json import detail_object
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.store.errors import StoreError
from cordage_tui.store.run_lookup import RunLookup
from cordage_tui.ui.app_base import toast
from cordage_tui.ui.external.clipboard import Clipboard

if TYPE_CHECKING:
    from cordage_tui.ui.external.copy_menu import CopyOption
    from cordage_tui.ui.main.screen import MainScreen

MOST: Final = 3_000
"""Runs of which things are copied together: finding more would be felt."""
_NO_RUN: Final = one_line("No run is selected.")


class CopyActions:
    """Use-cases of one screen over the rows that its keys act on."""

    def __init__(self, screen: "MainScreen", engine: Engine, clock: Clock, clip: Clipboard) -> None:
        self.copy = clip.copy
        self._screen = screen
        self._engine = engine
        self._clock = clock

    def ids(self) -> None:
        """One a line, the newest run first."""
        row, rows = self._screen.selected, self._screen.several
        if rows:
            self._copy_all(rows, "run ids", lambda: [one_line(run_id) for run_id in self._picked.run_ids(rows)])
        elif row is None or row.run_id is None:
            self._say(one_line("This run has no id yet.") if row else _NO_RUN)
        else:
            self.copy(one_line(row.run_id), one_line("run id"))

    def urls(self) -> None:
        """Of all outputs, one a line, the newest run first."""
        row, rows = self._screen.selected, self._screen.several
        if rows:
            self._copy_all(rows, "URLs", lambda: self._picked.outputs(rows))
            return
        detail = self._screen.shown.kept.detail(row.id) if row else None
        if detail is None or not detail.outputs:
            self._say(one_line("This run has no outputs.") if row else _NO_RUN)
        else:
            count = len(detail.outputs)
            self.copy(SafeText("\n".join(detail.outputs)), one_line("URL" if count == 1 else f"{count:,} URLs"))

    def open_menu(self) -> None:
        """A menu of what there is to copy."""
        row, rows = self._screen.selected, self._screen.several
        if len(rows) > MOST:
            self._say(_too_many(rows), error=True)
        elif rows:
            self._open(one_line(f"Copy of {len(rows):,} runs"), self._of_many(rows))
        elif row is None:
            self._say(_NO_RUN)
        else:
            self._ask_one(row)

    def _ask_one(self, row: RunRow) -> None:
        try:
            choices = self._of_one(row)
        except StoreError as error:
            self._say(error.what, error=True)
            return
        if choices:
            self._open(one_line(f"Copy of run {row.short_id}".rstrip()), choices)

    @property
    def _picked(self) -> RunLookup:
        return self._engine.store.picked

    def _of_one(self, row: RunRow) -> "list[CopyOption]":
        from cordage_tui.ui.external.copy_menu import CopySource, of_one
        from cordage_tui.ui.run_detail.sections import curl_line

        detail, profile = self._screen.shown.kept.detail(row.id), self._engine.profile
        if detail is None:
            return []
        output, webhook = self._screen.shown.output, one_line(profile.label(row.webhook_key))
        curl = curl_line(profile.base_url, detail.inputs) if detail.inputs is not None else SafeText("")
        path = self._paths(row.id).get(output.number) if output is not None else None
        return of_one(
            CopySource(detail, output, path, curl, lambda: detail_object(detail, webhook, self._clock.wall()))
        )

    def _of_many(self, rows: Sequence[RowId]) -> "list[CopyOption]":
        from cordage_tui.ui.external.copy_menu import of_many

        return of_many(
            rows, self._picked, lambda: [p for row in rows for p in self._paths(row).values()], lambda: self._told(rows)
        )

    def _told(self, rows: Sequence[RowId]) -> Iterable[Mapping[str, object]]:
        now, profile = self._clock.wall(), self._engine.profile
        for row in rows:
            if (detail := self._engine.store.query.detail(row)) is not None:
                yield detail_object(detail, profile.label(detail.row.webhook_key), now)

    def _paths(self, row: RowId) -> Mapping[int, Path]:
        """Files of its outputs, by number."""
        return self._engine.store.downloads.files(row)

    def _open(self, title: SafeText, choices: "Sequence[CopyOption]") -> None:
        from cordage_tui.ui.external.copy_menu import copy_menu

        self._screen.app.push_screen(copy_menu(title, choices), self._chosen)

    def _chosen(self, choice: "CopyOption | None") -> None:
        if choice is None or choice.text is None:
            return
        try:
            text = choice.text()
        except StoreError as error:
            self._say(error.what, error=True)
            return
        if text:
            self.copy(text, choice.what)
        else:
            self._say(one_line(f"The marked runs have no {choice.what}."))

    def _copy_all(self, rows: Sequence[RowId], what: str, find: Callable[[], Sequence[SafeText]]) -> None:
        try:
            found = find() if len(rows) <= MOST else ()
        except StoreError as error:
            self._say(error.what, error=True)
            return
        if len(rows) > MOST:
            self._say(_too_many(rows), error=True)
        elif found:
            self.copy(SafeText("\n".join(found)), one_line(f"{len(found):,} {what}"))
        else:
            self._say(one_line(f"The marked runs have no {what}."))

    def _say(self, words: SafeText, *, error: bool = False) -> None:
        toast(self._screen.app, words, error=error)


def _too_many(rows: Sequence[RowId]) -> SafeText:
    return one_line(f"Too many runs marked to copy at once: {len(rows):,}.")
