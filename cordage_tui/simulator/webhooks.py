"""Simulated webhooks: durations, failures and outputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import exp
from random import Random
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Inputs: TypeAlias = Mapping[str, Json]


class OutputKind(StrEnum):
    """Kinds of output files."""

    IMAGE = "image"
    LOOP = "loop"
    TEXT = "text"
    JSON = "json"


class PainterKind(StrEnum):
    """Scenes of the pictures."""

    MOUNTAINS = "mountains"
    PORTRAIT = "portrait"
    STILL_LIFE = "still_life"
    FLOW = "flow"


@dataclass(frozen=True, slots=True)
class Durations:
    """Log-normal durations of runs, in seconds."""

    min_s: float
    median_s: float
    spread: float = 0.0
    """Standard deviation of the logarithm; 0 makes all durations equal."""
    queue_s: float = 0.0
    """Longest time in `pending`; the actual one is uniform between 0 and this."""

    def draw(self, rng: Random) -> float:
        """Draw the seconds from `running` to the end."""
        return max(self.min_s, self.median_s * exp(self.spread * rng.gauss(0.0, 1.0)))


@dataclass(frozen=True, slots=True)
class SimWebhook:
    """Webhook of a simulated workspace."""

    key: str
    name: str
    durations: Durations
    node_count: int = 5
    failure_rate: float = 0.0
    """Share of failed runs, 0 to 1."""
    reasons: tuple[str, ...] = ("Node 'Generate' failed: provider timed out after 120 s",)
    """Errors of failed runs; one is drawn for each."""
    output: OutputKind = OutputKind.IMAGE
    max_outputs: int = 1
    """Most outputs of a completed run; at least 1."""
    also: OutputKind | None = None
    """Kind of an additional last output."""
    scene: PainterKind = PainterKind.MOUNTAINS
    inputs: Mapping[str, Json] = field(default_factory=dict)
    """Inputs besides the prompt: default value, or list of choices, by name."""
