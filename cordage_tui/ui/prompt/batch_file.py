"""Dialog for a batch from a file."""

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Button, Input, Static

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.batch.draft import BatchDraft
from cordage_tui.engine.batch.pattern import BatchError
from cordage_tui.engine.batch.prompt_files import FileFormat, FileRequest, OtherFormat, draft_of_file
from cordage_tui.engine.batch.tables import UnknownHeader
from cordage_tui.engine.nonblocking_waits import run_in_daemon_thread
from cordage_tui.ui.dialogs.base import FormDialog
from cordage_tui.ui.prompt.path_input import PathInput, candidates_line
from cordage_tui.ui.widgets.text import literal

_KINDS = (
    "One prompt per line; or .csv and .tsv, whose first row names the inputs (prompt,seed); or .jsonl and .json with objects. "
    "Patterns in files are not expanded; inputs without a column are those of the prompt panel."
)


class BatchFileDialog(FormDialog[BatchDraft]):
    """Form for the path of a file with prompts. Returns the batch of the file, or None if it is cancelled; sends nothing."""

    AUTO_FOCUS = "#path"

    def __init__(self, webhook: SafeText, request: FileRequest, path: str = "") -> None:
        """Create the form. `webhook` is the name of the webhook of the prompts; `path` is filled in."""
        super().__init__(one_line(f"Batch from a file → {webhook}"), save="Preview")
        self._request = request
        self.path = path
        self._headless: str | None = None
        """Path of a file whose first row names no input, or whose text is not a list of prompts. If the user opens it again, each
        line is a prompt."""

    def compose_fields(self) -> ComposeResult:
        yield Static(Content("File"), classes="label")
        yield PathInput(self.path, id="path", placeholder="prompts.csv")
        yield Static(id="candidates")
        yield Static(literal(one_line(_KINDS), "$quiet"), classes="kinds")

    @on(PathInput.Completed)
    def _show_candidates(self, event: PathInput.Completed) -> None:
        self.query_one("#candidates", Static).update(candidates_line(event.found))

    @on(Input.Submitted, "#path")
    @on(Button.Pressed, "#save")
    def _read(self) -> None:
        path = self.query_one("#path", Input).value.strip()
        if not path:
            self.refuse("#path", SafeText("Name a file."))
            return
        self.path = path
        self.query_one(".card").disabled = True
        self.run_worker(self._open(path), group="file", exclusive=True)

    async def _open(self, path: str) -> None:
        """Read the file in a daemon thread, so that keys, such as escape, work even if the disk is slow."""
        lines = FileFormat.LINES if path == self._headless else None
        request = replace(self._request, format=lines)
        try:
            draft = await run_in_daemon_thread(lambda: draft_of_file(Path(path), request), "batch file")
        except (UnknownHeader, OtherFormat) as error:
            self._headless = path
            suffix = getattr(error, "format", None)
            rename = f" To read it, rename it to .{suffix}." if suffix else ""
            self._show_problem(one_line(f"{error.what}{rename} Enter once more takes each line as a prompt.", 1_000))
        except BatchError as error:
            self._show_problem(error.what)
        else:
            self.dismiss(draft)

    def _show_problem(self, problem: SafeText) -> None:
        self.query_one(".card").disabled = False
        self.refuse("#path", problem)
