"""Lookup of runs: by id, active ones, finished since a time."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import ActiveRun, RowId, RunRow, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.submission import NO_LINEAGE, Lineage
from cordage_tui.store.file.database import Database, Table
from cordage_tui.store.runs.query_plan import IN_OR_OUT
from cordage_tui.store.runs.row_codecs import RUN_COLUMNS, STATUSES, read_inputs, read_urls, run_row

# Questions about rows that somebody has picked out, however many: one statement each. All raise StoreError.

PICKED: Final = "FROM json_each(?) AS picked CROSS JOIN runs ON runs.id = picked.value"
"""A list of ids as one parameter: SQLite takes only so many question marks."""
_NEWEST_FIRST: Final = "ORDER BY runs.created_at DESC, runs.id DESC"
ACTIVE_STATUSES: Final = ", ".join(f"'{status.value}'" for status in Status if status.is_active)
_UNENDED_STATUSES: Final = ", ".join(f"'{status.value}'" for status in Status if not status.is_final)


class KnownBody(NamedTuple):
    """Body of a row whose inputs are known."""

    row: RowId
    webhook_key: str
    batch: RowId | None
    """Line of its batch; None: it was submitted alone."""
    inputs: Inputs


class Transition(NamedTuple):
    """State of a row after a change."""

    row: RowId
    webhook_key: str
    """Empty: it was removed for good."""
    status: Status | None
    """None: it has left the table."""
    state: str | None
    """State of its submission; None: it is none of ours."""
    attempt: int | None


class RunRows(Table):
    """Rows of the run table by their ids, each a run or the line of a batch: the one answer to "give me a row"."""

    def get(self, row: RowId) -> RunRow | None:
        """Return a row, also the line of a batch; None: it has gone."""
        values = self._database.row(f"SELECT {RUN_COLUMNS} FROM runs WHERE id = ?", (row,))
        return run_row(values) if values else None

    def run(self, row: RowId, profile: str | None = None) -> RunRow | None:
        """Return the row of a run; None: it has gone, is the line of a batch, or belongs to another than the given profile."""
        sql = f"SELECT {RUN_COLUMNS} FROM runs WHERE id = ? AND profile = coalesce(?, profile) AND status <> 'batch'"
        values = self._database.row(sql, (row, profile))
        return run_row(values) if values else None

    def many(self, wanted: Sequence[RowId]) -> list[RunRow]:
        """List these rows in the order asked for, without those that have gone."""
        sql = f"SELECT {RUN_COLUMNS} {PICKED} ORDER BY picked.key"
        return [run_row(values) for values in self._database.rows(sql, (listed(wanted),))]


class RunLookup(Table):
    """Rows by their ids; those that have gone are missing from every answer."""

    def statuses(self, wanted: Collection[RowId]) -> dict[RowId, Status]:
        """Return the status of each, in no order."""
        found = self._database.rows(f"SELECT runs.id, runs.status {PICKED}", (listed(wanted),))
        return {row: STATUSES[status] for row, status in found}

    def transitions(self, wanted: Collection[RowId]) -> list[Transition]:
        """List the present state of each, by row, of those that have gone as well."""
        sql = (
            "SELECT picked.value, coalesce(runs.webhook, outbox.webhook), runs.status, state, attempt FROM json_each(?) AS picked"
            " LEFT JOIN runs ON runs.id = picked.value LEFT JOIN outbox ON outbox.id = picked.value ORDER BY picked.value"
        )
        found = self._database.rows(sql, (listed(wanted),))
        return [Transition(RowId(row), key or "", STATUSES.get(status), *rest) for row, key, status, *rest in found]

    def row_of(self, profile: str, webhook_key: str, run_id: str) -> RowId | None:
        """Return the row of a run; None: there is none."""
        sql = "SELECT id FROM runs WHERE profile = ? AND webhook = ? AND run_id = ?"
        return next(iter(self._database.column(sql, (profile, webhook_key, run_id))), None)

    def unended(self, profile: str) -> list[RowId]:
        """List the rows of a profile that may still change, or wait for the user, in no order."""
        sql = f"SELECT id FROM runs WHERE profile = ? AND {IN_OR_OUT} AND status IN ({_UNENDED_STATUSES})"
        return list(self._database.column(sql, (profile,)))

    def untold(self, wanted: Collection[RowId]) -> list[RunRow]:
        """List those that a read could complete: the server may still change them, or has not said how they
        ended."""
        sql = (
            f"SELECT {RUN_COLUMNS} {PICKED} CROSS JOIN details ON details.id = runs.id WHERE runs.run_id IS NOT NULL"
            f" AND (runs.status IN ({ACTIVE_STATUSES}) OR (runs.status = 'completed' AND details.outputs IS NULL)"
            f" OR (runs.status = 'failed' AND details.error IS NULL)) {_NEWEST_FIRST}"
        )
        return [run_row(row) for row in self._database.rows(sql, (listed(wanted),))]

    def run_ids(self, wanted: Collection[RowId]) -> list[str]:
        """The server's ids of those that have one, newest run first."""
        sql = f"SELECT runs.run_id {PICKED} WHERE runs.run_id IS NOT NULL {_NEWEST_FIRST}"
        return list(self._database.column(sql, (listed(wanted),)))

    def inputs(self, wanted: Collection[RowId]) -> list[Inputs]:
        """List the inputs of those whose inputs are known, newest run first."""
        sql = (
            f"SELECT details.inputs {PICKED} CROSS JOIN details ON details.id = runs.id"
            f" WHERE details.inputs IS NOT NULL {_NEWEST_FIRST}"
        )
        return [read_inputs(text) or {} for text in self._database.column(sql, (listed(wanted),))]

    def inputs_of(self, wanted: Collection[RowId]) -> dict[RowId, tuple[str, Inputs]]:
        """Map those whose inputs are known to the key of their webhook and their inputs."""
        sql = f"SELECT runs.id, runs.webhook, details.inputs {PICKED} CROSS JOIN details ON details.id = runs.id WHERE inputs IS NOT NULL"
        return {
            RowId(row): (key, read_inputs(text) or {}) for row, key, text in self._database.rows(sql, (listed(wanted),))
        }

    def outputs(self, wanted: Collection[RowId]) -> list[SafeText]:
        """The addresses of all their outputs, newest run first."""
        sql = (
            f"SELECT details.outputs {PICKED} CROSS JOIN details ON details.id = runs.id"
            f" WHERE runs.output_count > 0 {_NEWEST_FIRST}"
        )
        texts = self._database.column(sql, (listed(wanted),))
        return [one_line(url, 10_000) for text in texts for url in read_urls(text)]

    def output_refs(self, wanted: Sequence[RowId]) -> list[OutputRef]:
        """List all their outputs, in the order asked for, with their addresses as the server gave them."""
        sql = f"SELECT runs.id, details.outputs {PICKED} CROSS JOIN details ON details.id = runs.id ORDER BY picked.key"
        return [
            OutputRef(RowId(row), number, url)
            for row, text in self._database.rows(sql, (listed(wanted),))
            for number, url in enumerate(read_urls(text), 1)
        ]

    def lineage(self, row: RowId) -> Lineage:
        """Return the run that a submission was made from, and the outputs that are its inputs."""
        return lineage_of(self._database, row)

    def child_lineage(self, row: RowId) -> Lineage:
        """Return the lineage of what is made from the inputs of this row, edited or as they are."""
        return Lineage(row, links=self.lineage(row).links)

    def links(self, wanted: Collection[RowId]) -> dict[RowId, dict[str, OutputRef]]:
        """Map those that have outputs as inputs to these, by the names of the inputs."""
        sql = (
            f"SELECT runs.id, name, linked_inputs.run, number, inputs {PICKED}"
            " CROSS JOIN linked_inputs ON linked_inputs.id = runs.id CROSS JOIN details ON details.id = runs.id"
            " ORDER BY picked.key, name"
        )
        found: dict[RowId, dict[str, OutputRef]] = {}
        for row, name, run, number, inputs in self._database.rows(sql, (listed(wanted),)):
            if isinstance(url := (read_inputs(inputs) or {}).get(name), str):
                found.setdefault(RowId(row), {})[name] = OutputRef(RowId(run), number, url)
        return found

    def lines(self, wanted: Sequence[RowId]) -> frozenset[RowId]:
        """Return those that are the lines of batches."""
        sql = f"SELECT runs.id {PICKED} WHERE runs.status = 'batch'"
        return frozenset(self._database.column(sql, (listed(wanted),)))

    def bodies(self, wanted: Sequence[RowId]) -> list[KnownBody]:
        """List the bodies of those whose inputs are known, in the order asked for."""
        sql = (
            f"SELECT runs.id, runs.webhook, runs.batch, inputs {PICKED} CROSS JOIN details ON details.id = runs.id"
            " WHERE inputs IS NOT NULL ORDER BY picked.key"
        )
        found = self._database.rows(sql, (listed(wanted),))
        return [KnownBody(row, key, batch, read_inputs(text) or {}) for row, key, batch, text in found]

    def last_linked(self, profile: str, limit: int) -> list[tuple[str, str, OutputRef]]:
        """List webhook, input and output of the inputs that were outputs of other runs, the newest first; each with the URL that
        stands there."""
        sql = (
            "SELECT outbox.webhook, name, run, number, inputs FROM linked_inputs JOIN outbox USING (id) JOIN details USING (id)"
            " WHERE outbox.profile = ? ORDER BY id DESC LIMIT ?"
        )
        return [
            (webhook, name, OutputRef(RowId(run), number, str((read_inputs(inputs) or {}).get(name, ""))))
            for webhook, name, run, number, inputs in self._database.rows(sql, (profile, limit))
        ]

    def output_counts(self, wanted: Collection[RowId]) -> list[tuple[RowId, int]]:
        """Count the outputs of each, in the order asked for."""
        return self._database.rows(f"SELECT runs.id, runs.output_count {PICKED} ORDER BY picked.key", (listed(wanted),))


