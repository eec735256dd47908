"""Binding of a submission to its run: the row takes the run's record, and gives it back if it was a guess."""

from typing import Final

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.run import MatchedBy, RemoteRun, RowId
from cordage_tui.store.file.database import Database, Transaction
from cordage_tui.store.runs.merge import RunRecord, merged
from cordage_tui.store.runs.run_and_details import insert_known, known_at, known_by_run, save_known

_OF_OUTPUTS: Final = ("verdicts", "tags", "downloads", "linked_inputs")
"""Tables whose column `run` names a run by its row, for what is known of its outputs."""


def move_outputs(write: Transaction, old: RowId, new: RowId) -> None:
    """Have what is known of the outputs of the row `old` be that of the outputs of `new`, which has the run now."""
    for table in _OF_OUTPUTS:
        write.execute(f"UPDATE OR IGNORE {table} SET run = ? WHERE run = ?", (new, old))
    children = write.execute("SELECT id FROM runs WHERE parent = ?", (old,)).fetchall()
    write.touch(*(RowId(child) for (child,) in children))


def bind(database: Database, write: Transaction, row: RowId, run: RemoteRun, now: float) -> None:
    """Make `row` the row of `run`, merged at `now` (epoch seconds), with what is known of it from a foreign row."""
    known = _take_over_record(database, write, row, run.run_id)
    save_known(write, row, merged(known, run, now))


def link_existing_run(
    database: Database, write: Transaction, row: RowId, run_id: str, matched: MatchedBy | None = None
) -> None:
    """Make `row` the row of a run that so far has a foreign row, with all that is known of it. `matched`: how it was
    found to be its run; None: the server echoes what was sent."""
    save_known(write, row, _take_over_record(database, write, row, run_id))
    write.update("runs", row, {"matched": None if matched is None else matched.value})


def unbind(database: Database, write: Transaction, row: RowId) -> None:
    """Make the run of `row` foreign again, with a row of its own and all that is known of it. `row` has no run then,
    and its status is the caller's to set. Does nothing if it has none."""
    found = known_at(database, row)
    if found is None:
        return
    place, known = found
    blank = RunRecord("", known.created_at, ours=True, inputs=known.inputs)
    save_known(write, row, blank)
    write.update("runs", row, {"run_id": None, "matched": None})
    created_at = known.told_created if known.told_created is not None else known.created_at
    foreign = replace(known, ours=False, created_at=created_at, inputs=None)
    gone = insert_known(write, place.profile, place.webhook_key, foreign)
    move_outputs(write, row, gone)
    write.execute("UPDATE runs SET parent = ? WHERE parent = ? AND parent_output IS NOT NULL", (gone, row))


def _take_over_record(database: Database, write: Transaction, row: RowId, run_id: str) -> RunRecord:
    """Return the record of a run that is now ours, and delete its foreign row."""
    created_at, profile, webhook, inputs = database.rows(
        "SELECT created_at, profile, webhook, inputs FROM runs JOIN details USING (id) WHERE id = ?", (row,)
    )[0]
    foreign = known_by_run(database, profile, webhook, (run_id,)).get(run_id)
    if foreign is None:
        return RunRecord(run_id, created_at, ours=True, inputs=inputs)
    gone, told = foreign
    write.execute("DELETE FROM runs WHERE id = ?", (gone,))
    write.execute("DELETE FROM details WHERE id = ?", (gone,))
    move_outputs(write, gone, row)
    write.execute("UPDATE runs SET parent = nullif(?, id) WHERE parent = ?", (row, gone))
    write.touch(gone)
    return replace(told, ours=True, created_at=created_at, inputs=inputs)
