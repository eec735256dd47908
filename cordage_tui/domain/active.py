"""A run that the server may still change, as narrow as the poll schedule needs it."""

from cordage_tui.domain.run import RowId
from cordage_tui.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class ActiveRun:
    """Which run it is, and what its end can be foretold from. Times are epoch seconds by this machine's clock."""

    id: RowId
    webhook_key: str
    run_id: str
    node_count: int | None
    begun_at: float
    """When it was sent from here, else created."""
    started_at: float | None
    """When it was first seen running; None: it has not begun."""
