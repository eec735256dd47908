"""Lineage: reads of the runs that a run was made from, and that were made from it."""

from typing import Final

from cordage_tui.domain.lineage import ChildRun, Relatives
from cordage_tui.domain.output import Rating
from cordage_tui.domain.run import RunDetail
from cordage_tui.store.file.database import Database
from cordage_tui.store.runs.row_codecs import RUN_COLUMNS, read_inputs, run_row
from cordage_tui.store.runs.run_lookup import lineage_of
from cordage_tui.store.runs.run_query import Query

CHILDREN: Final = 5
"""Runs that are listed."""
SEARCHED: Final = 1_000
"""Runs made from one, the newest, whose ratings are looked at."""

_RATED: Final = f"""WITH rated (id, kept, stars) AS (
    SELECT child.id, max(kept), coalesce(max(stars), 0)
    FROM (SELECT id FROM runs WHERE parent = ? AND size = 0 ORDER BY id DESC LIMIT {SEARCHED}) AS child
    LEFT JOIN verdicts ON run = child.id GROUP BY child.id)"""


class LineageReader:
    """Reader of the relatives of runs. Methods raise StoreError."""

    def __init__(self, database: Database, query: Query) -> None:
        self._database = database
        self._query = query

    def relatives(self, detail: RunDetail) -> Relatives:
        """Read the parent of a run, and the best of its children."""
        row = detail.row.id
        parent = None if detail.parent is None else self._query.detail(detail.parent)
        links = lineage_of(self._database, row).links if detail.parent_output is not None else {}
        made_of = (detail.parent, detail.parent_output)
        kept, children = self._children(detail) if detail.children else (0, ())
        return Relatives(
            parent,
            removed=parent is None and detail.parent is not None,
            output=detail.parent_output,
            fields=tuple(name for name, output in links.items() if (output.row, output.number) == made_of),
            count=detail.children,
            kept=kept,
            children=children,
        )

    def _children(self, detail: RunDetail) -> tuple[int, tuple[ChildRun, ...]]:
        """Count the children that were kept, and list the best of all."""
        with self._database.snapshot():
            kept = self._database.rows(f"{_RATED} SELECT count(*) FROM rated WHERE kept = 1", (detail.row.id,))[0][0]
            found = self._database.rows(
                f"{_RATED} SELECT {RUN_COLUMNS}, inputs, rated.kept, rated.stars FROM rated CROSS JOIN runs USING (id)"
                " JOIN details USING (id)"
                " ORDER BY rated.kept IS 1 DESC, rated.stars DESC, id DESC LIMIT ?",
                (detail.row.id, CHILDREN),
            )
        children = (
            ChildRun(run_row(tuple(line)), read_inputs(inputs), Rating(None if rated is None else bool(rated), stars))
            for *line, inputs, rated, stars in found
        )
        return kept, tuple(children)
