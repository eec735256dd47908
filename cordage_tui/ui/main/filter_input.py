"""Input of the filter: its ghost, its underlined words, and the hint below it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from rich.highlighter import Highlighter
from rich.text import Text
from textual.content import Content
from textual.widgets.input import Selection

from cordage_tui.domain.filter.completion import FilterCompletion, complete
from cordage_tui.domain.filter.expression import MEANINGS, FilterField, input_name
from cordage_tui.domain.filter.parser import UnknownWord, parse_filter
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.keys.footer import main_key
from cordage_tui.ui.main.selection import RunSelection, unknown_words
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.textual_patches.text import show_ghost
from cordage_tui.ui.widgets.line_view import DiffStatic
from cordage_tui.ui.widgets.text import SteadyInput, literal

PLACEHOLDER: Final = "words, or status:failed  is:kept  seed:12  took:>2m"
MOST_SHOWN: Final = 12
"""Most candidates on the line below the input."""
_SEPARATOR: Final = literal(SafeText(" · "), "$quiet")
_UNKNOWN: Final = "filter--unknown"

# The line below the input.


def hint_words(
    text: str, completion: FilterCompletion, counts: Mapping[str, int], key: Callable[[str], SafeText]
) -> Content:
    """Format a hint about the word under the cursor: `⇥ failed 12 · cancelled 3`, or that it is not understood.

    `key` returns the key of an action by its id.
    """
    if completion.unknown is not None:
        take = key("filter.complete") if completion.taken else None
        return unknown_words(text, completion.unknown, take)
    field = completion.field
    parts = [
        _candidate(value, counts, best=index == 0 and bool(completion.ghost))
        for index, value in enumerate(_shown(completion, counts))
    ]
    candidates = _SEPARATOR.join(parts)
    if completion.ghost and (complete_key := key("filter.complete")):
        candidates = Content.assemble(literal(SafeText(f"{complete_key} "), "$quiet"), candidates)
    if field is None:
        return (
            candidates
            if parts
            else literal(SafeText('all words must occur · "a phrase" · NOT a · a OR b · ( )'), "$quiet")
        )
    name = input_name(completion.name) if field is FilterField.INPUT else field.value
    meaning = literal(one_line(f"{name}: {MEANINGS[field]}", 120), "$quiet")
    return Content.assemble(candidates, "  ", meaning) if parts else meaning


def _shown(completion: FilterCompletion, counts: Mapping[str, int]) -> Sequence[str]:
    """Return the candidates to show: those that occur in runs, if any do, else all."""
    occurring = [value for value in completion.candidates if counts.get(value)]
    return (occurring or completion.candidates)[:MOST_SHOWN]


def _candidate(value: str, counts: Mapping[str, int], *, best: bool) -> Content:
    label = literal(one_line(value, 40), "$accent" if best else "")
    count = counts.get(value)
    return label if count is None else Content.assemble(label, literal(SafeText(f" {count:,}"), "$quiet"))


# The input.


class _UnknownWords(Highlighter):
    """Highlighter that underlines words that are not understood."""

    def __init__(self, field: "FilterInput") -> None:
        self._field = field

    def highlight(self, text: Text) -> None:
        style = self._field.get_component_rich_style(_UNKNOWN, partial=True)
        for word in self._field.unknown:
            text.stylize(style, word.start, word.end)


class FilterInput(SteadyInput):
    """Input whose ghost shows the rest of the best completion. `tab`, or `→` at the end, takes it; Enter never does."""

    COMPONENT_CLASSES = {_UNKNOWN}

    def __init__(self, selection: RunSelection, hint: DiffStatic) -> None:
        super().__init__(placeholder=PLACEHOLDER, compact=True, highlighter=_UnknownWords(self))
        self._runs = selection
        self._hint = hint
        self._asked: tuple[str, int] | None = None
        self._counted: tuple[object, Mapping[str, int]] = (None, {})
        self._undone: tuple[str, str] = ("", "")
        """Text with the last completion, and the text before that."""
        self.completion = FilterCompletion()
        """Completion at the cursor."""
        self.unknown: tuple[UnknownWord, ...] = ()
        """Words that are not understood."""

    @property
    def can_undo(self) -> bool:
        """True if nothing was typed since a completion was taken."""
        return bool(self.value) and self.value == self._undone[0] and self.cursor_at_end

    def complete(self) -> None:
        """Take the ghost. Without a ghost, say so: the key must not leave the field, or the next letters would be a prompt."""
        if taken := self.completion.taken:
            self._undone = (taken, self.value)
            self._write(taken)
        else:
            self._hint.show(literal(SafeText("Nothing to complete here."), "$quiet"))

    def undo(self) -> None:
        """Undo the completion, if nothing was typed since."""
        if self.can_undo:
            self._write(self._undone[1])

    def on_focus(self) -> None:
        self._show(anew=True)

    @property
    def content_width(self) -> int:
        """Cells of the text, but at least those of the field. If this changes, Textual lays out the whole screen again."""
        return max(super().content_width, self.scrollable_content_region.width)

    def watch_value(self) -> None:
        """Complete the new text, once its cursor has moved too."""
        self.call_next(self._show)

    def watch_selection(self, selection: Selection) -> None:
        """Complete the word under the cursor."""
        self.call_next(self._show)

    def action_cursor_right(self, select: bool = False) -> None:
        """Take the ghost at the end of the text; else move."""
        if self.cursor_at_end and self.completion.ghost and not select:
            self.complete()
        else:
            super().action_cursor_right(select)

    def action_delete_left(self) -> None:
        """Undo a completion that was just taken; else delete."""
        if self.can_undo and self.selection.is_empty:
            self.undo()
        else:
            super().action_delete_left()

    def _write(self, text: str) -> None:
        self.value = text
        self.cursor_position = len(text)

    def _show(self, *, anew: bool = False) -> None:
        """Show ghost, marks and hint for the text and the cursor, and count the values of the word.

        Unless `anew`, this does nothing if text and cursor are the same as the last time.
        """
        state = (self.value, self.cursor_position)
        if not self.is_mounted or (state == self._asked and not anew):
            return
        self._asked = state
        vocabulary = self._runs.filter_vocabulary()
        parsed = parse_filter(self.value, vocabulary)
        self.unknown = parsed.unknown
        completion = complete(*state, parsed, vocabulary)
        subject = (completion.field, completion.name, self._runs.query.webhook_key)
        counts = self._counted[1] if self._counted[0] == subject else {}
        self.completion = complete(*state, parsed, vocabulary, counts) if counts else completion
        ghost = f"{self.value}{self.completion.ghost}" if self.completion.ghost else ""
        show_ghost(self, ghost)
        if self.has_focus and isinstance(self.screen, EngineScreen):
            self.screen.paint_now(self)
        self._hint.show(hint_words(self.value, self.completion, counts, lambda action: main_key(self.screen, action)))
        if self._counted[0] != subject and completion.field is not None and self.has_focus:
            self._counted = (subject, {})
            self.run_worker(
                self._count(subject, completion.field, completion.name), group="filter values", exclusive=True
            )
        elif completion.field is None:
            self._counted = (None, {})

    async def _count(self, subject: object, field: FilterField, name: str) -> None:
        """Count the values of the field that is being typed."""
        counts = await self._runs.value_counts(field, name)
        if self._counted[0] == subject:
            self._counted = (subject, counts)
            self._show(anew=True)
