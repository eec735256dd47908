"""A batch: many prompts submitted at once to one webhook, and shown as one line of the table."""

from collections.abc import Mapping

from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.status import Status
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.value import dataclass, field


@dataclass(frozen=True, slots=True)
class BatchSource:
    """What a batch was made from, so that it can be made again, edited."""

    title: str
    """One line that names it, such as the pattern it was expanded from; raw."""
    inputs: Inputs = field(default_factory=dict)
    """As written in the prompt panel, patterns unexpanded. Empty when it came from a file."""
    axes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Of a matrix: each axis' name and its values, the first varying slowest; a product has one body for each combination
    in that order. Empty for a list."""


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How far the prompts of one batch are."""

    source: BatchSource
    folded: bool
    """Shown as one line; else its rows stand below it."""
    counts: Mapping[Status, int]
    """How many of its rows have each status; statuses without rows are missing. Dropped ones count nowhere."""
    last_end: float | None = None
    """When the last one of those that have ended did, epoch seconds; None: none has, or nobody knows when."""

    @property
    def total(self) -> int:
        """Rows it still has."""
        return sum(self.counts.values())

    @property
    def ended(self) -> int:
        """Those to which nothing more will happen by itself."""
        return sum(n for status, n in self.counts.items() if status.is_final)

    @property
    def title(self) -> SafeText:
        """Its name, to be shown."""
        return one_line(self.source.title)
