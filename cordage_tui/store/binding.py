"""How a submission becomes the row of its run."""

from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.run import MatchedBy, RemoteRun, RowId
from cordage_tui.store.database import Database, Transaction
from cordage_tui.store.known import insert_known, known_at, known_by_run, save_known
from cordage_tui.store.merge import RunRecord, merged


def bind(database: Database, write: Transaction, row: RowId, run: RemoteRun, now: float) -> None:
    """Make `row` the row of `run`, as told at `now` (epoch seconds), with what a stranger's row has learned of it before."""
    known = _with_strangers(database, write, row, run.run_id)
    save_known(write, row, merged(known, run, now))


def link_existing_run(
    database: Database, write: Transaction, row: RowId, run_id: str, matched: MatchedBy | None = None
) -> None:
    """Make `row` the row of a run that so far has a row as a stranger, with all that is known of it. `matched`: how it was found
    to be its run; None: the server echoes what was sent."""
    save_known(write, row, _with_strangers(database, write, row, run_id))
    write.update("runs", row, {"matched": None if matched is None else matched.value})


def unbind(database: Database, write: Transaction, row: RowId) -> None:
    """Make the run of `row` a stranger's again, with a row of its own and all that is known of it. `row` has no run then, and
    its status is the caller's to set. Nothing where it has none."""
    found = known_at(database, row)
    if found is None:
        return
    place, known = found
    blank = RunRecord("", known.created_at, ours=True, inputs=known.inputs)
    save_known(write, row, blank)
    write.update("runs", row, {"run_id": None, "matched": None})
    created_at = known.told_created if known.told_created is not None else known.created_at
    stranger = replace(known, ours=False, created_at=created_at, inputs=None)
    gone = insert_known(write, place.profile, place.webhook_key, stranger)
    for table in ("verdicts", "downloads"):
        write.execute(f"UPDATE OR IGNORE {table} SET run = ? WHERE run = ?", (gone, row))


def _with_strangers(database: Database, write: Transaction, row: RowId, run_id: str) -> RunRecord:
    """What is known of the run, now that it is ours. The stranger's row goes."""
    created_at, profile, webhook, inputs = database.rows(
        "SELECT created_at, profile, webhook, inputs FROM runs JOIN details USING (id) WHERE id = ?", (row,)
    )[0]
    stranger = known_by_run(database, profile, webhook, (run_id,)).get(run_id)
    if stranger is None:
        return RunRecord(run_id, created_at, ours=True, inputs=inputs)
    gone, told = stranger
    write.execute("DELETE FROM runs WHERE id = ?", (gone,))
    write.execute("DELETE FROM details WHERE id = ?", (gone,))
    for table in ("verdicts", "downloads"):
        write.execute(f"UPDATE OR IGNORE {table} SET run = ? WHERE run = ?", (row, gone))
    write.touch(gone)
    return replace(told, ours=True, created_at=created_at, inputs=inputs)
