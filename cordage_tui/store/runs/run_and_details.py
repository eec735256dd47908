"""A run's row in `runs` and its row in `details`: read into one `RunRecord`, and written back to both."""

import json
from collections.abc import Sequence
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.inputs import prompt_of
from cordage_tui.domain.output import kinds_of
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.search_text import search_text
from cordage_tui.store.file.database import AMONG, Database, Row, Transaction
from cordage_tui.store.runs.merge import RunRecord
from cordage_tui.store.runs.row_codecs import MAX_PROMPT, read_inputs, read_urls

_SELECT: Final = """SELECT r.id, r.run_id, r.created_at, o.id IS NOT NULL, d.remote, r.word, d.doubt, r.kill_asked, r.started_at,
    r.ended_at, d.told_created, d.told_completed, d.inputs, d.outputs, d.error, d.note, d.node_count, d.raw, d.seen_at
    FROM runs r JOIN details d ON d.id = r.id LEFT JOIN outbox o ON o.id = r.id"""


@dataclass(frozen=True, slots=True)
class RunLocation:
    """Location of a run: its table row, profile and webhook."""

    row: RowId
    profile: str
    webhook_key: str


def known_by_run(
    database: Database, profile: str, webhook_key: str, run_ids: Sequence[str]
) -> dict[str, tuple[RowId, RunRecord]]:
    """Read the records of these runs, by run id; unknown runs are missing."""
    sql = f"{_SELECT} WHERE r.profile = ? AND r.webhook = ? AND r.run_id {AMONG}"
    found = database.rows(sql, (profile, webhook_key, json.dumps(run_ids)))
    return {known.run_id: (row, known) for row, known in map(_known, found)}


def known_at(database: Database, row: RowId) -> tuple[RunLocation, RunRecord] | None:
    """Read the record of the run of one table row; None when the server has given it no id (yet)."""
    owner = database.row("SELECT profile, webhook FROM runs WHERE id = ? AND run_id IS NOT NULL", (row,))
    found = database.row(f"{_SELECT} WHERE r.id = ?", (row,)) if owner else None
    return (RunLocation(row, *owner), _known(found)[1]) if owner and found else None


def insert_known(write: Transaction, profile: str, webhook_key: str, known: RunRecord) -> RowId:
    """Give a run of elsewhere its row in the table."""
    row = RowId(write.insert("runs", {"profile": profile, "webhook": webhook_key, **_line(known)}))
    write.insert("details", {"id": row, **_details(known)})
    write.touch(row)
    return row


def save_known(write: Transaction, row: RowId, known: RunRecord) -> None:
    """Write what is known now into the table row and its details."""
    write.update("runs", row, _line(known))
    write.update("details", row, _details(known))
    write.touch(row)


def _line(known: RunRecord) -> dict[str, object]:
    inputs = read_inputs(known.inputs) or {}
    prompt = prompt_of(inputs)
    return {
        "run_id": known.run_id,
        "status": known.shown.value,
        "word": known.word,
        "prompt": one_line(prompt, MAX_PROMPT),
        "search": search_text(prompt, known.run_id, known.word, inputs),
        "created_at": known.created_at,
        "started_at": known.started_at,
        "ended_at": known.ended_at,
        "output_count": len(known.outputs or ()),
        "kinds": kinds_of(known.outputs or ()),
        "kill_asked": known.kill_asked,
    }


def _details(known: RunRecord) -> dict[str, object]:
    return {
        "remote": known.status and known.status.value,
        "doubt": known.doubt and known.doubt.value,
        "told_created": known.told_created,
        "told_completed": known.told_completed,
        "inputs": known.inputs,
        "outputs": None if known.outputs is None else json.dumps(known.outputs),
        "error": known.error,
        "note": known.note,
        "node_count": known.node_count,
        "raw": known.raw,
        "seen_at": known.seen_at,
    }


def _known(row: Row) -> tuple[RowId, RunRecord]:
    row_id, run_id, created_at, ours, status, word, doubt, kill_asked, started_at, ended_at, *rest = row
    told_created, told_completed, inputs, outputs, error, note, node_count, raw, seen_at = rest
    known = RunRecord(
        run_id=run_id,
        created_at=created_at,
        ours=bool(ours),
        status=Status(status) if status else None,
        word=word,
        doubt=Status(doubt) if doubt else None,
        kill_asked=kill_asked,
        started_at=started_at,
        ended_at=ended_at,
        told_created=told_created,
        told_completed=told_completed,
        inputs=inputs,
        outputs=None if outputs is None else tuple(read_urls(outputs)),
        error=error,
        note=note,
        node_count=node_count,
        raw=raw,
        seen_at=seen_at,
    )
    return RowId(row_id), known
