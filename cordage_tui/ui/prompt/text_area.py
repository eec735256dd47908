"""Text area with a length limit."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from cordage_tui.domain.text import SafeText, safe

# What may stand in an editor or a field: text that is inert on a terminal and still what its writer meant.

MAX_BYTES: Final = 2**20
"""UTF-8 bytes of one prompt at most."""

_KEPT = re.compile("([\u00ad\u200c\u200d\ufe00-\ufe0f]+)")
"""Joiners, variation selectors and soft hyphens: no terminal acts on them, and Persian, Indic scripts and emoji need
them, so an editor must give them back unchanged. `safe` alone would put their code points into the prompt."""


def editable(text: str) -> SafeText:
    """`text` fit for an editor: line ends become newlines, NUL goes, what `domain.text.safe` makes visible is visible
    (docs/faults.md 110, 119), and joiners stay as they are. Never shortened. Idempotent."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    parts = _KEPT.split(plain)
    return SafeText("".join(p if i % 2 else safe(p, limit=8 * len(p) + 1) for i, p in enumerate(parts)))


def size(text: str) -> int:
    """UTF-8 bytes of `text`; a lone surrogate counts three."""
    return len(text.encode("utf-8", "surrogatepass"))


# A text area that stays quick: what is too long to edit in place is kept whole instead.

LONGEST_SHOWN: Final = 16_384
"""Characters that are edited in place; a text area takes seconds a key with a megabyte in it. A longer text is kept whole
and its beginning shown."""

PREVIEW: Final = 1_000
"""Characters shown of a text that is kept whole."""


class LimitedTextArea(TextArea):
    """Text that is inert, wherever it comes from, and 1 MiB at most."""

    @dataclass
    class Refused(Message):
        """Text was not taken in: it would have made `bytes` of UTF-8."""

        bytes: int

    def __init__(self, placeholder: Content) -> None:
        super().__init__(placeholder=placeholder, compact=True, highlight_cursor_line=False, tab_behavior="focus")
        self.cursor_blink = False
        self.turn = 0
        """Goes up with each `write`, so that what was asked about one text is not done to the next."""
        self._kept: tuple[SafeText, str] | None = None

    def render_line(self, y: int) -> Strip:
        """As the text area does; where there is no width at all, it cannot wrap its placeholder."""
        return super().render_line(y) if self.content_size.width else Strip.blank(0)

    @property
    def written(self) -> SafeText:
        """The whole text, also where only its beginning is shown."""
        return self._kept[0] if self._kept else SafeText(self.text)

    @property
    def kept_whole(self) -> bool:
        """The text is too long to edit in place: its beginning is shown, and it takes no keys but ctrl+z and ctrl+e."""
        return self._kept is not None

    def write(self, text: str, *, undoable: bool = True) -> None:
        """Replace the text; `undoable`: ctrl+z brings back what stood here, else nothing is remembered."""
        self.turn += 1
        clean, before = editable(text), self.text if undoable and not self._kept else ""
        if len(clean) > LONGEST_SHOWN:
            self._keep(clean, before)
        elif undoable and not self._kept:
            self.replace(clean, (0, 0), self.document.end, maintain_selection_offset=False)
        else:
            self._release(clean)

    def insert_bounded(self, text: str) -> None:
        """Put `text` in at the cursor, if the whole stays within bounds; a text kept whole takes nothing in."""
        if self._kept:
            return
        start, end = sorted(self.selection)
        whole = self.get_text_range((0, 0), start) + text + self.get_text_range(end, self.document.end)
        if len(whole) <= LONGEST_SHOWN:
            if result := self._replace_via_keyboard(text, start, end):
                self.move_cursor(result.end_location)
        elif size(whole) > MAX_BYTES:
            self.post_message(self.Refused(size(whole)))
        else:
            self._keep(SafeText(whole), self.text)

    def action_paste(self) -> None:
        """ctrl+v: the app's own clipboard."""
        self.insert_bounded(editable(self.app.clipboard))

    def action_undo(self) -> None:
        """ctrl+z; a text kept whole gives way to what stood here before it."""
        if self._kept:
            self._release(self._kept[1])
        else:
            super().action_undo()

    def undo(self) -> None:
        """As the text area does, laid out anew."""
        with self._wrapped_whole():
            super().undo()

    def redo(self) -> None:
        """As the text area does, laid out anew."""
        with self._wrapped_whole():
            super().redo()

    @contextmanager
    def _wrapped_whole(self) -> Iterator[None]:
        """Make Textual's undo and redo sound. They change the text first and move the cursor last; where the scrollbar comes
        or goes in between, the old cursor is looked for in the new text, and is not there: so the cursor waits at the start,
        until they put it where the text changed. And of several edits in far places they wrap a part of the lines only, and
        fail at a cursor below: so all lines are wrapped."""
        self.selection = Selection.cursor((0, 0))
        lines = self.wrapped_document
        vars(lines)["wrap_range"] = lambda *_: lines.wrap(self.wrap_width, self.indent_width)
        try:
            yield
        finally:
            del vars(lines)["wrap_range"]

    def _keep(self, text: SafeText, before: str) -> None:
        self.load_text(f"{text[:PREVIEW]}…")
        self._kept = (text, before)
        self.read_only = True

    def _release(self, text: str) -> None:
        self._kept = None
        self.read_only = False
        self.load_text(text)
        self.move_cursor(self.document.end)
