"""Alternatives of its pattern that each body of a batch has."""

from collections.abc import Sequence

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.inputs import PROMPT, Inputs, Json, value_words
from cordage_tui.engine.batch.expand import values_of
from cordage_tui.engine.batch.parsed_prompt import ParsedPrompt
from cordage_tui.engine.batch.pattern import Group, Lists, Pattern


class BatchPattern:
    """Pattern that a batch was made from; it finds the alternatives of each body."""

    def __init__(self, source: BatchSource, lists: Lists) -> None:
        """`lists` reads word lists. Raises BatchError."""
        prompt = source.inputs.get(PROMPT)
        written = ParsedPrompt.of(prompt) if isinstance(prompt, str) else ParsedPrompt("", {})
        texts: dict[str, Json] = {**source.inputs, **written.settings, PROMPT: written.prompt}
        if len(written.lines) > 1 and any(name == PROMPT for name, _ in source.axes):
            del texts[PROMPT]  # each line was a prompt of its own
        patterns = ((name, _pattern_of(name, text, lists)) for name, text in texts.items())
        self._patterns = {name: pattern for name, pattern in patterns if pattern is not None}

    def values(self, inputs: Inputs) -> dict[str, str]:
        """Return the values of a body's inputs; an input made from a pattern yields its alternatives instead."""
        values_found: dict[str, str] = {}
        for name, value in inputs.items():
            pattern = self._patterns.get(name)
            picked = _picked(pattern.pieces, value) if pattern is not None and isinstance(value, str) else None
            if pattern is not None and picked is not None:
                values_found.update(zip(_names(name, pattern), picked, strict=True))
            elif name != PROMPT:
                values_found[name] = value_words(value)
        return values_found


def _pattern_of(name: str, text: Json, lists: Lists) -> Pattern | None:
    """Return the pattern of an input; None if it has no alternatives within a text. Raises BatchError.

    A list of values needs no pattern: each body has one of its values.
    """
    if not isinstance(text, str) or (name != PROMPT and values_of(text) is not None):
        return None
    parsed = Pattern.of(text)
    pieces = tuple(
        piece._replace(alternatives=lists(piece.word_list)) if isinstance(piece, Group) and piece.word_list else piece
        for piece in parsed.pieces
    )
    pattern = Pattern(pieces, parsed.loose)
    return pattern if _groups(pattern) else None


def _groups(pattern: Pattern) -> list[Group]:
    return [piece for piece in pattern.pieces if isinstance(piece, Group)]


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
    for piece, ends_before in zip(reversed(pieces), reversed(reached), strict=True):
        at, way = ends_before[at]
        picks += [way] if isinstance(piece, Group) else []
    return picks[::-1]
