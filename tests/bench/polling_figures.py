"""One trial and what is measured in it."""

import hashlib
import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from polling_load import Cell, End, Law

from cordage_tui.simulator.rate_limits import LimitPlan

WARM_S = 300.0
"""Ends before this are not counted: a start is no steady state."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One simulation; the same trial always gives the same figures."""

    cell: Cell
    law: Law
    seed: int = 1
    hours: float = 2.0
    clients: int = 1
    """Independent instances of ours with the same key, on other machines: they know nothing of each other."""
    foreign: float = 0.0
    """Reads a minute that another program makes with the same key."""
    plan: LimitPlan = field(default_factory=LimitPlan)


@dataclass(frozen=True, slots=True)
class Shown:
    """One end and how late it was shown."""

    end: End
    delay_s: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What a trial gave, for one client or several taken together."""

    shown: Sequence[Shown]
    """Ends after the warm-up. One that was not shown before the trial ended counts with its wait so far."""
    unseen: int
    """How many of them were not shown."""
    refused_a_minute: float
    """429s that we got."""
    foreign_refused_a_minute: float = 0.0
    """429s that the other program got."""
    reads_a_minute: float = 0.0
    """Calls of ours that were answered with anything."""
    longest_gap_s: float = 0.0
    """The longest time that any one webhook was not read with success, by any one client."""

    @property
    def mean_s(self) -> float:
        """Mean delay."""
        return mean(self.shown)

    @property
    def p95_s(self) -> float:
        """95 % of the ends were shown within this."""
        return sorted(item.delay_s for item in self.shown)[int(0.95 * len(self.shown))]


def played(play: Callable[[Trial], Figures], trial: Trial, kept: Path) -> Figures:
    """Figures of a trial, from the folder `kept` where it was played before. A trial takes minutes, and the same trial of
    the same program gives the same figures: they are asked for twice, and a computation of hours is interrupted."""
    file = kept / hashlib.sha256(f"{play.__name__} {trial}".encode()).hexdigest()
    if file.exists():
        return pickle.loads(file.read_bytes())  # type: ignore[no-any-return]
    figures = play(trial)
    part = file.with_suffix(".part")
    part.write_bytes(pickle.dumps(figures))
    part.rename(file)
    return figures


def mean(shown: Iterable[Shown]) -> float:
    """Mean delay in seconds."""
    return fmean(item.delay_s for item in shown)


def pooled(many: Sequence[Figures]) -> Figures:
    """Several seeds as one."""
    return Figures(
        [item for one in many for item in one.shown],
        sum(one.unseen for one in many),
        fmean(one.refused_a_minute for one in many),
        fmean(one.foreign_refused_a_minute for one in many),
        fmean(one.reads_a_minute for one in many),
        max(one.longest_gap_s for one in many),
    )


def counted(ended: Mapping[str, End], seen: Mapping[str, float], over_at: float) -> tuple[list[Shown], int]:
    """The ends after the warm-up with their delays; `seen`: when each run id was shown as ended."""
    shown, unseen = [], 0
    for run_id, end in ended.items():
        if WARM_S <= end.ended_at < over_at:
            unseen += run_id not in seen
            shown.append(Shown(end, seen.get(run_id, over_at) - end.ended_at))
    return shown, unseen
