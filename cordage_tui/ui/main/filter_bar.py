"""Filter under the run table."""

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.disabled_reasons import DisabledReason
from cordage_tui.ui.main.selection import RunSelection
from cordage_tui.ui.widgets.line_view import DiffStatic

if TYPE_CHECKING:
    from cordage_tui.ui.main.filter_input import FilterInput


class ClearFilter(Action["FilterBar"]):
    """Clear the filter and show all runs."""

    id, keys, word = "filter.clear", "escape", "clear filter"
    title, search = "Clear the filter", "reset, show all"
    in_footer = True

    def run(self, bar: "FilterBar") -> None:
        bar.clear()


class KeepFilter(Action["FilterBar"]):
    """Go back to the runs, still filtered."""

    id, keys, word = "filter.keep", "enter,down", "keep filter"
    in_footer = True
    in_palette = False
    priority = True  # before the field's own enter

    def run(self, bar: "FilterBar") -> None:
        bar.keep()


class SaveFilter(Action["FilterBar"]):
    """Save this filter as a view in the sidebar."""

    id, keys, word = "filter.save", "ctrl+s", "save"
    title, search = "Save the filter as a view", "bookmark, saved search, name"
    in_footer = True

    def reason(self, bar: "FilterBar") -> DisabledReason | None:
        return None if bar.text.strip() else DisabledReason(SafeText("There is no filter to save: type one first."))

    def run(self, bar: "FilterBar") -> None:
        bar.post_message(FilterBar.SaveRequested(bar.text))


class CompleteWord(Action["FilterBar"]):
    """Complete the word as the ghost shows; → at the end does too."""

    id, keys, word = "filter.complete", "tab", "complete"
    in_footer = True
    in_palette = False

    def run(self, bar: "FilterBar") -> None:
        bar.field.complete()


class UndoCompletion(Action["FilterBar"]):
    """Undo the completion; backspace right after it does too."""

    id, keys, word = "filter.undo", "shift+tab", "undo"
    in_palette = False

    def run(self, bar: "FilterBar") -> None:
        bar.field.undo()


class FilterBar(ActionNode, Vertical):
    """Filter that narrows the runs as the user types, with a line about the word under its cursor.

    It is hidden until it is opened, and keeps its text until it is cleared.
    """

    BINDING_GROUP_TITLE = "Filter"
    ACTIONS = (ClearFilter(), KeepFilter(), SaveFilter(), CompleteWord(), UndoCompletion())
    BINDINGS = bindings_of(ACTIONS)

    selection: RunSelection
    """Selection whose rows it narrows; set before the filter is opened."""
    last: str = ""
    """Last text that was kept or cleared."""

    class Changed(Message):
        """Filter text changed. Empty: all runs are shown."""

        def __init__(self, text: str, *, typed: bool) -> None:
            super().__init__()
            self.text = text
            self.typed = typed
            """Whether more keys may follow, because the field has the focus and is not empty."""

    class SaveRequested(Message):
        """Ask for the name under which the filter is saved."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """The user is done typing."""

        def __init__(self, *, kept: bool) -> None:
            super().__init__()
            self.kept = kept
            """Whether the filter stays in force."""

    def on_mount(self) -> None:
        self.call_after_refresh(lambda: self.field)

    @property
    def text(self) -> str:
        """Text of the filter; empty: there is none."""
        return self.field.value if self.children else ""

    @property
    def field(self) -> "FilterInput":
        """Input of the filter. It is mounted at its first use, after the first frame, because it is hidden until then."""
        from cordage_tui.ui.main.filter_input import FilterInput

        if not self.children:
            hint = DiffStatic(classes="hint", relayout=False)
            field = FilterInput(self.selection, hint)
            self.mount(Horizontal(Static(Content("/ ")), field), hint)
            return field
        return self.query_one(FilterInput)

    def open(self) -> None:
        """Show the filter and focus it."""
        self.add_class("-open")
        self.field.focus()

    def write(self, text: str) -> None:
        """Filter by `text`, as if the user had typed it."""
        self.field.value = text

    def show_text(self, text: str) -> None:
        """Show a filter that is already in force in the field, so that it can be edited. Empty: there is none."""
        field = self.field
        with field.prevent(Input.Changed):
            field.value = text
        self.set_class(bool(text), "-open")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        typed = bool(event.value) and self.screen.focused is event.input
        self.post_message(self.Changed(event.value, typed=typed))

    def on_descendant_focus(self) -> None:
        self.add_class("-typing")

    def on_descendant_blur(self) -> None:
        self.remove_class("-typing")

    def _remember(self) -> bool:
        """Remember the text as the last one. Return False if the field is empty."""
        text = self.field.value
        self.last = text if text.strip() else self.last
        return bool(text)

    def keep(self) -> None:
        """Close the filter. It stays in force."""
        kept = self._remember()
        self.set_class(kept, "-open")
        self.post_message(self.Closed(kept=kept))

    def clear(self) -> None:
        """Close the filter, and show all runs."""
        self._remember()
        self.field.value = ""
        self.remove_class("-open")
        self.post_message(self.Closed(kept=False))
