"""Records in the logs of a home, as tests read them."""

from dataclasses import dataclass, field
from pathlib import Path

from cordage_tui.config.paths import Paths


@dataclass(frozen=True)
class Record:
    """Line of a log."""

    pid: int
    kind: str
    values: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    def get(self, name: str) -> str | None:
        return self.values.get(name)


def log_files(paths: Paths) -> list[Path]:
    """Return the files of all processes, the oldest first."""
    files = sorted(paths.logs.glob("*.log*"), key=lambda path: path.stat().st_mtime)
    return sorted(files, key=lambda path: path.suffix != ".1")


def records(paths: Paths, *kinds: str) -> list[Record]:
    """Return the records of these kinds, or all, in order."""
    lines = [line.split() for path in log_files(paths) for line in path.read_text().splitlines()]
    found = [Record(int(pid), kind, dict(value.split("=", 1) for value in values)) for _, pid, kind, *values in lines]
    return [record for record in found if not kinds or record.kind in kinds]
