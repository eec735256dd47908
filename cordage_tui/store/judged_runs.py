"""Reads of judged runs: those with an output that was kept or rejected."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.run import RowId
from cordage_tui.store.file.database import AMONG, Database, Table
from cordage_tui.store.runs.row_codecs import read_inputs
from cordage_tui.store.runs.run_listing import all_conditions

if TYPE_CHECKING:
    from cordage_tui.store.runs.filter_sql import RunCondition

MOST: Final = 5_000
"""Judged runs that are read, the newest."""
_SLICE: Final = 200  # by their ids: SQLite would rather read all runs of the profile
"""Judged runs that are read at a time: a millisecond or two."""
_COUNTED: Final = 2_500
"""Rows that are looked at at a time for whether they are judged."""
_NEWEST: Final = """SELECT run, max(kept) FROM verdicts WHERE kept IS NOT NULL AND run < ?
    GROUP BY run ORDER BY run DESC LIMIT ?"""
_BODIES: Final = f"""SELECT id, webhook, batch, created_at, (SELECT CAST(inputs AS BLOB) FROM details WHERE details.id = runs.id)
    FROM runs NOT INDEXED WHERE id {AMONG} AND size = 0 AND {{}} ORDER BY id DESC"""
_UNJUDGED: Final = """SELECT count(*) FROM runs {} AND output_count > 0 AND size = 0
    AND NOT EXISTS (SELECT 1 FROM verdicts WHERE verdicts.run = runs.id AND kept IS NOT NULL) AND {}"""


@dataclass(frozen=True, slots=True)
class JudgedScope:
    """Runs among which judged ones are looked for."""

    profile: str
    webhook_key: str | None = None
    """None: of all webhooks."""
    batch: RowId | None = None
    """Only runs of the batch with this line; None: of any or none."""
    rows: tuple[RowId, ...] = ()
    """Only these; empty: all."""
    where: "RunCondition | None" = None
    """Condition of a filter expression; None: there is none."""

    def condition(self) -> tuple[str, list[object]]:
        """Build the SQL condition, and its parameters."""
        asked = {
            "profile = ?": self.profile,
            "webhook = ?": self.webhook_key,
            "batch = ?": self.batch,
            f"id {AMONG}": json.dumps(self.rows) if self.rows else None,
        }
        return all_conditions(asked, self.where)


class JudgedBody(NamedTuple):
    """Judged run with what was sent."""

    row: RowId
    webhook_key: str
    is_kept: bool
    """At least one of its outputs is kept."""
    inputs: Inputs
    batch: RowId | None = None
    """Line of its batch; None: it was submitted alone."""
    created_at: float = 0.0
    """When it was submitted, epoch seconds."""


class JudgedPass(Table):
    """Pass through the judged runs of a scope. Raises StoreError."""

    def __init__(self, database: Database, scope: JudgedScope) -> None:
        super().__init__(database)
        self._scope = scope
        self._condition, self._params = scope.condition()
        self.bodies: list[JudgedBody] = []
        """Newest first. Runs with unknown inputs are left out."""
        self.is_read = False
        """All of them are read."""
        self.is_cut = False
        """There are older ones, which were not read."""
        self.unjudged = 0
        """Runs with outputs of which none is judged, as far as they are counted."""
        self._steps = self._all()

    def step(self) -> bool:
        """Read on for a few milliseconds. Return whether there is more."""
        return next(self._steps, False)

    def _all(self) -> Iterator[bool]:
        yield from self._read()
        self.is_read = True
        yield True
        if self._scope.batch is not None or self._scope.rows:
            self._count("WHERE 1" if self._scope.batch is not None else "NOT INDEXED WHERE 1")
            return
        newest = next(iter(self._database.column("SELECT coalesce(max(id), 0) FROM runs")))
        for last in range(newest, 0, -_COUNTED):
            self._count(f"NOT INDEXED WHERE id > {last - _COUNTED} AND id <= {last}")
            yield True

    def _read(self) -> Iterator[bool]:
        before = 2**62
        sql = _BODIES.format(self._condition)
        while found := self._database.rows(_NEWEST, (before, _SLICE)):
            kept: dict[int, int] = dict(found)
            for row, webhook, *when, text in self._database.rows(sql, (json.dumps([*kept]), *self._params)):
                if (inputs := read_inputs(text)) is not None:
                    self.bodies.append(JudgedBody(RowId(row), webhook, bool(kept[row]), inputs, *when))
            if len(self.bodies) > MOST:
                del self.bodies[MOST:]
                self.is_cut = True
                return
            before = found[-1][0]
            yield True

    def _count(self, within: str) -> None:
        sql = _UNJUDGED.format(within, self._condition)
        self.unjudged += next(iter(self._database.column(sql, self._params)))
