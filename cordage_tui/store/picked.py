"""Questions about rows that somebody has picked out, however many: one statement each. All raise StoreError."""

import json
from collections.abc import Collection, Sequence
from typing import Final

from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.store.database import Database
from cordage_tui.store.rows import RUN_COLUMNS, run_row

_PICKED: Final = "FROM json_each(?) AS picked CROSS JOIN runs ON runs.id = picked.value"
"""A list of ids as one parameter: SQLite takes only so many question marks."""
_NEWEST_FIRST: Final = "ORDER BY runs.created_at DESC, runs.id DESC"
STATUSES: Final = {status.value: status for status in Status}
"""Of a hundred thousand rows this is twenty times as fast as `Status(value)`."""
_ACTIVE_STATUSES: Final = ", ".join(f"'{status.value}'" for status in Status if status.is_active)


class RunLookup:
    """Rows by their ids; those that have gone are missing from every answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(self, wanted: Sequence[RowId]) -> list[RunRow]:
        """The table's rows, in the order asked for."""
        found = self._database.rows(f"SELECT {RUN_COLUMNS} {_PICKED} ORDER BY picked.key", (_listed(wanted),))
        return [run_row(row) for row in found]

    def statuses(self, wanted: Collection[RowId]) -> dict[RowId, Status]:
        """How each stands, in no order."""
        found = self._database.rows(f"SELECT runs.id, runs.status {_PICKED}", (_listed(wanted),))
        return {row: STATUSES[status] for row, status in found}

    def untold(self, wanted: Collection[RowId]) -> list[RunRow]:
        """Those of which a read could tell more: the server may still change them, or has not said how they ended."""
        sql = (
            f"SELECT {RUN_COLUMNS} {_PICKED} CROSS JOIN details ON details.id = runs.id WHERE runs.run_id IS NOT NULL"
            f" AND (runs.status IN ({_ACTIVE_STATUSES}) OR (runs.status = 'completed' AND details.outputs IS NULL)"
            f" OR (runs.status = 'failed' AND details.error IS NULL)) {_NEWEST_FIRST}"
        )
        return [run_row(row) for row in self._database.rows(sql, (_listed(wanted),))]

    def run_ids(self, wanted: Collection[RowId]) -> list[str]:
        """The server's ids of those that have one, newest run first."""
        sql = f"SELECT runs.run_id {_PICKED} WHERE runs.run_id IS NOT NULL {_NEWEST_FIRST}"
        return list(self._database.column(sql, (_listed(wanted),)))

    def inputs(self, wanted: Collection[RowId]) -> list[Inputs]:
        """What was sent by those of which that is known here, newest run first."""
        sql = (
            f"SELECT details.inputs {_PICKED} CROSS JOIN details ON details.id = runs.id"
            f" WHERE details.inputs IS NOT NULL {_NEWEST_FIRST}"
        )
        return [json.loads(text) for text in self._database.column(sql, (_listed(wanted),))]

    def outputs(self, wanted: Collection[RowId]) -> list[SafeText]:
        """The addresses of all their outputs, newest run first."""
        sql = (
            f"SELECT details.outputs {_PICKED} CROSS JOIN details ON details.id = runs.id"
            f" WHERE runs.output_count > 0 {_NEWEST_FIRST}"
        )
        texts = self._database.column(sql, (_listed(wanted),))
        return [one_line(url, 10_000) for text in texts for url in json.loads(text or "[]")]

    def output_refs(self, wanted: Sequence[RowId]) -> list[OutputRef]:
        """All their outputs, in the order asked for, with their addresses as the server gave them."""
        sql = (
            f"SELECT runs.id, details.outputs {_PICKED} CROSS JOIN details ON details.id = runs.id ORDER BY picked.key"
        )
        return [
            OutputRef(RowId(row), number, url)
            for row, text in self._database.rows(sql, (_listed(wanted),))
            for number, url in enumerate(json.loads(text or "[]"), 1)
        ]

    def output_counts(self, wanted: Collection[RowId]) -> list[tuple[RowId, int]]:
        """How many outputs each has, in the order asked for."""
        return self._database.rows(
            f"SELECT runs.id, runs.output_count {_PICKED} ORDER BY picked.key", (_listed(wanted),)
        )


def _listed(wanted: Collection[RowId]) -> str:
    return json.dumps(list(wanted))