def lineage_of(database: Database, row: RowId) -> Lineage:
    """Read `RunLookup.lineage`."""
    found = database.row("SELECT parent, parent_output FROM runs WHERE id = ?", (row,))
    return NO_LINEAGE if found is None else Lineage(found[0], found[1], RunLookup(database).links((row,)).get(row, {}))


def listed(wanted: Collection[RowId]) -> str:
    return json.dumps(list(wanted))


# The runs under way, without their prompts: what the poll schedule keeps in mind and brings up to date.

BEGAN_AT: Final = "(CASE WHEN started_at IS NULL AND status = 'running' THEN begun_at ELSE started_at END)"
"""SQL: since when an estimate counts it as running, as `domain.statistics.duration_model.elapsed`."""
_ACTIVE_COLUMNS: Final = f"runs.id, webhook, run_id, node_count, begun_at, {BEGAN_AT}"
_IS_ACTIVE: Final = f"profile = ? AND run_id IS NOT NULL AND status IN ({ACTIVE_STATUSES})"
_IS_UNTOLD: Final = (
    "profile = ? AND run_id IS NOT NULL"
    " AND (status = 'completed' AND outputs IS NULL OR status = 'failed' AND error IS NULL)"
)
_MANY: Final = 500


class ActiveRunLookup(Table):
    """Reads of active runs. Methods raise StoreError."""

    def all(self, profile: str) -> list[ActiveRun]:
        """List all active runs of a profile, in no order."""
        # Told so, SQLite begins with the few active runs; by itself it walks through all runs that have an id.
        runs = "FROM runs INDEXED BY runs_by_status CROSS JOIN details USING (id)"
        return self._runs(f"{runs} WHERE {_IS_ACTIVE} AND {IN_OR_OUT}", profile)

    def among(self, profile: str, rows: Collection[RowId]) -> list[ActiveRun]:
        """List those of these rows that are active runs of the profile."""
        if len(rows) > _MANY:
            return [run for run in self.all(profile) if run.id in rows]
        return self._runs(
            f"{PICKED} CROSS JOIN details ON details.id = runs.id WHERE {_IS_ACTIVE}", listed(rows), profile
        )

    def untold(self, profile: str, rows: Collection[RowId]) -> list[ActiveRun]:
        """List those of these rows that have ended without an answer that has their result (docs/dev/wire-contract.md: a
        list item may lack `outputs`)."""
        return self._runs(
            f"{PICKED} CROSS JOIN details ON details.id = runs.id WHERE {_IS_UNTOLD}", listed(rows), profile
        )

    def overdue_kills(self, profile: str, asked_before: float) -> list[RunRow]:
        """The runs that still show `killing` though the kill was asked for before that time, epoch seconds."""
        sql = f"SELECT {RUN_COLUMNS} FROM runs WHERE profile = ? AND {IN_OR_OUT} AND status = 'killing' AND kill_asked < ?"
        return [run_row(row) for row in self._database.rows(sql, (profile, asked_before))]

    def _runs(self, source: str, *params: object) -> list[ActiveRun]:
        return [
            ActiveRun(RowId(row), *rest)
            for row, *rest in self._database.rows(f"SELECT {_ACTIVE_COLUMNS} {source}", params)
        ]


# Runs and prompts that finished since a moment, for the away summary.


class FinishedSinceLookup(Table):
    """Reads of runs and prompts that finished since a moment. Both raise StoreError. Times are epoch seconds by this
    machine's clock."""

    def ended(self, profile: str, since: float) -> Mapping[Status, int]:
        """Count the runs that have ended since then, by status."""
        sql = f"""SELECT status, count(*) FROM runs WHERE profile = ? AND {IN_OR_OUT} AND ended_at > ? AND size = 0
            GROUP BY status"""
        return {Status(status): count for status, count in self._database.rows(sql, (profile, since))}

    def drained(self, profile: str, since: float) -> float | None:
        """Return when the last of the prompts that waited at that moment was sent; None: none waited, or some still
        do."""
        waited, sent_at, unsent = self._database.rows(
            """SELECT count(*), max(sent_at), total(state IN ('queued', 'held')) FROM outbox
            WHERE profile = ? AND submitted_at <= ? AND (sent_at > ? OR state IN ('queued', 'held'))""",
            (profile, since, since),
        )[0]
        return None if not waited or unsent else float(sent_at)
