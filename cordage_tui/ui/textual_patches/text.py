"""Styles and editing of texts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from textual.style import Style
from textual.widget import Widget
from textual.widgets import Input, TextArea
from textual.widgets.text_area import Edit, EditHistory, Selection


def style_of(widget: Widget, style: str | Style) -> Style:
    """Return the style that a name in a widget's text means. Textual's public way to make lines, `Visual.to_strips`, gives
    each piece a separate style, which is three times the work. Unnecessary with a public `Widget.get_style`."""
    return widget._get_style(style)


def show_ghost(field: Input, text: str) -> None:
    """Show the rest of `text` dimmed after the typed text, with which it begins.

    Without it, the filter would complete a text that is not shown yet, because Textual's own suggester answers a moment
    later. Unnecessary with a public `Input.suggestion`.
    """
    field._suggestion = text


def record_step(history: EditHistory, edit: Edit) -> None:
    """Record an edit as one step of undo, also if no character changed.

    Textual does not record such an edit, so the undo of a prompt from the history would undo more than that. Unnecessary
    with a public method for it.
    """
    history._undo_stack.append([edit])
    history._redo_stack.clear()
    history.checkpoint()


@contextmanager
def sound_undo(area: TextArea) -> Iterator[None]:
    """Make Textual's undo and redo safe. Without it, they may end the program (T27).

    They change the text first and move the cursor last. If the scrollbar appears or disappears in between, the old cursor
    is looked up in the new text, where it may not exist. So the cursor is put at the start before. If a step has edits in
    distant lines, they wrap only some of the lines, and fail at a cursor below. So all lines are wrapped.
    The first is unnecessary with docs/dev/upstream/t27.patch, the second if Textual wrapped the lines after each edit.
    """
    area.selection = Selection.cursor((0, 0))
    lines: Any = area.wrapped_document
    vars(lines)["wrap_range"] = lambda *_: lines.wrap(area.wrap_width, area.indent_width)
    try:
        yield
    finally:
        del vars(lines)["wrap_range"]
