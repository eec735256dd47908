"""Lineage of a run: the run that it was made from, and those that were made from it."""

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.output import Rating
from cordage_tui.domain.run import RowId, RunDetail, RunRow


@dataclass(frozen=True, slots=True)
class ChildRun:
    """Run that was made from another."""

    row: RunRow
    inputs: Inputs | None
    """What was sent."""
    rating: Rating
    """The best of its outputs has it."""


@dataclass(frozen=True, slots=True)
class Relatives:
    """Runs that a run is related to."""

    parent: RunDetail | None
    """Run that it was made from; None: it was made from none, or that has been removed."""
    removed: bool
    """True if the run that it was made from has been removed."""
    output: int | None
    """Number, from 1, of the parent's output that is one of its inputs; None: none is."""
    fields: tuple[str, ...]
    """Names of those inputs."""
    count: int
    """Runs that were made from it."""
    kept: int
    """Those with an output that was kept."""
    children: tuple[ChildRun, ...]
    """The best of them: kept ones first, then those with most stars, then the newest."""

    @property
    def rows(self) -> frozenset[RowId]:
        """Rows of those that are known here."""
        parent = () if self.parent is None else (self.parent.row.id,)
        return frozenset((*parent, *(child.row.id for child in self.children)))
