"""Text area for inert text with a length limit."""

import re
from collections.abc import Callable
from typing import Any, Final

from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditHistory, EditResult

from cordage_tui.domain.safe_text import SafeText, safe
from cordage_tui.ui.textual_patches.text import record_step, sound_undo

# Text that is allowed in an editor or a field. It is inert on a terminal, and otherwise unchanged.

MAX_BYTES: Final = 2**20
"""Most UTF-8 bytes of one prompt."""

_KEPT: Final = "([\u00ad\u200c\u200d\ufe00-\ufe0f]+)"
"""Joiners, variation selectors and soft hyphens. Terminals do not act on them, and Persian, Indic scripts and emoji need
them, so an editor must keep them unchanged. `safe` alone would put their code points into the prompt."""


def editable(text: str) -> SafeText:
    """Return `text` in a form for an editor. It is never shortened, and the function is idempotent.

    Line ends become newlines, NUL is removed, control characters are made visible as by `domain.safe_text.safe`
    (docs/dev/faults.md 110, 119), and joiners stay.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    parts = re.split(_KEPT, plain)
    return SafeText("".join(p if i % 2 else safe(p, limit=8 * len(p) + 1) for i, p in enumerate(parts)))


def size(text: str) -> int:
    """Count the UTF-8 bytes of `text`. A lone surrogate counts as three."""
    return len(text.encode("utf-8", "surrogatepass"))


# Text area that stays fast. A text that is too long to edit in place is stored whole, and only its beginning is shown.

LONGEST_SHOWN: Final = 16_384
"""Most characters that are edited in place. With a megabyte, a text area would take seconds for each key. A longer text
is stored whole, and only its beginning is shown."""

PREVIEW: Final = 1_000
"""Characters that are shown of a text that is stored whole."""


class WholeReplacement(Edit):
    """Replacement of the whole text, and of the owner's data that belongs to it. Undo and redo exchange both in one step."""

    def __init__(self, area: "LimitedTextArea", text: SafeText, beside: object | None) -> None:
        """`beside`: data that the owner shows together with `text`; None: the data that it shows now."""
        is_too_long = len(text) > LONGEST_SHOWN
        shown = f"{text[:PREVIEW]}…" if is_too_long else text
        super().__init__(shown, (0, 0), area.document.end, maintain_selection_offset=False)
        self._area = area
        self._kept = text if is_too_long else None
        self._beside = beside

    def do(self, text_area: TextArea, record_selection: bool = True) -> EditResult:
        result = super().do(text_area, record_selection)
        self._exchange()
        return result

    def undo(self, text_area: TextArea) -> EditResult:
        result = super().undo(text_area)
        self._exchange()
        return result

    def _exchange(self) -> None:
        self._kept = self._area.keep_whole(self._kept)
        if self._beside is not None:
            self._beside = self._area.exchange(self._beside)


class ReplacementHistory(EditHistory):
    """Steps of undo and redo. Each replacement of the whole text is one step, also if no character changed."""

    def record(self, edit: Edit) -> None:
        if not isinstance(edit, WholeReplacement):
            super().record(edit)
            return
        record_step(self, edit)


class LimitedTextArea(TextArea):
    """Text area for inert text, 1 MiB at most."""

    class Refused(Message):
        """Text was not inserted, because the whole text would have `bytes` of UTF-8."""

        def __init__(self, bytes: int) -> None:
            super().__init__()
            self.bytes = bytes

    exchange: Callable[[Any], object] = staticmethod(lambda beside: beside)
    """Set by the owner. Shows the given data together with the text, and returns the data before it, for undo or redo."""

    def __init__(self, placeholder: Content) -> None:
        super().__init__(placeholder=placeholder, compact=True, highlight_cursor_line=False, tab_behavior="focus")
        self.cursor_blink = False
        old = self.history
        self.history = ReplacementHistory(old.max_checkpoints, old.checkpoint_timer, old.checkpoint_max_characters)
        self.turn = 0
        """Number of replacements of the whole text, so that an answer about one text is not applied to the next one."""
        self._kept: SafeText | None = None

    def render_line(self, y: int) -> Strip:
        """Render as Textual does, unless the width is 0: then it could not wrap the placeholder."""
        return super().render_line(y) if self.content_size.width else Strip.blank(0)

    @property
    def written(self) -> SafeText:
        """The whole text, also if only its beginning is shown."""
        return self._kept or SafeText(self.text)

    @property
    def kept_whole(self) -> bool:
        """True if the text is too long to edit in place. Then only its beginning is shown, and only ctrl+z and ctrl+e act on
        it."""
        return self._kept is not None

    def write(self, text: str, *, undoable: bool = True, beside: object | None = None) -> None:
        """Replace the text. `undoable`: ctrl+z restores the old text; otherwise it is forgotten. `beside`: data for `exchange`."""
        self.edit(WholeReplacement(self, editable(text), beside))
        if not undoable:
            self.history.clear()

    def keep_whole(self, text: SafeText | None) -> SafeText | None:
        """Store the whole `text`, which is too long to edit in place; None: the shown text is whole. Return the text that was
        stored before."""
        before, self._kept = self._kept, text
        self.read_only = text is not None
        self.turn += 1
        return before

    def insert_bounded(self, text: str) -> None:
        """Insert `text` at the cursor, if the whole text stays within the limit. A text that is stored whole is not changed."""
        if self._kept:
            return
        start, end = sorted(self.selection)
        whole = self.get_text_range((0, 0), start) + text + self.get_text_range(end, self.document.end)
        if len(whole) <= LONGEST_SHOWN:
            if not self.read_only:
                self.move_cursor(self.replace(text, start, end, maintain_selection_offset=False).end_location)
        elif size(whole) > MAX_BYTES:
            self.post_message(self.Refused(size(whole)))
        else:
            self.edit(WholeReplacement(self, SafeText(whole), None))

    def action_paste(self) -> None:
        """Insert the app's own clipboard."""
        self.insert_bounded(editable(self.app.clipboard))

    def undo(self) -> None:
        """Undo a step, without the errors of Textual's undo that end the app (docs/dev/library-traps.md T27)."""
        with sound_undo(self):
            super().undo()

    def redo(self) -> None:
        """Redo a step, without the errors of Textual's redo that end the app (docs/dev/library-traps.md T27)."""
        with sound_undo(self):
            super().redo()
