"""Record of a run: everything known of it, as scripts and exports get it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.output import Rating
from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.run_json import Object, detail_object

EARLIER_FIELDS: Final = ("own_queue_s", "queued_s")
"""Earlier names of two fields, for one version."""
FIELDS: Final = (
    *("id", "row", "webhook", "webhook_key", "status", "status_name", "prompt", "created_at", "started_at", "ended_at"),
    *("waiting_here_s", "waiting_at_cordage_s", "running_s", "elapsed_s", "output_count", "matched", "tags", "author"),
    *("inputs", "outputs", "node_count", "error", "note", "seen_at"),
    *("parent", "children", "batch", "ratings", "files"),
    *EARLIER_FIELDS,
)
"""Names of the fields of a record, in order."""


@dataclass(frozen=True, slots=True)
class ExportedRun:
    """A run with its ratings and files."""

    detail: RunDetail
    ratings: Mapping[int, Rating]
    """By number of the output, from 1; outputs without a rating are missing."""
    files: Mapping[int, Path]
    """Downloaded outputs that are still there, by number."""


def record_object(record: ExportedRun, webhook: str, now: float) -> Object:
    """Build the JSON object of a record, with all `FIELDS`. `webhook` is the name to show for its key; `now` epoch seconds,
    for active runs."""
    whole = detail_object(record.detail, webhook, now)
    del whole["answer"], whole["others_seen"]
    earlier = {name: whole.pop(name) for name in EARLIER_FIELDS}
    return {
        **whole,
        "batch": record.detail.row.batch,
        "ratings": [
            {"number": n, "kept": rating.kept, "stars": rating.stars} for n, rating in sorted(record.ratings.items())
        ],
        "files": [{"number": n, "path": str(path)} for n, path in sorted(record.files.items())],
        **earlier,
    }
