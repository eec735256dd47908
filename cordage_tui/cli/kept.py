"""What this machine keeps of a run's outputs: their files, and what the user thinks of them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.output import Rating, decided
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import safe
from cordage_tui.store.store import Store


@dataclass(frozen=True, slots=True)
class LocalOutputs:
    """Both by the number of the output, from 1."""

    files: Mapping[int, Path]
    verdicts: Mapping[int, Rating]

    @classmethod
    def of(cls, store: Store, row: RowId) -> "LocalOutputs":
        """Raises StoreError."""
        return cls(store.downloads.files(row), store.verdicts.of(row))

    def object(self) -> dict[str, object]:
        """For programs, beside what is told of the run."""
        verdicts = sorted(self.verdicts.items())
        return {
            "files": [{"number": number, "path": str(path)} for number, path in sorted(self.files.items())],
            "verdicts": [{"number": number, "kept": one.kept, "stars": one.stars} for number, one in verdicts],
        }

    def lines(self) -> Iterator[tuple[str, str]]:
        """For people: labels and values."""
        for number, path in sorted(self.files.items()):
            yield f"file {number}", safe(str(path))
        for number, one in sorted(self.verdicts.items()):
            yield f"verdict {number}", " ".join(word for word in ("★" * one.stars, decided(one)) if word)
