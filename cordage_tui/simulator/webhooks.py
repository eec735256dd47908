"""What a simulated workflow is like: how long it takes, how often it fails and why, and what it makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import exp
from random import Random
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Inputs: TypeAlias = Mapping[str, Json]


class OutputKind(StrEnum):
    """What the workflow's export node gives."""

    IMAGE = "image"
    LOOP = "loop"
    TEXT = "text"
    JSON = "json"


class PainterKind(StrEnum):
    """Which painter makes the pictures."""

    MOUNTAINS = "mountains"
    PORTRAIT = "portrait"
    STILL_LIFE = "still_life"
    FLOW = "flow"


@dataclass(frozen=True, slots=True)
class Durations:
    """A log-normal length of runs. All in seconds, but for `spread`."""

    min_s: float
    median_s: float
    spread: float = 0.0
    """Standard deviation of the logarithm; 0 makes all runs equally long."""
    queue_s: float = 0.0
    """Longest time a run may stay `pending`; the actual one is uniform between 0 and this."""

    def draw(self, rng: Random) -> float:
        """Seconds from `running` to the end."""
        return max(self.min_s, self.median_s * exp(self.spread * rng.gauss(0.0, 1.0)))


@dataclass(frozen=True, slots=True)
class SimWebhook:
    """One webhook of the simulated workspace."""

    key: str
    name: str
    durations: Durations
    node_count: int = 5
    failure_rate: float = 0.0
    """Share of runs, 0 to 1, that end as `failed`."""
    reasons: tuple[str, ...] = ("Node 'Generate' failed: provider timed out after 120 s",)
    """Why they fail, one drawn for each."""
    output: OutputKind = OutputKind.IMAGE
    max_outputs: int = 1
    """A completed run has 1 to this many outputs."""
    also: OutputKind | None = None
    """After those comes one of this kind."""
    scene: PainterKind = PainterKind.MOUNTAINS
    inputs: Mapping[str, Json] = field(default_factory=dict)
    """Fields worth offering beside the prompt: name → default, or a list of choices."""
