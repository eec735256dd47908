"""Lineage section of the detail pane: the run that a run was made from, what is different, and those made from it."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from textual.content import Content

from cordage_tui.domain.input_diff import Change, DiffField, Edit, fields
from cordage_tui.domain.inputs import Inputs, Json, canonical, fingerprint
from cordage_tui.domain.lineage import ChildRun, Relatives
from cordage_tui.domain.run import RunDetail, RunRow
from cordage_tui.domain.text import SafeText, one_line, redact
from cordage_tui.ui.run_detail.outputs import NARROWEST, hint, wrapped
from cordage_tui.ui.widgets.text import GLYPHS, RUN_COLOURS, fit, literal, mark

COMPARED: Final = 1_000
"""Characters of a value that are compared."""
MOST_LINES: Final = 8
"""Lines that say what is different; the comparison of two runs has the rest."""
_CONTEXT: Final = 3
"""Words beside a change that are shown."""
_VALUE: Final = 80
"""Characters of a part that differs."""


Key: TypeAlias = Callable[[str], SafeText]
"""Key of an action; empty: it has none."""


def lineage_lines(detail: RunDetail, relatives: Relatives, width: int, key: Key) -> list[Content]:
    """Return `from 550e8400, changed: style noir → ink`, and `3 children, 1 kept` with the best of them."""
    return [*_parent_lines(detail, relatives, width, key), *_child_lines(detail, relatives, width, key)]


def name_of(row: RunRow) -> SafeText:
    """Name a run by its short id, a prompt without one by the number of its row, and a batch by its title."""
    return SafeText(f"batch {row.prompt}") if row.size else one_line(row.short_id or f"@{row.id}")


def _parent_lines(detail: RunDetail, relatives: Relatives, width: int, key: Key) -> list[Content]:
    if relatives.removed:
        return wrapped(SafeText("from a run that was removed"), width, "$quiet")
    parent = relatives.parent
    if parent is None:
        return []
    name = fit(name_of(parent.row), min(width, 40)).rstrip() + (f"#{relatives.output}" if relatives.output else "")
    said = [literal(SafeText("from "), "$quiet"), literal(SafeText(name))]
    if relatives.fields:
        said += [literal(SafeText(" as "), "$quiet"), literal(one_line(", ".join(relatives.fields), 80))]
    lines = Content.assemble(*said, *_changed(parent, detail)).wrap(max(NARROWEST, width))
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], lines[MOST_LINES - 1].append(" …").truncate(width, ellipsis=True)]
    if not key("run.parent"):
        return lines
    leads = hint(key("run.parent"), SafeText("go there"))
    if lines[-1].cell_length + 2 + leads.cell_length > width:
        return [*lines, leads]
    return [*lines[:-1], Content.assemble(lines[-1], "  ", leads)]


def _changed(parent: RunDetail, child: RunDetail) -> list[Content]:
    """Say what is different, where both were sent to the same webhook."""
    found = _differences(parent, child.row, child.inputs)
    if found is None:
        return []
    return [literal(SafeText(", changed: " if found.plain else ", same inputs"), "$quiet"), found]


def _differences(parent: RunDetail, child: RunRow, inputs: Inputs | None) -> Content | None:
    """Join what is different, empty: nothing is; None: the two cannot be compared."""
    if parent.inputs is None or inputs is None or child.webhook_key != parent.row.webhook_key:
        return None
    found = differences(canonical(parent.inputs), canonical(inputs), child.webhook_key)
    return literal(SafeText(" · "), "$quiet").join(found)


@lru_cache(64)
def differences(parent: str, child: str, webhook_key: str) -> tuple[Content, ...]:
    """Describe each input that differs between two canonical texts, with the words that differ in the accent colour."""
    before, after = json.loads(parent), json.loads(child)
    same = {name for name in before if name in after and _is_same(before[name], after[name])}
    mine, its = (_shown(inputs, same, webhook_key) for inputs in (before, after))
    return tuple(map(_difference, fields(mine, its, COMPARED)))


def _is_same(one: Json, other: Json) -> bool:
    """Return whether two values are the same to a server; however a link is signed, it is the same."""
    return fingerprint({"": one}) == fingerprint({"": other})


def _shown(inputs: Inputs, same: set[str], webhook_key: str) -> Mapping[str, Json]:
    """Leave out what is the same, and cover secrets."""
    return {
        name: redact(value, webhook_key) if isinstance(value, str) else value
        for name, value in inputs.items()
        if name not in same
    }


def _difference(field: DiffField) -> Content:
    name = literal(SafeText(f"{one_line(field.name, 60)} "), "$quiet")
    if field.change in (Change.REMOVED, Change.ADDED):
        value = _cut("".join(edit.left + edit.right for edit in field.edits))
        word = " removed" if field.change is Change.REMOVED else " added"
        return Content.assemble(name, literal(value, "$accent"), literal(SafeText(word), "$quiet"))
    if not any(edit.differs for edit in field.edits):  # further on than it is compared, or a number and its text
        return Content.assemble(name, literal(SafeText("changed"), "$quiet"))
    last = len(field.edits) - 1
    return Content.assemble(
        name, *(part for place, edit in enumerate(field.edits) for part in _edit(edit, place == 0, place == last))
    )


def _edit(edit: Edit, is_first: bool, is_last: bool) -> Iterator[Content]:
    """Write `red → grey`, `+deep`, `−old`, or the words between two changes."""
    if not edit.differs:
        yield literal(_context(edit.left, is_first, is_last))
        return
    before, after = _cut(edit.left), _cut(edit.right)
    both = edit.right or edit.left
    text = f"{before} → {after}" if before and after else f"+{after}" if after else f"−{before}"
    yield literal(SafeText(" " if both[:1].isspace() and not is_first else ""))
    yield literal(SafeText(text), "$accent")
    yield literal(SafeText(" " if both[-1:].isspace() and not is_last else ""))


def _context(text: str, is_first: bool, is_last: bool) -> SafeText:
    """Shorten a text that both have to the words beside the changes."""
    words = text.split()
    head, tail = [] if is_first else words[:_CONTEXT], [] if is_last else words[-_CONTEXT:]
    if len(words) > len(head) + len(tail):
        words = [*head, "…", *tail]
    begin, end = (" " if text[:1].isspace() else ""), (" " if text[-1:].isspace() else "")
    return SafeText(f"{begin if not is_first else ''}{' '.join(words)}{end if words and not is_last else ''}")


def _cut(text: str) -> SafeText:
    return one_line(text.strip(), _VALUE)


def _child_lines(detail: RunDetail, relatives: Relatives, width: int, key: Key) -> Iterator[Content]:
    if not relatives.count:
        return
    kept = f", {relatives.kept:,} kept" if relatives.kept else ""
    word = "child" if relatives.count == 1 else "children"
    yield literal(SafeText(f"{relatives.count:,} {word}{kept}")).truncate(width, ellipsis=True)
    for child in relatives.children:
        yield _child_line(detail, child, width)
    rest = relatives.count - len(relatives.children)
    if rest > 0:
        more = literal(SafeText(f"… {rest:,} more"), "$quiet")
        opens, run = key("runs.filter"), detail.row.short_id
        leads = [Content("  "), hint(opens, one_line(f"parent:{run}"))] if opens and run else []
        yield Content.assemble(more, *leads).truncate(width, ellipsis=True)


def _child_line(parent: RunDetail, child: ChildRun, width: int) -> Content:
    """Draw `✔ 8f3a21c0 style noir → ink        ✔ ★★★`."""
    row, rated = child.row, mark(child.rating)
    sign = literal(SafeText(GLYPHS[row.status]), f"${RUN_COLOURS[row.status]}")
    name = literal(SafeText(f" {name_of(row)} "), "$quiet")
    right = [Content(" "), rated] if rated.plain else []
    room = width - 1 - name.cell_length - sum(part.cell_length for part in right)
    said = _differences(parent, row, child.inputs)
    if said is None:
        said = literal(row.prompt)
    elif not said.plain:
        said = literal(SafeText("same inputs"), "$quiet")
    if room < 1:
        return Content.assemble(sign, name, *right).truncate(width, ellipsis=True)
    said = said.truncate(room, ellipsis=True)
    return Content.assemble(sign, name, said, " " * (room - said.cell_length), *right)
