"""What a contact sheet is exported as: a key opens this list, the next one chooses."""

from typing import Final, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.ink import literal


class ExportChoice(NamedTuple):
    """What the user wants."""

    as_page: bool
    """A page of HTML with the files beside it; else one picture."""
    only_kept: bool


_WAYS: Final = (("p", "one picture (PNG)", False), ("h", "a page (HTML) with the files beside it", True))


class ContactSheetExportMenu(ModalScreen[ExportChoice | None]):
    """None: nothing. A small letter is for what is kept, where something is; a capital one always for all."""

    BINDINGS = [
        Binding("p", "choose(False,True)", "picture", show=False),
        Binding("h", "choose(True,True)", "page", show=False),
        Binding("P", "choose(False,False)", "picture of all", show=False),
        Binding("H", "choose(True,False)", "page of all", show=False),
        Binding("escape,q,E", "leave", "export nothing", id="sheet_export.leave", tooltip="Export nothing."),
    ]

    def __init__(self, kept: int, total: int, folder: SafeText) -> None:
        """How many outputs are kept and how many there are; where the file goes."""
        super().__init__()
        self._kept = kept
        self._total = total
        self._folder = folder

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card export", can_focus=False) as card:
            card.border_title = Content("Export")
            yield Static(Content("\n").join(self._lines()))

    def _lines(self) -> list[Content]:
        lines = []
        if self._kept:
            lines += [
                self._line(key, words, "the kept one" if self._kept == 1 else f"the {self._kept:,} kept")
                for key, words, _ in _WAYS
            ]
        capital = bool(self._kept)
        lines += [self._line(key.upper() if capital else key, words, f"all {self._total:,}") for key, words, _ in _WAYS]
        return [*lines, Content(""), Content.assemble(("into ", "$quiet"), literal(self._folder, "$quiet"))]

    def _line(self, key: str, words: str, what: str) -> Content:
        return Content.assemble(literal(SafeText(key), "$accent"), "  ", literal(SafeText(f"{what} as {words}")))

    def action_choose(self, as_page: bool, only_kept: bool) -> None:
        self.dismiss(ExportChoice(as_page, only_kept and self._kept > 0))

    def action_leave(self) -> None:
        self.dismiss(None)
