"""Dialog that shows what was changed in the file of the queue, before it is applied."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Button

from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.formatting import ordinal
from cordage_tui.domain.input_diff import Change, DiffField, Piece, fields
from cordage_tui.domain.inputs import PROMPT, Inputs, prompt_of
from cordage_tui.domain.queue_changes import QueueChanges, UnsentPrompt
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.submission import StateChange
from cordage_tui.engine.batch.body_checks import InputFault
from cordage_tui.engine.outbox.queue_file import (
    body_of,
    summary,
    why_left,
)
from cordage_tui.ui.dialogs.base import ConfirmDialog
from cordage_tui.ui.dialogs.list_dialog import ListDialog
from cordage_tui.ui.keys.action import Action, bindings_of
from cordage_tui.ui.keys.disabled_reasons import DisabledReason
from cordage_tui.ui.widgets.tables import LazySequence
from cordage_tui.ui.widgets.text import literal

# Lines of the dialog. Pure functions.


@dataclass(frozen=True, slots=True)
class QueueReview:
    """Changes of an edited file, with their errors."""

    changes: QueueChanges
    faults: Mapping[RowId, tuple[InputFault, ...]]
    """Changed inputs that do not fit their webhook."""
    stale: Mapping[RowId, StateChange] = field(default_factory=dict)
    """Prompts that have changed since the file was written. They are left alone."""


_UNCHANGED: Final = 24
"""Characters of unchanged text that are shown on each side of a difference."""


def change_lines(review: QueueReview, width: int) -> Sequence[Content]:
    """Return a line of `width` cells for each prompt that changes: errors first, and prompts that are left alone last."""
    changes, stale = review.changes, review.stale
    changed = [row for row in changes.inputs if row not in stale and row not in review.faults]
    moved = [
        row for rows in changes.order.values() for row in rows if row in changes.moved and row not in changes.inputs
    ]
    parts: list[tuple[Callable[[RowId], Content], Collection[RowId]]] = [
        (partial(_fault_words, review), [row for row in review.faults if row not in stale]),
        (partial(_changed_words, changes), changed),
        (partial(_dropped_words, changes), [row for row in changes.dropped if row not in stale]),
        (partial(_moved_words, changes, _moves(changes)), [row for row in moved if row not in stale]),
        (partial(_left_words, review), stale),
    ]
    lines = [(draw, row) for draw, rows in parts for row in rows]
    digits = max((len(str(row)) for _, row in lines), default=1)

    def line(index: int) -> Content:
        draw, row = lines[index]
        number = literal(SafeText(f"{row:>{digits}} "), "$quiet")
        return Content.assemble(number, draw(row)).truncate(max(1, width), ellipsis=True)

    return LazySequence(len(lines), lambda first, end: map(line, range(first, end)))


def _moves(changes: QueueChanges) -> Mapping[RowId, str]:
    """Describe the move of each prompt among those that remain: `12th → 3rd`, with the lane if that changes."""
    dropped = frozenset(changes.dropped)
    old_places = {row: place for place, row in enumerate((row for row in changes.before if row not in dropped), 1)}
    rows = [(row, lane) for lane in sorted(changes.order) for row in changes.order[lane]]
    return {
        row: f"{ordinal(old_places[row])} → {ordinal(place)}"
        + ("" if lane is changes.before[row].lane else f", {lane.name.lower()} lane")
        for place, (row, lane) in enumerate(rows, 1)
        if row in changes.moved
    }


def _name(prompt: UnsentPrompt) -> Content:
    return literal(one_line(prompt_of(body_of(prompt))))


def _fault_words(review: QueueReview, row: RowId) -> Content:
    """Render `✖ style: 'inkk' is not a choice.  a red fox`. The error comes first, because the user must correct it."""
    errors = one_line(" ".join(map(str, review.faults[row])), 1_000)
    return Content.assemble(("✖ ", "$run-bad"), literal(errors, "$run-bad"), "  ", _name(review.changes.before[row]))


def _changed_words(changes: QueueChanges, row: RowId) -> Content:
    """Render `~ a fox in snow  style noir → ink · +seed 7`. Changes have the accent colour."""
    parts = [*_difference(body_of(changes.before[row]), changes.inputs[row])]
    return Content.assemble(("~ ", "$accent"), *parts)


def _dropped_words(changes: QueueChanges, row: RowId) -> Content:
    return Content.assemble(("- ", "$run-bad"), _name(changes.before[row]))


def _moved_words(changes: QueueChanges, moves: Mapping[RowId, str], row: RowId) -> Content:
    return Content.assemble(
        ("↕ ", "$accent"), literal(one_line(moves[row]), "$accent"), "  ", _name(changes.before[row])
    )


def _left_words(review: QueueReview, row: RowId) -> Content:
    reason = literal(why_left(review.stale[row]), "$run-wait")
    return Content.assemble(("= ", "$run-wait"), reason, "  ", _name(review.changes.before[row]))


def _difference(before: Inputs, after: Inputs) -> Iterator[Content]:
    """Yield the prompt with its differences, then the other inputs that differ."""
    differ = [field for field in fields(before, after) if field.change is not Change.SAME]
    prompt = next((field for field in differ if field.name == PROMPT and field.change is Change.CHANGED), None)
    yield literal(one_line(prompt_of(after))) if prompt is None else Content.assemble(*_word_diff(prompt))
    rest = [_field(field) for field in differ if field is not prompt]
    if rest:
        yield Content("  ")
        yield Content(" · ").join(rest)


def _field(field: DiffField) -> Content:
    """Render `style noir → ink`, `+seed 7` or `-seed 7`."""
    before, after = (one_line("".join(piece.text for piece in side), 200) for side in (field.left, field.right))
    if field.change is Change.REMOVED:
        return literal(one_line(f"-{field.name} {before}"), "$run-bad")
    if field.change is Change.ADDED:
        return literal(one_line(f"+{field.name} {after}"), "$accent")
    return Content.assemble(literal(one_line(f"{field.name} {before} →"), "$quiet"), " ", literal(after, "$accent"))


def _word_diff(field: DiffField) -> Iterator[Content]:
    """Yield the pieces of both texts in order. Pieces of only the first text are struck out."""
    left, right = list(field.left), list(field.right)
    has_begun = False
    while left or right:
        if left and left[0].differs:
            yield literal(_on_one_line(left.pop(0)), "$run-bad strike")
            yield Content(" " if right and right[0].differs else "")
        elif right and right[0].differs:
            yield literal(_on_one_line(right.pop(0)), "$accent")
        else:
            del left[:1]
            yield literal(_shortened(_on_one_line(right.pop(0)), begins=has_begun, ends=bool(left or right)))
        has_begun = True


def _on_one_line(piece: Piece) -> SafeText:
    return SafeText(piece.text.replace("\n", " ").replace("\t", " "))


def _shortened(text: SafeText, *, begins: bool, ends: bool) -> SafeText:
    """Shorten a piece that both texts have, so that differences are in sight.

    `begins`: its beginning follows a difference, and is kept. `ends`: a difference follows, and its end is kept.
    """
    first, last = begins * _UNCHANGED, ends * _UNCHANGED
    if len(text) <= first + last + 1 or not (begins or ends):
        return text
    return SafeText(f"{text[:first]}…{text[len(text) - last :] if ends else ''}")


# Dialogs.


class FileProblemDialog(ConfirmDialog):
    """Dialog that says why a file cannot be applied. Returns True to edit it again."""

    AUTO_FOCUS = "#yes"

    def __init__(self, problem: SafeText) -> None:
        lines = [
            literal(problem, "$run-bad"),
            literal(one_line("Nothing was changed, and the file is kept."), "$quiet"),
        ]
        super().__init__(one_line("Edit the file again?"), lines, one_line("Edit again"), no=one_line("Leave"))


class EditFileAgain(Action["QueueReviewDialog"]):
    """Edit the file again."""

    id, keys, word = "queue_file.again", "e", "edit again"
    in_footer = True

    def run(self, on: "QueueReviewDialog") -> None:
        on.answer_again()


class ApplyFaulty(Action["QueueReviewDialog"]):
    """Apply inputs too that do not fit the webhook."""

    id, keys, word = "queue_file.faulty", "ctrl+e", "with errors"
    in_footer = True

    def reason(self, on: "QueueReviewDialog") -> DisabledReason | None:
        return None if on.faulty else DisabledReason(SafeText("No prompt has an error."))

    def run(self, on: "QueueReviewDialog") -> None:
        on.take_or_leave_faulty()


class QueueReviewDialog(ListDialog):
    """Dialog with the changes of a file, and the question whether to apply them. Returns True to apply.

    Otherwise `again` says whether to edit the file again.
    """

    ACTIONS = (EditFileAgain(), ApplyFaulty())
    BINDINGS = bindings_of(ACTIONS)

    def __init__(self, review: QueueReview) -> None:
        super().__init__(one_line("Apply to the queue"), (), one_line("Apply"))
        self._review = review
        self._with_faults = False
        self.again = False

    def compose_more(self) -> ComposeResult:
        yield Button(Content.assemble("Edit again  ", ("e", "dim")), id="again", compact=True)

    def on_mount(self) -> None:
        self._ask()

    @on(Button.Pressed, "#again")
    def answer_again(self) -> None:
        """Answer that the file is edited again."""
        self.again = True
        self.dismiss(False)

    def take_or_leave_faulty(self) -> None:
        """Apply inputs with errors too, or not."""
        self._with_faults = not self._with_faults
        self._ask()
        self.show_words()

    @property
    def faulty(self) -> int:
        """Number of prompts whose inputs do not fit their webhook."""
        return len(self._review.faults.keys() - self._review.stale.keys())

    def _ask(self) -> None:
        """Offer to apply if that is possible, and focus the button for it, else the button to edit again."""
        review = self._review
        can_apply = bool(review.changes.rows - review.stale.keys()) and (self._with_faults or not self.faulty)
        self.set_question(one_line("Apply"), None, possible=can_apply)
        self.query_one("#yes" if can_apply else "#again", Button).focus()

    def list_lines(self, width: int) -> Sequence[Content]:
        return change_lines(self._review, width)

    def words_above(self, width: int) -> Sequence[Content]:
        """Count the changes, and warn of errors and of prompts that are left alone."""
        stale, faulty = self._review.stale, self.faulty
        lines = [literal(summary(self._review.changes, stale), "$foreground bold")]
        if faulty:
            do = "does not fit its webhook's inputs" if faulty == 1 else "do not fit their webhooks' inputs"
            keys = "applied anyway; ctrl+e undoes that" if self._with_faults else "e edits again, ctrl+e applies all"
            lines.append(literal(one_line(f"{faulty:,} {do}: {keys}."), "$run-bad"))
        if stale:
            are = (
                "was sent or changed in the meantime and is"
                if len(stale) == 1
                else "were sent or changed in the meantime and are"
            )
            lines.append(literal(one_line(f"{len(stale):,} {are} left alone."), "$run-wait"))
        return [part for line in lines for part in line.wrap(width)]
