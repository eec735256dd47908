"""Changes to many prompts of the queue at once."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import chain

from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText


@dataclass(frozen=True, slots=True)
class UnsentPrompt:
    """A queued or held prompt with its inputs, as it was read."""

    row: RowId
    webhook_key: str
    state: OutboxState
    """QUEUED or HELD."""
    attempt: int
    lane: Lane
    body: str = field(repr=False)
    """Inputs, in the JSON of the database."""
    note: SafeText | None = None
    """Why it is held."""
    author: SafeText | None = None
    """Who submitted it; None: the user."""


@dataclass(frozen=True, slots=True)
class QueueChanges:
    """Changes of a user to unsent prompts. All that still are as they were read are changed together."""

    before: Mapping[RowId, UnsentPrompt] = field(repr=False)
    """Prompts as they were read, in the order of sending."""
    inputs: Mapping[RowId, Inputs] = field(default_factory=dict, repr=False)
    """Other inputs."""
    dropped: Sequence[RowId] = ()
    order: Mapping[Lane, Sequence[RowId]] = field(default_factory=dict)
    """Prompts of each lane that are not dropped, in the order wanted."""
    moved: frozenset[RowId] = frozenset()
    """Those of `order` that go to another place; the others stay, and the moved ones are placed next to them."""

    @property
    def rows(self) -> frozenset[RowId]:
        """Prompts that differ afterwards."""
        return frozenset(chain(self.inputs, self.dropped, self.moved))


def moved_rows(before: Mapping[RowId, UnsentPrompt], order: Mapping[Lane, Sequence[RowId]]) -> frozenset[RowId]:
    """Return the fewest prompts that must move to get that order.

    These change their lane, or lie outside a longest ascending sequence of their lane.
    """
    places = {row: place for place, row in enumerate(before)}
    moved: set[RowId] = set()
    for lane, rows in order.items():
        unmoved_lane = [row for row in rows if before[row].lane is lane]
        moved.update(set(rows).difference(_longest_ascending(unmoved_lane, places)))
    return frozenset(moved)


def _longest_ascending(rows: Sequence[RowId], places: Mapping[RowId, int]) -> Sequence[RowId]:
    """Return a longest subsequence of `rows` with ascending places (patience sorting)."""
    tails: list[int] = []
    last: list[RowId] = []
    previous: dict[RowId, RowId | None] = {}
    for row in rows:
        at = bisect_left(tails, places[row])
        tails[at : at + 1] = [places[row]]
        last[at : at + 1] = [row]
        previous[row] = last[at - 1] if at else None
    sequence: list[RowId] = []
    row_or_none = last[-1] if last else None
    while row_or_none is not None:
        sequence.append(row_or_none)
        row_or_none = previous[row_or_none]
    return sequence
