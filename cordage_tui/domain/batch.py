"""Batches: where their prompts came from, how far they are, and when they stop."""

from collections.abc import Mapping, Sequence

from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.run import RemoteRun, Status
from cordage_tui.domain.safe_text import SafeText, one_line


@dataclass(frozen=True, slots=True)
class StopRule:
    """Rule that holds the waiting prompts of a batch after failures. Times are epoch seconds."""

    after: int
    """Number of failures in a row."""
    stopped_at: float | None = None
    """When this rule held it; None: it did not."""


@dataclass(frozen=True, slots=True)
class BatchSource:
    """Source of a batch, from which it can be made again, edited."""

    title: str
    """One line that names it, such as the pattern it was expanded from; raw."""
    inputs: Inputs = field(default_factory=dict)
    """As written in the prompt panel, patterns unexpanded. Empty when it came from a file."""
    axes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Of a matrix: name and values of each axis, in the order of a product's bodies, the first varying slowest;
    otherwise empty."""
    stop: StopRule | None = None
    """None: all of it is sent, even after failures."""


@dataclass(frozen=True, slots=True)
class SeededBatch:
    """Past batch of the demo."""

    webhook_key: str
    created_at: float
    source: BatchSource
    runs: "Sequence[tuple[str, RemoteRun, Inputs]]"
    """Its runs by webhook key, with their inputs, in the order of the axes."""
    verdicts: Mapping[str, bool]
    """Run id → whether its first output was kept; undecided runs are missing."""


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """Progress of a batch."""

    source: BatchSource
    folded: bool
    """Shown as one line; otherwise its rows follow below it."""
    counts: Mapping[Status, int]
    """How many of its rows have each status; statuses without rows are missing. Dropped ones count nowhere."""
    last_end: float | None = None
    """When the last of its ended runs ended, epoch seconds; None: none has ended, or the time is unknown."""

    @property
    def total(self) -> int:
        """Rows it still has."""
        return sum(self.counts.values())

    @property
    def ended(self) -> int:
        """Number of prompts in a final state."""
        return sum(n for status, n in self.counts.items() if status.is_final)

    @property
    def title(self) -> SafeText:
        """Title to show."""
        return one_line(self.source.title)
