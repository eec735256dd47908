"""How long a call may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds. The totals bound a whole call, connection to last byte: httpx itself has only limits between bytes."""

    connect_s: float = 10.0
    write_s: float = 30.0
    read_s: float = 20.0
    """Silence while reading the answer to a read or a kill."""
    total_s: float = 30.0
    trigger_read_s: float = 120.0
    """A trigger is waited for long: giving up early only turns an answer into `uncertain` (FAULTS.md B4)."""
    trigger_total_s: float = 150.0
