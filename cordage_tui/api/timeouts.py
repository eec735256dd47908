"""Timeouts of API calls and file downloads."""

from cordage_tui.domain.fast_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Timeouts of API calls, in seconds. The totals bound a whole call, connection to last byte: httpx itself has only
    limits between bytes."""

    connect_s: float = 10.0
    write_s: float = 30.0
    read_s: float = 20.0
    """Silence while reading the answer to a read or a kill."""
    total_s: float = 30.0
    trigger_read_s: float = 120.0
    """A trigger is waited for long: giving up early only turns an answer into `uncertain` (docs/triggering.md 4)."""
    trigger_total_s: float = 150.0


@dataclass(frozen=True, slots=True)
class FileTimeouts:
    """Timeouts of file downloads, in seconds. A file may be so large that no total fits them all."""

    connect_s: float = 10.0
    head_s: float = 30.0
    """From nothing to status and headers, for each address on the way."""
    stall_s: float = 30.0
    """Silence while the file comes."""
    crawl_s: float = 60.0
    """So much waiting must bring at least `crawl_bytes`."""
    crawl_bytes: int = 1024

    @property
    def by_name(self) -> dict[str, float]:
        """Timeouts in httpcore's form."""
        return {"connect": self.connect_s, "write": self.stall_s, "read": self.stall_s}
