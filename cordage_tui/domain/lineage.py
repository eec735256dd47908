"""Lineage of a run: the run that it was made from, and those that were made from it."""

import json
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from functools import lru_cache
from typing import Final, NamedTuple

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.input_diff import Change, DiffField, Edit, fields
from cordage_tui.domain.inputs import Inputs, Json, canonical, fingerprint
from cordage_tui.domain.output import Rating
from cordage_tui.domain.run import RowId, RunDetail, RunRow
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import redact


@dataclass(frozen=True, slots=True)
class ChildRun:
    """Run that was made from another."""

    row: RunRow
    inputs: Inputs | None
    """Inputs that were sent."""
    rating: Rating
    """The best of its outputs has it."""


@dataclass(frozen=True, slots=True)
class Relatives:
    """Runs that a run is related to."""

    parent: RunDetail | None
    """Run that it was made from; None if there is none or it was removed."""
    removed: bool
    """True if the run that it was made from has been removed."""
    output: int | None
    """Number, from 1, of the parent's output that is one of its inputs; None if none is."""
    fields: tuple[str, ...]
    """Names of the inputs whose value is that output."""
    count: int
    """Number of runs that were made from it."""
    kept: int
    """Number of these runs with a kept output."""
    children: tuple[ChildRun, ...]
    """Best of these runs: kept ones first, then those with most stars, then the newest."""

    @property
    def rows(self) -> frozenset[RowId]:
        """Rows of the parent and the children."""
        parent = () if self.parent is None else (self.parent.row.id,)
        return frozenset((*parent, *(child.row.id for child in self.children)))


def name_of(row: RunRow) -> SafeText:
    """Name a run by its short id, a prompt without one by its row number, and a batch by its title."""
    return SafeText(f"batch {row.prompt}") if row.size else one_line(row.short_id or f"@{row.id}")


def describe_parent(detail: RunDetail, relatives: Relatives) -> SafeText:
    """Format `550e8400#2 as image, changed: style noir → ink`; empty: it was made from none."""
    if relatives.removed:
        return SafeText("a run that was removed")
    parent = relatives.parent
    if parent is None:
        return SafeText("")
    name: str = reference(relatives)
    name += f" as {one_line(', '.join(relatives.fields), 80)}" if relatives.fields else ""
    differences_found = changes(parent, detail.row, detail.inputs)
    if differences_found is None:
        return SafeText(name)
    changes_text = " · ".join("".join(part.text for part in segments) for segments in differences_found)
    return SafeText(f"{name}, changed: {changes_text}" if changes_text else f"{name}, same inputs")


def reference(relatives: Relatives) -> SafeText:
    """Name the parent, with the number of its output: `550e8400#2`."""
    name = "" if relatives.parent is None else name_of(relatives.parent.row)
    return SafeText(f"{name}#{relatives.output}" if relatives.output else name)


# Differences between two bodies, in few words.

COMPARED: Final = 1_000
"""Characters of a value that are compared."""
_CONTEXT: Final = 3
"""Number of words shown before and after a change."""
_VALUE: Final = 80
"""Characters of a part that differs."""


class Role(Enum):
    """Role of a part of a difference."""

    NAME = auto()
    """Name of the input, and words about it."""
    SAME = auto()
    DIFFERS = auto()


class Segment(NamedTuple):
    """Part of a difference."""

    text: SafeText
    role: Role


def changes(parent: RunDetail, child: RunRow, inputs: Inputs | None) -> "tuple[tuple[Segment, ...], ...] | None":
    """Return the differences of a child's inputs; None: the two cannot be compared, such as those of different
    webhooks."""
    if parent.inputs is None or inputs is None or child.webhook_key != parent.row.webhook_key:
        return None
    return differences(canonical(parent.inputs), canonical(inputs), child.webhook_key)


@lru_cache(64)
def differences(parent: str, child: str, webhook_key: str) -> tuple[tuple[Segment, ...], ...]:
    """Describe each input that differs between two canonical texts, name and words in segments."""
    before, after = json.loads(parent), json.loads(child)
    same = {name for name in before if name in after and _is_same(before[name], after[name])}
    before_shown, after_shown = (_shown(inputs, same, webhook_key) for inputs in (before, after))
    return tuple(map(_difference, fields(before_shown, after_shown, COMPARED)))


def _is_same(value: Json, other: Json) -> bool:
    """Return whether two values are the same to a server; the signature of a link does not matter."""
    return fingerprint({"": value}) == fingerprint({"": other})


def _shown(inputs: Inputs, same: set[str], webhook_key: str) -> Mapping[str, Json]:
    """Leave out equal values, and cover secrets."""
    return {
        name: redact(value, webhook_key) if isinstance(value, str) else value
        for name, value in inputs.items()
        if name not in same
    }


def _difference(field: DiffField) -> tuple[Segment, ...]:
    name = Segment(SafeText(f"{one_line(field.name, 60)} "), Role.NAME)
    if field.change in (Change.REMOVED, Change.ADDED):
        value = _cut("".join(edit.left + edit.right for edit in field.edits))
        word = " removed" if field.change is Change.REMOVED else " added"
        return name, Segment(value, Role.DIFFERS), Segment(SafeText(word), Role.NAME)
    if not any(edit.differs for edit in field.edits):  # further on than it is compared, or a number and its text
        return name, Segment(SafeText("changed"), Role.NAME)
    last = len(field.edits) - 1
    parts = (part for place, edit in enumerate(field.edits) for part in _edit(edit, place == 0, place == last))
    return name, *parts


def _edit(edit: Edit, is_first: bool, is_last: bool) -> Iterator[Segment]:
    """Write `red → grey`, `+deep`, `−old`, or the words between two changes."""
    if not edit.differs:
        yield Segment(_context(edit.left, is_first, is_last), Role.SAME)
        return
    before, after = _cut(edit.left), _cut(edit.right)
    shown_text = edit.right or edit.left
    text = f"{before} → {after}" if before and after else f"+{after}" if after else f"−{before}"
    yield Segment(SafeText(" " if shown_text[:1].isspace() and not is_first else ""), Role.SAME)
    yield Segment(SafeText(text), Role.DIFFERS)
    yield Segment(SafeText(" " if shown_text[-1:].isspace() and not is_last else ""), Role.SAME)


def _context(text: str, is_first: bool, is_last: bool) -> SafeText:
    """Shorten a text that both have to the words next to the changes."""
    words = text.split()
    head, tail = [] if is_first else words[:_CONTEXT], [] if is_last else words[-_CONTEXT:]
    if len(words) > len(head) + len(tail):
        words = [*head, "…", *tail]
    begin, end = (" " if text[:1].isspace() else ""), (" " if text[-1:].isspace() else "")
    return SafeText(f"{begin if not is_first else ''}{' '.join(words)}{end if words and not is_last else ''}")


def _cut(text: str) -> SafeText:
    return one_line(text.strip(), _VALUE)
