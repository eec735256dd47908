"""Actions of the main screen that copy: of the marked runs, else of the selected batch, else of the selected run."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.domain.run_json import detail_object
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.external.clipboard import Clipboard
from cordage_tui.ui.external.copy_menu import CopyOption, CopySource, copy_menu, of_many, of_one
from cordage_tui.ui.main.selection import RunSelection
from cordage_tui.ui.run_detail.sections import curl_line
from cordage_tui.ui.screen_base import EngineScreen

MOST: Final = 3_000
"""Runs of which things are copied together: finding more would be felt."""
_NO_RUN: Final = one_line("No run is selected.")


class CopyActions:
    """Actions that copy texts of the selected rows."""

    def __init__(self, host: EngineScreen[None], selection: RunSelection, clipboard: Clipboard) -> None:
        self._copy = clipboard.copy
        self._host = host
        self._engine = host.engine
        self._lookup = host.store.picked
        self._selection = selection

    def copy_ids(self) -> None:
        """Copy run ids, one a line, the newest run first."""
        row, rows = self._selection.row, self._selection.rows
        if rows:
            self._copy_all(rows, "run ids", lambda: [one_line(run_id) for run_id in self._lookup.run_ids(rows)])
        elif row is None or row.run_id is None:
            self._host.toast(one_line("This run has no id yet.") if row else _NO_RUN)
        else:
            self._copy(one_line(row.run_id), one_line("run id"))

    def copy_urls(self) -> None:
        """Copy the URLs of all outputs, one a line, the newest run first."""
        row, rows = self._selection.row, self._selection.rows
        if rows:
            self._copy_all(rows, "URLs", lambda: self._lookup.outputs(rows))
            return
        detail = self._selection.detail
        if detail is None or not detail.outputs:
            self._host.toast(one_line("This run has no outputs.") if row else _NO_RUN)
        else:
            count = len(detail.outputs)
            self._copy(SafeText("\n".join(detail.outputs)), one_line("URL" if count == 1 else f"{count:,} URLs"))

    def open_menu(self) -> None:
        """Open a menu of what there is to copy."""
        row, rows = self._selection.row, self._selection.rows
        with self._host.report_errors():
            if len(rows) > MOST:
                self._host.toast(_too_many(rows), error=True)
            elif rows:
                self._open(one_line(f"Copy of {len(rows):,} runs"), self._options_of_many(rows))
            elif row is None:
                self._host.toast(_NO_RUN)
            elif options := self._options_of_one(row):
                self._open(one_line(f"Copy of run {row.short_id}".rstrip()), options)

    def _options_of_one(self, row: RunRow) -> list[CopyOption]:
        """Copy options of one run. Raises StoreError."""
        detail, profile = self._selection.detail, self._engine.profile
        if detail is None:
            return []
        output, webhook = self._selection.output, one_line(profile.label(row.webhook_key))
        curl = curl_line(profile.base_url, detail.inputs) if detail.inputs is not None else SafeText("")
        path = self._host.store.downloads.files(row.id).get(output.number) if output is not None else None
        tell = partial(detail_object, detail, webhook, self._host.clock.wall())
        return of_one(CopySource(detail, output, path, curl, tell))

    def _options_of_many(self, rows: Sequence[RowId]) -> list[CopyOption]:
        def paths() -> list[Path]:
            return [path for row in rows for path in self._host.store.downloads.files(row).values()]

        return of_many(rows, self._lookup, paths, partial(self._details, rows))

    def _details(self, rows: Sequence[RowId]) -> Iterable[Mapping[str, object]]:
        now, profile = self._host.clock.wall(), self._engine.profile
        for row in rows:
            if (detail := self._host.store.query.detail(row)) is not None:
                yield detail_object(detail, profile.label(detail.row.webhook_key), now)

    def _open(self, title: SafeText, options: Sequence[CopyOption]) -> None:
        self._host.app.push_screen(copy_menu(title, options), self._copy_option)

    def _copy_option(self, option: CopyOption | None) -> None:
        if option is None or option.text is None:
            return
        with self._host.report_errors():
            if text := option.text():
                self._copy(text, option.what)
            else:
                self._host.toast(one_line(f"The marked runs have no {option.what}."))

    def _copy_all(self, rows: Sequence[RowId], what: str, find: Callable[[], Sequence[SafeText]]) -> None:
        with self._host.report_errors():
            if len(rows) > MOST:
                self._host.toast(_too_many(rows), error=True)
            elif found := find():
                self._copy(SafeText("\n".join(found)), one_line(f"{len(found):,} {what}"))
            else:
                self._host.toast(one_line(f"The marked runs have no {what}."))


def _too_many(rows: Sequence[RowId]) -> SafeText:
    return one_line(f"Too many runs marked to copy at once: {len(rows):,}.")
