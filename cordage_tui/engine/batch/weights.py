"""Weights of alternatives by what was kept: which alternatives a run has, and the pattern of the next batch."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import prod
from typing import Final

from cordage_tui.domain.inputs import PROMPT, Inputs, Json, value_words
from cordage_tui.domain.keepers import JudgedRun
from cordage_tui.domain.outbox import BatchSource
from cordage_tui.engine.batch.expand import values_of
from cordage_tui.engine.batch.parsed_prompt import ParsedPrompt
from cordage_tui.engine.batch.pattern import BatchError, Group, Lists, Pattern, escape

MOST_WEIGHED: Final = 30
"""Alternatives of a group; a longer one stays as it is written."""
DRAWS: Final = 100
"""Thompson draws for the weights of a group, so that they are percentages."""


class BatchPattern:
    """Pattern that a batch was made from, read for which alternatives its bodies have."""

    def __init__(self, source: BatchSource, lists: Lists) -> None:
        """`lists` reads word lists. Raises BatchError."""
        prompt = source.inputs.get(PROMPT)
        self._written = ParsedPrompt.of(prompt) if isinstance(prompt, str) else ParsedPrompt("", {})
        self.is_lines = len(self._written.lines) > 1 and any(name == PROMPT for name, _ in source.axes)
        """Each line of the prompt was one."""
        self._inputs = source.inputs
        fields = {name: value for name, value in source.inputs.items() if name != PROMPT}
        values: dict[str, Json] = {**fields, **self._written.settings}
        if not self.is_lines:
            values[PROMPT] = self._written.prompt
        self._patterns: dict[str, Pattern] = {}
        self._left = len(self._written.lines) if self.is_lines else 1
        for name, value in values.items():
            if (pattern := _pattern_of(name, value, lists)) is not None:
                self._patterns[name] = pattern
            elif isinstance(value, str) and name != PROMPT and (listed := values_of(value)) is not None:
                self._left *= len(listed)

    @property
    def names(self) -> frozenset[str]:
        """Names of the choices whose alternatives can have weights: the input, numbered where it has several."""
        return frozenset(name for key, pattern in self._patterns.items() for name in _names(key, pattern))

    def values(self, inputs: Inputs) -> dict[str, str]:
        """Return the values of a body's inputs; of one that was made from a pattern its alternatives instead."""
        found: dict[str, str] = {}
        for name, value in inputs.items():
            pattern = self._patterns.get(name)
            picked = _picked(pattern.pieces, value) if pattern is not None and isinstance(value, str) else None
            if pattern is not None and picked is not None:
                found.update(zip(_names(name, pattern), picked, strict=True))
            elif name != PROMPT:
                found[name] = value_words(value)
        return found

    def weighed(self, runs: Sequence[JudgedRun], count: int, seed: int) -> Inputs:
        """Return the inputs of the next batch, of about `count` bodies: each alternative has the weight that it gets by Thompson
        draws (1933), whose chance is `seed`. Raises BatchError where there is nothing to weigh."""
        if not self._patterns:
            raise BatchError("This batch has no alternatives to weigh, such as {noir|ink}.")
        texts = {name: _weighed(name, pattern, runs, seed) for name, pattern in self._patterns.items()}
        written = self._written
        lines = ["\n".join(written.lines) if self.is_lines else texts.get(PROMPT, written.prompt)]
        lines += [f"{name}={texts.get(name, value)}" for name, value in written.settings.items()]
        axes = (group for pattern in self._patterns.values() for group in _groups(pattern) if not _is_weighed(group))
        left = self._left * prod(len(group.alternatives) for group in axes if not group.free)
        if (times := max(1, round(count / left))) > 1:
            lines.append(f"times={times}")
        lines.append(f"take={count if left > count else 'all'}@{seed}")
        beside = {name: text for name, text in texts.items() if name in self._inputs}
        return {**self._inputs, **beside, PROMPT: "\n".join(line for line in lines if line)}


def _pattern_of(name: str, value: Json, lists: Lists) -> Pattern | None:
    """Return the pattern of an input whose alternatives can have weights; None: it has none, or numbers, which would become
    text."""
    if not isinstance(value, str):
        return None
    values = None if name == PROMPT else values_of(value)
    if values is not None:
        texts = tuple(found for found in values if isinstance(found, str))
        few = len(texts) == len(values) <= MOST_WEIGHED
        return Pattern((Group(texts),), False) if few else None
    parsed = Pattern.of(value)
    pieces = tuple(
        piece._replace(alternatives=lists(piece.words)) if isinstance(piece, Group) and piece.words else piece
        for piece in parsed.pieces
    )
    pattern = Pattern(pieces, parsed.loose)
    return pattern if _groups(pattern) else None


def _groups(pattern: Pattern) -> list[Group]:
    return [piece for piece in pattern.pieces if isinstance(piece, Group)]


def _is_weighed(group: Group) -> bool:
    return len(group.alternatives) <= MOST_WEIGHED


def _names(name: str, pattern: Pattern) -> list[str]:
    """Name the groups as the axes of a batch are."""
    count = len(_groups(pattern))
    return [name] if count == 1 else [f"{name} {n}" for n in range(1, count + 1)]


def _picked(pieces: Sequence[str | Group], text: str) -> list[str] | None:
    """Find the alternative of each group that makes the text; None: it was not made from this pattern."""
    ends: dict[int, tuple[int, str]] = {0: (0, "")}
    reached = []
    for piece in pieces:
        ways = piece.alternatives[::-1] if isinstance(piece, Group) else (piece,)
        ends = {at + len(way): (at, way) for at in ends for way in ways if text.startswith(way, at)}
        reached.append(ends)
    if len(text) not in ends:
        return None
    picks, at = [], len(text)
    for piece, found in zip(reversed(pieces), reversed(reached), strict=True):
        at, way = found[at]
        picks += [way] if isinstance(piece, Group) else []
    return picks[::-1]


def _weighed(name: str, pattern: Pattern, runs: Sequence[JudgedRun], seed: int) -> str:
    """Write a pattern with weights."""
    names = iter(_names(name, pattern))
    texts = []
    for piece in pattern.pieces:
        if isinstance(piece, str):
            texts.append(escape(piece))
            continue
        choice = next(names)
        if not _is_weighed(piece):
            texts.append(piece.written or "{" + "|".join(map(escape, piece.alternatives)) + "}")
            continue
        weights = thompson_weights(piece.alternatives, choice, runs, seed)
        parts = (f"{weights[one]}::{escape(one)}" for one in dict.fromkeys(piece.alternatives))
        texts.append("{" + "|".join(parts) + "}")
    return "".join(texts)


def thompson_weights(alternatives: Sequence[str], name: str, runs: Sequence[JudgedRun], seed: int) -> Mapping[str, int]:
    """Weigh alternatives by how many of `DRAWS` Thompson draws each has won: in a draw each has a share from the Beta posterior
    of its kept runs, and the largest wins. None has less than 1, so that all are still tried."""
    from random import Random  # late: as in sampling

    judged, kept = Counter[str](), Counter[str]()
    for run in runs:
        if (value := run.values.get(name)) is not None:
            judged[value] += 1
            kept[value] += run.is_kept
    random = Random(f"weights {name} {seed}")
    each = list(dict.fromkeys(alternatives))
    won = Counter(
        max(each, key=lambda one: random.betavariate(1 + kept[one], 1 + judged[one] - kept[one])) for _ in range(DRAWS)
    )
    return {one: max(1, won[one]) for one in each}
