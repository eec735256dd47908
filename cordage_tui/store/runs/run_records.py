"""Records of runs, read in slices: a hundred thousand need the memory of one slice, and lock nobody out meanwhile."""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.inputs import PROMPT
from cordage_tui.domain.run import RowId
from cordage_tui.domain.run_record import ExportedRun
from cordage_tui.store.downloads import Downloads
from cordage_tui.store.file.database import Database, Table
from cordage_tui.store.ratings import Ratings
from cordage_tui.store.runs.row_codecs import OTHERS_SEEN, RUN_COLUMNS, run_detail
from cordage_tui.store.runs.run_listing import RunFilter, RunListing
from cordage_tui.store.runs.run_lookup import RunLookup
from cordage_tui.store.runs.unlisted import LAST_HEARD

SLICE: Final = 500
"""Runs that are read at once."""
_COLUMNS: Final = f"""{RUN_COLUMNS}, d.inputs, d.outputs, d.node_count, d.error, d.note, '{{}}', {LAST_HEARD},
    runs.parent, runs.parent_output, (SELECT count(*) FROM runs AS child WHERE child.parent = runs.id AND child.size = 0),
    (SELECT made.run_id FROM runs AS made WHERE made.id = runs.parent), {OTHERS_SEEN}"""
_PICKED: Final = """FROM json_each(?) AS picked CROSS JOIN runs ON runs.id = picked.value
    CROSS JOIN details AS d ON d.id = runs.id ORDER BY picked.key"""


class RunRecords(Table):
    """Reads of whole records. Methods raise StoreError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database)
        self._listing = RunListing(database)
        self._lookup = RunLookup(database)
        self._ratings = Ratings(database)
        self._downloads = Downloads(database, clock)

    def slices(self, wanted: RunFilter) -> Iterator[list[ExportedRun]]:
        """Yield the records of the runs asked for, the newest first. Which they are is decided at the beginning; a run that is
        removed before it is read is missing."""
        rows = self._listing.ids(wanted)
        for start in range(0, len(rows), SLICE):
            yield self.of_rows([RowId(row) for row in rows[start : start + SLICE]])

    def input_names(self, wanted: RunFilter) -> list[str]:
        """List the names of the inputs of the runs asked for, `prompt` first, then by the alphabet."""
        rows, names = self._listing.ids(wanted), set[str]()
        for start in range(0, len(rows), SLICE):
            for body in self._lookup.bodies([RowId(row) for row in rows[start : start + SLICE]]):
                names.update(body.inputs)
        return sorted(names, key=lambda name: (name != PROMPT, name))

    def of_rows(self, rows: Sequence[RowId]) -> list[ExportedRun]:
        """Return the records of these rows, in their order."""
        ratings, files = self._ratings.of_rows(rows), self._downloads.files_of(rows)
        found = map(run_detail, self._database.rows(f"SELECT {_COLUMNS} {_PICKED}", (json.dumps(rows),)))
        return [ExportedRun(one, ratings.get(one.row.id, {}), files.get(one.row.id, {})) for one in found]
