"""Lineage section of the detail pane: the run that a run was made from, the differences, and runs made from it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from textual.content import Content

from cordage_tui.domain.inputs import PROMPT
from cordage_tui.domain.lineage import ChildRun, Relatives, Role, Segment, changes, name_of, reference
from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.run_detail.text_layout import NARROWEST, hint, wrapped
from cordage_tui.ui.widgets.status_signs import GLYPHS, RUN_COLOURS, mark
from cordage_tui.ui.widgets.text import literal

MOST_LINES: Final = 8
"""Most lines for the differences. The comparison of two runs shows all of them."""


Key: TypeAlias = Callable[[str], SafeText]
"""Returns the key of an action; empty: it has none."""


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
    pieces = [literal(SafeText("from "), "$quiet"), literal(name)]
    if relatives.fields:
        pieces += [literal(SafeText(" as "), "$quiet"), literal(one_line(", ".join(relatives.fields), 80))]
    lines = Content.assemble(*pieces, *_changed(parent, detail)).wrap(max(NARROWEST, width))
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], lines[MOST_LINES - 1].append(" …").truncate(width, ellipsis=True)]
    if not key("run.parent"):
        return lines
    go_hint = hint(key("run.parent"), SafeText("go there"))
    if lines[-1].cell_length + 2 + go_hint.cell_length > width:
        return [*lines, go_hint]
    return [*lines[:-1], Content.assemble(lines[-1], "  ", go_hint)]


def _changed(parent: RunDetail, child: RunDetail) -> list[Content]:
    """Say what is different, if both were sent to the same webhook; else empty."""
    differences = changes(parent, child.row, child.inputs)
    if differences is None:
        return []
    text = literal(SafeText(" · "), "$quiet").join(map(_written, differences))
    return [literal(SafeText(", changed: " if differences else ", same inputs"), "$quiet"), text]


def _written_short(difference: Sequence[Segment]) -> Content:
    """Write a difference in little room: without the words that both have, and without the name `prompt`."""
    name, *parts = difference
    differs = Content(", ").join(_written([part]) for part in parts if part.role is Role.DIFFERS)
    suffix = [part for part in parts if part.role is Role.NAME]
    named = [name] if name.text.strip() != PROMPT or not differs.plain else []
    return Content.assemble(_written(named), differs, _written(suffix))


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
    unlisted = relatives.count - len(relatives.children)
    if unlisted > 0:
        more = literal(SafeText(f"… {unlisted:,} more"), "$quiet")
        filter_key, run = key("runs.filter"), detail.row.short_id
        filter_hint = [Content("  "), hint(filter_key, one_line(f"parent:{run}"))] if filter_key and run else []
        yield Content.assemble(more, *filter_hint).truncate(width, ellipsis=True)


def _child_line(parent: RunDetail, child: ChildRun, width: int) -> Content:
    """Draw `✔ 8f3a21c0 style noir → ink        ✔ ★★★`."""
    row, rated = child.row, mark(child.rating)
    sign = literal(SafeText(GLYPHS[row.status]), f"${RUN_COLOURS[row.status]}")
    name = literal(SafeText(f" {name_of(row)} "), "$quiet")
    right = [Content(" "), rated] if rated.plain else []
    room = width - 1 - name.cell_length - sum(part.cell_length for part in right)
    differences = changes(parent, row, child.inputs)
    if differences is None:
        summary = literal(row.prompt)
    elif differences:
        summary = literal(SafeText(" · "), "$quiet").join(map(_written_short, differences))
    else:
        summary = literal(SafeText("same inputs"), "$quiet")
    if room < 1:
        return Content.assemble(sign, name, *right).truncate(width, ellipsis=True)
    summary = summary.truncate(room, ellipsis=True)
    return Content.assemble(sign, name, summary, " " * (room - summary.cell_length), *right)
