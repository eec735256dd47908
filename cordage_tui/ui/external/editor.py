"""Runs `$EDITOR` on a text in the foreground of the terminal. The event loop keeps running."""

import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

from textual.app import App, SuspendNotSupported

from cordage_tui.domain.base.environment import ChildEnvironment
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.nonblocking_waits import run_in_daemon_thread
from cordage_tui.ui.external.terminal_program import end_process, interrupts_are_its_own
from cordage_tui.ui.terminal.raw_sequences import REPAINT_S
from cordage_tui.ui.widgets.text_area import MAX_BYTES, editable

AT_ONCE_S: Final = 1.0
"""Seconds within which nobody can have edited anything. Then the editor has its own window, and does not wait for it."""

FALLBACKS: Final = ("sensible-editor", "nano", "vi")
"""Editors that are tried if neither VISUAL nor EDITOR is set."""


_AT_ONCE: Final = "returned at once, without a change. An editor with its own window must wait: EDITOR='code --wait'."


@dataclass(frozen=True, slots=True)
class EditorFile:
    """Kind of file that an editor gets."""

    name: str
    """Name of the file. Its ending makes editors colour the text."""
    what: str
    """Name of the edited thing in errors."""
    max_bytes: int
    is_exact: bool = False
    """Whether it is read back unchanged, whatever its bytes are (with `surrogateescape`). Otherwise it becomes text that is
    safe on the screen."""


PROMPT_FILE: Final = EditorFile("prompt.md", "Prompt", MAX_BYTES)
QUEUE_FILE: Final = EditorFile("queue.toml", "Queue", 1 << 28, is_exact=True)


@dataclass(frozen=True, slots=True)
class EditResult:
    """Result of editing."""

    text: str
    """The edited text, or the original text if editing failed."""
    words: SafeText | None = None
    """Why editing failed; None: it succeeded."""


async def edit(
    app: App[Any],
    text: str,
    environ: ChildEnvironment,
    started: Callable[["EditorProcess"], None] = lambda process: None,
    now: Callable[[], float] = time.monotonic,
    file: EditorFile = PROMPT_FILE,
) -> EditResult:
    """Suspend `app`, run VISUAL or EDITOR on `text`, and resume. A missing editor or terminal is an error in the result.

    The event loop keeps running. `started` gets the editor's process; `now` returns monotonic seconds. The body of
    `suspend` must not raise, or the app would not come back. So each error becomes a text before its end.
    """
    try:
        argv = command(environ)
        with app.suspend(), interrupts_are_its_own():
            started_at = now()
            result = await _run_editor(EditorProcess(argv, text, environ, file), started)
            if result == EditResult(text) and now() - started_at < AT_ONCE_S:
                result = EditResult(text, one_line(f"{argv[0]} {_AT_ONCE}", 200))
    except NoEditor as missing:
        return EditResult(text, missing.words)
    except SuspendNotSupported:
        return EditResult(text, SafeText("This terminal cannot be handed over to an editor."))
    app.set_timer(REPAINT_S, lambda: app.refresh(layout=True))
    return result


def command(environ: Mapping[str, str]) -> list[str]:
    """Return the editor's command line, split like in a shell, but run without a shell. Raises NoEditor."""
    line = environ.get("VISUAL", "").strip() or environ.get("EDITOR", "").strip()
    try:
        argv = shlex.split(line)
    except ValueError:
        raise NoEditor(f"VISUAL or EDITOR has an unclosed quote: {line}") from None
    editor = argv or [name for name in FALLBACKS if shutil.which(name, path=environ.get("PATH"))][:1]
    if not editor:
        raise NoEditor("No editor found: set EDITOR, for example to nano.")
    return editor


class NoEditor(Exception):
    """Raised if there is no editor to run. `words` says why."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = one_line(words, 200)


async def _run_editor(editor: "EditorProcess", started: Callable[["EditorProcess"], None]) -> EditResult:
    """Run the editor. Each error becomes a text. If this is cancelled, the editor is ended."""
    try:
        with editor as process:
            started(process)
            return process.result(await run_in_daemon_thread(process.wait, "editor"))
    except OSError as error:
        return editor.failed(error)


class EditorProcess:
    """Editor process on a private file. It is in our process group, so that it has the terminal. Leaving the context ends
    it."""

    _environ: ChildEnvironment

    def __init__(self, argv: list[str], text: str, environ: ChildEnvironment, file: EditorFile = PROMPT_FILE) -> None:
        self._argv = argv
        self._environ = environ
        self._text = text
        self._kind = file

    def __enter__(self) -> Self:
        """Start the editor. Raises OSError if it cannot be started."""
        # The folder is private too. It is removed with everything that an editor leaves there, such as backups and swap files.
        self._folder = tempfile.TemporaryDirectory(prefix="cordage-", ignore_cleanup_errors=True)
        self._file = Path(self._folder.name) / self._kind.name
        errors = "surrogateescape" if self._kind.is_exact else "replace"
        try:
            self._file.touch(mode=0o600)
            self._file.write_text(self._text, encoding="utf-8", errors=errors)
            self._process = subprocess.Popen([*self._argv, str(self._file)], env=self._environ)
        except OSError:
            self._folder.cleanup()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        end_process(self._process)
        self._folder.cleanup()

    def wait(self) -> int:
        """Wait until the editor has ended, and return its exit code. Blocks."""
        return self._process.wait()

    def result(self, code: int) -> EditResult:
        """Return the saved text after the editor has ended with an exit code. Raises OSError."""
        if code != 0:
            return self._unchanged(f"{self._argv[0]} ended with code {code}.")
        return self._read(self._file)

    def failed(self, error: OSError) -> EditResult:
        """Return the original text, and why the editor could not be run."""
        return self._unchanged(f"Cannot run {self._argv[0]}: {error.strerror or type(error).__name__}.")

    def end(self) -> str | None:
        """End the editor. Return the text that it has saved so far, or saves when it is ended; None: no changed text."""
        end_process(self._process)
        for file in (self._file.with_name(f"{self._file.name}.save"), self._file):  # nano saves there when it is ended
            with suppress(OSError):
                if (text := self._read(file).text) != self._text:
                    return text
        return None

    def _read(self, file: Path) -> EditResult:
        with file.open("rb") as stream:
            data = stream.read(self._kind.max_bytes + 2)
        if len(data.rstrip(b"\r\n")) > self._kind.max_bytes:
            return self._unchanged(f"That is more than {self._kind.max_bytes >> 20} MiB.")
        if self._kind.is_exact:
            return EditResult(data.decode("utf-8", "surrogateescape"))
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return self._unchanged("The file is not UTF-8 text any more.")
        edited = editable(text)
        return EditResult(edited if self._text.endswith("\n") else edited.removesuffix("\n"))

    def _unchanged(self, reason: str) -> EditResult:
        return EditResult(self._text, one_line(f"{reason} {self._kind.what} unchanged.", 200))
