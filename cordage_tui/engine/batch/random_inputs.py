"""Random inputs: a webhook declares them `random`, and a number is drawn for each body."""

import os
from collections.abc import Container, Iterable, Mapping
from typing import Final

from cordage_tui.domain.inputs import PROMPT, RANDOM, Inputs, Json, random_bounds
from cordage_tui.engine.batch.sampling import SeededDraw


class RandomInputs:
    """Random inputs of one webhook, from its `inputs` setting."""

    def __init__(self, inputs: Mapping[str, Json]) -> None:
        bounds = {name: random_bounds(default) for name, default in inputs.items() if name != PROMPT}
        self._bounds = {name: pair for name, pair in bounds.items() if pair is not None}

    @property
    def names(self) -> frozenset[str]:
        """Names of the random inputs."""
        return frozenset(self._bounds)

    def open_in(self, body: Mapping[str, object]) -> list[str]:
        """List the inputs of a body that still need a number."""
        return [name for name in self._bounds if body.get(name) == RANDOM]

    def drawn(self, bodies: Iterable[Inputs], seed: int | None = None) -> list[Inputs]:
        """Draw the numbers of all bodies. The same seed gives the same bodies the same numbers; None: they cannot be
        drawn again."""
        draw_seed = int.from_bytes(os.urandom(16), "big") if seed is None else seed
        draws = {name: SeededDraw(draw_seed, f"input {name}") for name in self._bounds}
        return [
            {**body, **{name: self._number(name, draws[name]) for name in names}}
            if (names := self.open_in(body))
            else body
            for body in bodies
        ]

    def renewed(self, body: Inputs, fixed: Container[str] = ()) -> Inputs:
        """Return a body for whose random inputs numbers are to be drawn again, other than the `fixed` ones."""
        return {name: RANDOM if name in self._bounds and name not in fixed else value for name, value in body.items()}

    def _number(self, name: str, draw: SeededDraw) -> int:
        low, high = self._bounds[name]
        return low + draw.below(high - low + 1)


NOTHING_RANDOM: Final = RandomInputs({})
