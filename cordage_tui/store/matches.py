"""The rows that the plain filter leaves: found by one scan, kept until something changes or the filter does."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import count

from cordage_tui.domain.output import Decision, RatingFilter, parse_rating_filter
from cordage_tui.domain.run import RowId, RunQuery, Status
from cordage_tui.domain.text import one_line
from cordage_tui.store.database import Database
from cordage_tui.store.order import BY_AGE, IndexRange
from cordage_tui.store.rows import folded


class FilteredRows:
    """Row ids in the order of the query."""

    def __init__(self, rows: Sequence[RowId]) -> None:
        self.rows = rows

    @cached_property
    def places(self) -> Mapping[RowId, int]:
        """Row id → its index."""
        return dict(zip(self.rows, count(), strict=False))


def find(database: Database, query: RunQuery, parts: Sequence[IndexRange], names: Mapping[str, str]) -> FilteredRows:
    """Scan for the rows of `query` whose prompt, run id, status or webhook name contains its text, whatever the case, that
    ended after its time, and that have an output judged as it asks; and for those that it shows besides."""
    words, judged = parse_rating_filter(one_line(query.text))
    text = folded(words)
    statuses = [status.value for status in Status if text in status.value]
    webhooks = [key for key, name in names.items() if text in folded(name)]
    wanted = f"(instr(search, ?) OR status IN ({_marks(statuses)}) OR webhook IN ({_marks(webhooks)}))"
    params: tuple[object, ...] = (text, *statuses, *webhooks)
    if query.ended_after is not None:
        wanted, params = f"{wanted} AND ended_at > ?", (*params, query.ended_after)
    if judged:
        wanted = f"{wanted} AND {_judged(judged)}"
    if query.besides:
        wanted, params = f"({wanted} OR id IN ({_marks(query.besides)}))", (*params, *query.besides)
    if all(part.keys == BY_AGE for part in parts):
        return FilteredRows(_by_age(database, query, parts, wanted, params))
    rows: list[RowId] = []
    for part in parts:
        sql = f"SELECT id FROM runs NOT INDEXED WHERE {part.scope} AND {wanted} ORDER BY {part.order()}"
        rows.extend(database.column(sql, (*part.params, *params)))
    return FilteredRows(rows)


def _by_age(
    database: Database, query: RunQuery, parts: Sequence[IndexRange], wanted: str, params: Sequence[object]
) -> list[RowId]:
    """One walk through the text index for all segments, which are then told apart here."""
    if not parts:
        return []
    scope, only = ("AND webhook = ?", (query.webhook_key,)) if query.webhook_key else ("", ())
    columns = "id" if len(parts) == 1 else "id, webhook, status"
    rows = database.rows(
        f"SELECT {columns} FROM runs INDEXED BY runs_by_text WHERE profile = ? {scope} AND {wanted}"
        f" ORDER BY {parts[0].order()}",
        (query.profile, *only, *params),
    )
    if len(parts) > 1:
        place = {(part.webhook, part.status): number for number, part in enumerate(parts)}
        by_status = parts[0].status is not None
        rows.sort(key=lambda row: place[(query.webhook_key, row[2]) if by_status else (row[1], None)])
    return [row[0] for row in rows]


def _judged(judged: RatingFilter) -> str:
    """The condition that a run has such an output. Nobody has judged most outputs, so they have no verdict to look at."""
    if judged == RatingFilter(Decision.UNDECIDED):
        decided = "SELECT count(*) FROM verdicts WHERE run = runs.id AND kept IS NOT NULL"
        return f"output_count > 0 AND output_count > ({decided})"
    opinion = {None: "1", Decision.KEPT: "kept = 1", Decision.REJECTED: "kept = 0", Decision.UNDECIDED: "kept IS NULL"}
    return f"id IN (SELECT run FROM verdicts WHERE {opinion[judged.opinion]} AND stars >= {judged.stars:d})"


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
