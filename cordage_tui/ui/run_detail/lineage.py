"""Lineage section of the detail pane: the run that a run was made from, what is different, and those made from it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from textual.content import Content

from cordage_tui.domain.inputs import PROMPT
from cordage_tui.domain.lineage import ChildRun, Relatives, Role, Segment, changes, name_of, reference
from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.run_detail.outputs import NARROWEST, hint, wrapped
from cordage_tui.ui.widgets.text import GLYPHS, RUN_COLOURS, literal, mark

MOST_LINES: Final = 8
"""Lines that say what is different; the comparison of two runs has the rest."""


Key: TypeAlias = Callable[[str], SafeText]
"""Key of an action; empty: it has none."""


def lineage_lines(detail: RunDetail, relatives: Relatives, width: int, key: Key) -> list[Content]:
    """Return `from 550e8400, changed: style noir → ink`, and `3 children, 1 kept` with the best of them."""
    return [*_parent_lines(detail, relatives, width, key), *_child_lines(detail, relatives, width, key)]


def _parent_lines(detail: RunDetail, relatives: Relatives, width: int, key: Key) -> list[Content]:
    if relatives.removed:
        return wrapped(SafeText("from a run that was removed"), width, "$quiet")
    parent = relatives.parent
    if parent is None:
        return []
    name = one_line(reference(relatives), 60)
    said = [literal(SafeText("from "), "$quiet"), literal(name)]
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
    found = changes(parent, child.row, child.inputs)
    if found is None:
        return []
    said = literal(SafeText(" · "), "$quiet").join(map(_written, found))
    return [literal(SafeText(", changed: " if found else ", same inputs"), "$quiet"), said]


def _shortly(difference: Sequence[Segment]) -> Content:
    """Write a difference where there is little room: without the words that both have, and of the prompt without its name."""
    name, *parts = difference
    differs = Content(", ").join(_written([part]) for part in parts if part.role is Role.DIFFERS)
    about = [part for part in parts if part.role is Role.NAME]
    named = [name] if name.text.strip() != PROMPT or not differs.plain else []
    return Content.assemble(_written(named), differs, _written(about))


def _written(difference: Sequence[Segment]) -> Content:
    styles = {Role.NAME: "$quiet", Role.SAME: "", Role.DIFFERS: "$accent"}
    return Content.assemble(*(literal(text, styles[role]) for text, role in difference))


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
    found = changes(parent, row, child.inputs)
    if found is None:
        said = literal(row.prompt)
    elif found:
        said = literal(SafeText(" · "), "$quiet").join(map(_shortly, found))
    else:
        said = literal(SafeText("same inputs"), "$quiet")
    if room < 1:
        return Content.assemble(sign, name, *right).truncate(width, ellipsis=True)
    said = said.truncate(room, ellipsis=True)
    return Content.assemble(sign, name, said, " " * (room - said.cell_length), *right)
