"""End of a batch. Its line is ordered by `took` as a run is, and has ended with the last run of the batch."""

from typing import Final

from cordage_tui.domain.run import Status

_OPEN: Final = ", ".join(f"'{status.value}'" for status in Status if not status.is_final)
_END: Final = f"""CASE WHEN NOT EXISTS (SELECT 1 FROM runs AS r WHERE r.batch = runs.id AND r.status IN ({_OPEN}))
    THEN (SELECT coalesce(max(r.ended_at), runs.created_at) FROM runs AS r WHERE r.batch = runs.id) END"""
"""SQL: when the batch of the line `runs` ended, epoch seconds; NULL: not yet."""
CHANGED_END: Final = f"""SELECT ended FROM (SELECT ended_at, {_END} AS ended FROM runs WHERE id = ?)
    WHERE ended IS NOT ended_at"""
"""SQL: the same of the line with this id, if its `ended_at` says something else."""
FILL_ENDS: Final = f"UPDATE runs SET ended_at = {_END} WHERE status = 'batch'"
"""SQL: write it down for all lines."""
