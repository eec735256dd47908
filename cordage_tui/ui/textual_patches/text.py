"""Editing of texts, and the styles in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from textual.style import Style
from textual.widget import Widget
from textual.widgets import Input, TextArea
from textual.widgets.text_area import Edit, EditHistory, Selection


def style_of(widget: Widget, style: str | Style) -> Style:
    """Return the style of a name that a text of a widget uses. Textual's public way to lines, `Visual.to_strips`, gives
    each piece a style of its own: three times the work. Unnecessary with a public `Widget.get_style`."""
    return widget._get_style(style)


def show_ghost(field: Input, text: str) -> None:
    """Show `text` dimmed behind what is typed, which it begins with. Without it the filter would complete unseen: Textual's own
    suggester answers a moment later. Unnecessary with a public `Input.suggestion`."""
    field._suggestion = text


def record_step(history: EditHistory, edit: Edit) -> None:
    """Record an edit as one step of undo, also where no character changed: Textual records none, and an undo of a prompt from the
    history would take back more than that. Unnecessary with a public method for it."""
    history._undo_stack.append([edit])
    history._redo_stack.clear()
    history.checkpoint()


@contextmanager
def sound_undo(area: TextArea) -> Iterator[None]:
    """Make Textual's undo and redo sound, which else end the program (T27).

    They change the text first and move the cursor last; where the scrollbar appears or disappears in between, the
    old cursor is looked up in the new text and is not there: so the cursor waits at the start, until they put it
    where the text changed. And of several edits in far places they wrap only a part of the lines, and fail at a
    cursor below: so all lines are wrapped.
    The first is unnecessary with docs/dev/upstream/t27.patch, the second if Textual wrapped the lines after each edit.
    """
    area.selection = Selection.cursor((0, 0))
    lines: Any = area.wrapped_document
    vars(lines)["wrap_range"] = lambda *_: lines.wrap(area.wrap_width, area.indent_width)
    try:
        yield
    finally:
        del vars(lines)["wrap_range"]
