"""Dialog for a batch from a file."""

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Button, Input, Static

from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.batch.draft import BatchDraft
from cordage_tui.engine.batch.expand import BatchError
from cordage_tui.engine.batch.files import draft_of_file
from cordage_tui.ui.dialogs.base import FormDialog
from cordage_tui.ui.widgets.text import SteadyInput, literal

_KINDS = (
    "One prompt per line; or .csv and .tsv, whose first row names the inputs; or .jsonl, one JSON object per line. "
    "Patterns in files are not expanded; inputs that a row leaves out have their defaults."
)


class BatchFileDialog(FormDialog[BatchDraft]):
    """Asks for a file of prompts. Answers the batch in it, None when left; sends nothing."""

    AUTO_FOCUS = "#path"

    def __init__(self, webhook: SafeText) -> None:
        """`webhook` is the name of the prompts' webhook."""
        super().__init__(one_line(f"Batch from a file → {webhook}"), save="Preview")

    def compose_fields(self) -> ComposeResult:
        yield Static(Content("File"), classes="label")
        yield SteadyInput(id="path", placeholder="prompts.csv", compact=True)
        yield Static(literal(one_line(_KINDS), "$quiet"), classes="kinds")

    @on(Input.Submitted, "#path")
    @on(Button.Pressed, "#save")
    def _read(self) -> None:
        path = self.query_one("#path", Input).value.strip()
        try:
            if not path:
                raise BatchError("Name a file.")
            draft = draft_of_file(Path(path))
        except BatchError as error:
            self.refuse("#path", error.what)
        else:
            self.dismiss(draft)
