"""Lists of runs for the command line: newest first, filtered, and by the beginning of an id."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from cordage_tui.domain.base.fast_dataclass import dataclass, replace
from cordage_tui.domain.inputs import whole_prompt
from cordage_tui.domain.run import MatchedBy, RowId, RunRow, Status
from cordage_tui.domain.safe_text import folded, one_line
from cordage_tui.store.file.database import Row, Table
from cordage_tui.store.runs.row_codecs import MAX_PROMPT, RUN_COLUMNS, read_inputs, read_status, read_tags, run_row

if TYPE_CHECKING:
    from array import array

    from cordage_tui.domain.run_json import RowWriter
    from cordage_tui.store.runs.filter_sql import RunCondition

_JSON_COLUMNS: Final = (
    "id, webhook, run_id, status, word, prompt, created_at, started_at, ended_at, output_count, sent_at, matched,"
    " CASE WHEN substr(prompt, -1) = '…' THEN (SELECT inputs FROM details WHERE details.id = runs.id) END,"
    " (SELECT group_concat(tag, ' ') FROM tags WHERE run = runs.id) AS tags, author,"
    " CASE WHEN parent IS NOT NULL THEN"
    " json_array(parent, (SELECT made.run_id FROM runs AS made WHERE made.id = runs.parent), parent_output) END AS made_from"
)
_IN_ONE_TEXT: Final = 100
_AFTER_ANY_ID: Final = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Filter of a run list. Times are epoch seconds by this machine's clock."""

    profile: str
    webhook_key: str | None = None
    """None: of all webhooks."""
    statuses: frozenset[Status] | None = None
    """None: whatever their status."""
    created_after: float | None = None
    created_before: float | None = None
    text: str = ""
    """Looked for in prompt, run id and the server's word, whatever its case."""
    batch: RowId | None = None
    """Only runs of the batch with this line; None: of any or none."""
    where: "RunCondition | None" = None
    """Condition of a filter expression; None: there is none."""
    limit: int | None = None
    """The newest so many; None: all."""


class RunListing(Table):
    """Reads for the command line's lists. Methods raise StoreError."""

    def newest(self, wanted: RunFilter) -> list[RunRow]:
        """The runs asked for, the newest first."""
        return list(map(run_row, self._newest(wanted, RUN_COLUMNS)))

    def newest_json(self, wanted: RunFilter, writer: "RowWriter") -> list[str]:
        """The same as JSON objects, many in a text with commas between them: ten thousand take 4 MB and no objects."""
        texts = (_json(row, writer) for row in self._newest(wanted, _JSON_COLUMNS))
        return [*iter(lambda: ", ".join(islice(texts, _IN_ONE_TEXT)), "")]

    def ids(self, wanted: RunFilter) -> "array[int]":
        """Return the rows of `newest`: 8 bytes each, of one state of the database."""
        from array import array  # a list of what is known asks for none

        return array("q", (row for (row, *_) in self._newest(wanted, "id, created_at")))

    def uncut(self, rows: Sequence[RunRow]) -> list[RunRow]:
        """Return the rows with their whole prompts, on one line."""
        cut = [row.id for row in rows if row.prompt.endswith("…")]
        if not cut:
            return [*rows]
        from cordage_tui.store.runs.run_lookup import RunLookup  # few lists have such prompts

        inputs = {body.row: body.inputs for body in RunLookup(self._database).bodies(cut)}
        return [replace(row, prompt=whole_prompt(row.prompt, inputs.get(row.id))) for row in rows]

    def _newest(self, wanted: RunFilter, columns: str) -> Iterator[Row]:
        conditions, params = _conditions(wanted)
        limit = "" if wanted.limit is None else f" LIMIT {wanted.limit:d}"
        shown = ["<> 'batch'"]
        if wanted.statuses is not None:
            words = [f"'{status.value}'" for status in sorted(wanted.statuses)]
            once = wanted.where is not None  # it may have many parameters
            shown = [f"IN ({', '.join(words)})"] if once else [f"= {word}" for word in words]
        parts = [
            f"SELECT * FROM (SELECT {columns} FROM runs WHERE folded = {hidden} AND status {status} AND {conditions}"
            f" ORDER BY created_at DESC, id DESC{limit})"
            for hidden in (0, 1)
            for status in shown
        ]  # each in the order of its index, so that the newest few of a million cost nothing, and those of a rare status
        sql = f"{' UNION ALL '.join(parts)} ORDER BY created_at DESC, id DESC{limit}"
        return self._database.each(sql, params * len(parts))

    def beginning_with(self, profile: str, prefix: str, limit: int = 10) -> list[RunRow]:
        """Runs whose id begins with `prefix`, to find the one a person means."""
        rows = self._database.rows(
            f"SELECT {RUN_COLUMNS} FROM runs WHERE profile = ? AND run_id >= ? AND run_id < ? ORDER BY run_id LIMIT ?",
            (profile, prefix, prefix + _AFTER_ANY_ID, limit),
        )
        return [run_row(row) for row in rows]


def _json(row: Row, writer: "RowWriter") -> str:
    row_id, webhook, run_id, name, word, prompt, created_at, started_at, ended_at, *rest = row
    outputs, sent_at, matched, inputs, tags, author, made_from = rest
    status, shown = read_status(name, word)
    line = one_line(prompt, MAX_PROMPT)
    return writer.text(
        row_id,
        webhook,
        run_id,
        status,
        shown,
        line if inputs is None else whole_prompt(line, read_inputs(inputs)),
        created_at,
        started_at,
        ended_at,
        outputs,
        sent_at,
        MatchedBy(matched) if matched else None,
        read_tags(tags) if tags else (),
        None if author is None else one_line(author),
        None if made_from is None else json.loads(made_from),
    )


def _conditions(wanted: RunFilter) -> tuple[str, list[object]]:
    """Build the SQL condition of all but the status, and its parameters."""
    asked = {
        "profile = ?": wanted.profile,
        "webhook = ?": wanted.webhook_key,
        "created_at >= ?": wanted.created_after,
        "created_at < ?": wanted.created_before,
        "batch = ?": wanted.batch,
        "instr(search, ?) > 0": folded(wanted.text) or None,
    }
    return all_conditions(asked, wanted.where)


def all_conditions(asked: Mapping[str, object], where: "RunCondition | None") -> tuple[str, list[object]]:
    """Join the SQL conditions that have a value, and that of a filter, and list their values."""
    given = {condition: value for condition, value in asked.items() if value is not None}
    own = [] if where is None else [f"({where.sql})"]
    return " AND ".join([*given, *own]), [*given.values(), *(where.params if where is not None else ())]
