"""Text area of inert text with a length limit."""

import re
from collections.abc import Callable
from typing import Any, Final

from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditHistory, EditResult

from cordage_tui.domain.text import SafeText, safe
from cordage_tui.ui.textual_patches.text import record_step, sound_undo

# Text allowed in an editor or a field: inert on a terminal, and otherwise unchanged.

MAX_BYTES: Final = 2**20
"""UTF-8 bytes of one prompt at most."""

_KEPT: Final = "([\u00ad\u200c\u200d\ufe00-\ufe0f]+)"
"""Joiners, variation selectors and soft hyphens: no terminal acts on them, and Persian, Indic scripts and emoji need
them, so an editor must give them back unchanged. `safe` alone would put their code points into the prompt."""


def editable(text: str) -> SafeText:
    """Return `text` fit for an editor. Never shortened, idempotent.

    Line ends become newlines, NUL is removed, what `domain.text.safe` makes visible is visible (docs/faults.md 110,
    119), and joiners stay.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    parts = re.split(_KEPT, plain)
    return SafeText("".join(p if i % 2 else safe(p, limit=8 * len(p) + 1) for i, p in enumerate(parts)))


def size(text: str) -> int:
    """Count UTF-8 bytes of `text`; a lone surrogate counts three."""
    return len(text.encode("utf-8", "surrogatepass"))


# Text area that stays fast: a text too long to edit in place is kept whole.

LONGEST_SHOWN: Final = 16_384
"""Characters that are edited in place; a text area takes seconds a key with a megabyte in it. A longer text is kept whole
and its beginning shown."""

PREVIEW: Final = 1_000
"""Characters shown of a text that is kept whole."""


class WholeReplacement(Edit):
    """Edit of the whole text, and of what its owner shows beside it: undo and redo exchange both in one step."""

    def __init__(self, area: "LimitedTextArea", text: SafeText, beside: object | None) -> None:
        """`beside` is what the owner will show beside `text`; None: what it shows now."""
        kept = len(text) > LONGEST_SHOWN
        shown = f"{text[:PREVIEW]}…" if kept else text
        super().__init__(shown, (0, 0), area.document.end, maintain_selection_offset=False)
        self._area = area
        self._kept = text if kept else None
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
    """Steps of undo and redo; each replacement of the whole is one, also where no character changed."""

    def record(self, edit: Edit) -> None:
        if not isinstance(edit, WholeReplacement):
            super().record(edit)
            return
        record_step(self, edit)


class LimitedTextArea(TextArea):
    """Text area of inert text, 1 MiB at most."""

    class Refused(Message):
        """Text was not inserted: it would have made `bytes` of UTF-8."""

        def __init__(self, bytes: int) -> None:
            super().__init__()
            self.bytes = bytes

    exchange: Callable[[Any], object] = staticmethod(lambda beside: beside)
    """Set by the owner: shows what is given beside the text, and returns what was there, for undo or redo."""

    def __init__(self, placeholder: Content) -> None:
        super().__init__(placeholder=placeholder, compact=True, highlight_cursor_line=False, tab_behavior="focus")
        self.cursor_blink = False
        old = self.history
        self.history = ReplacementHistory(old.max_checkpoints, old.checkpoint_timer, old.checkpoint_max_characters)
        self.turn = 0
        """Increases when the whole text is replaced, so that an answer about one text is not applied to the next."""
        self._kept: SafeText | None = None

    def render_line(self, y: int) -> Strip:
        """Render as the text area does; without any width it cannot wrap its placeholder."""
        return super().render_line(y) if self.content_size.width else Strip.blank(0)

    @property
    def written(self) -> SafeText:
        """The whole text, also where only its beginning is shown."""
        return self._kept or SafeText(self.text)

    @property
    def kept_whole(self) -> bool:
        """True if the text is too long to edit in place: its beginning is shown, and only ctrl+z and ctrl+e act on
        it."""
        return self._kept is not None

    def write(self, text: str, *, undoable: bool = True, beside: object | None = None) -> None:
        """Replace the text; `undoable`: ctrl+z restores the old one, else it is forgotten. `beside` goes to `exchange` with it."""
        self.edit(WholeReplacement(self, editable(text), beside))
        if not undoable:
            self.history.clear()

    def keep_whole(self, text: SafeText | None) -> SafeText | None:
        """Keep `text`, which is too long to edit in place, behind the beginning that is shown; None: all is shown. Return the
        text that was kept before."""
        before, self._kept = self._kept, text
        self.read_only = text is not None
        self.turn += 1
        return before

    def insert_bounded(self, text: str) -> None:
        """Insert `text` at the cursor, if the whole stays within bounds; a text kept whole accepts nothing."""
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
        """Keep Textual's own from ending the app (docs/library-traps.md T27)."""
        with sound_undo(self):
            super().undo()

    def redo(self) -> None:
        """Keep Textual's own from ending the app (docs/library-traps.md T27)."""
        with sound_undo(self):
            super().redo()
