"""Runs `$EDITOR` on a text in the handed-over terminal, beside the event loop."""

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
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.concurrency import run_in_daemon_thread
from cordage_tui.ui.external.terminal_program import end_process, interrupts_are_its_own
from cordage_tui.ui.terminal.terminal import REPAINT_S
from cordage_tui.ui.widgets.text_area import MAX_BYTES, editable

AT_ONCE_S: Final = 1.0
"""Seconds within which nobody has edited anything: the editor has its own window, and does not wait for it."""

FALLBACKS: Final = ("sensible-editor", "nano", "vi")
"""Tried when neither VISUAL nor EDITOR is set."""


_AT_ONCE: Final = "returned at once, without a change. An editor with its own window must wait: EDITOR='code --wait'."


@dataclass(frozen=True, slots=True)
class EditorFile:
    """File that an editor gets."""

    name: str
    """Its ending makes editors colour it."""
    what: str
    """What is edited, as errors call it."""
    max_bytes: int
    is_exact: bool = False
    """It is read back as it is, whatever its bytes are (with `surrogateescape`); else it becomes text for the screen."""


PROMPT_FILE: Final = EditorFile("prompt.md", "Prompt", MAX_BYTES)
QUEUE_FILE: Final = EditorFile("queue.toml", "Queue", 1 << 28, is_exact=True)


@dataclass(frozen=True, slots=True)
class EditResult:
    """Result of editing."""

    text: str
    """The edited text, or the given one when editing failed."""
    words: SafeText | None = None
    """Why editing failed; None when it went well."""


async def edit(
    app: App[Any],
    text: str,
    environ: ChildEnvironment,
    started: Callable[["EditorProcess"], None] = lambda process: None,
    now: Callable[[], float] = time.monotonic,
    file: EditorFile = PROMPT_FILE,
) -> EditResult:
    """Suspend `app`, run VISUAL or EDITOR on `text`, and resume. Never raises for what a machine may lack.

    The event loop keeps running; `started` gets the editor's process, `now` returns monotonic seconds. The body of `suspend` may not raise, as the app
    would not come back, so every error is words before it ends.
    """
    try:
        argv = command(environ)
        with app.suspend(), interrupts_are_its_own():
            begun = now()
            result = await _edited(EditorProcess(argv, text, environ, file), started)
            if result == EditResult(text) and now() - begun < AT_ONCE_S:
                result = EditResult(text, one_line(f"{argv[0]} {_AT_ONCE}", 200))
    except NoEditor as missing:
        return EditResult(text, missing.words)
    except SuspendNotSupported:
        return EditResult(text, SafeText("This terminal cannot be handed over to an editor."))
    app.set_timer(REPAINT_S, lambda: app.refresh(layout=True))
    return result


def command(environ: Mapping[str, str]) -> list[str]:
    """The editor's command line, split as a shell would but run without one. Raises NoEditor."""
    line = environ.get("VISUAL", "").strip() or environ.get("EDITOR", "").strip()
    try:
        argv = shlex.split(line)
    except ValueError:
        raise NoEditor(f"VISUAL or EDITOR has an unclosed quote: {line}") from None
    found = argv or [name for name in FALLBACKS if shutil.which(name, path=environ.get("PATH"))][:1]
    if not found:
        raise NoEditor("No editor found: set EDITOR, for example to nano.")
    return found


class NoEditor(Exception):
    """Raised when there is no editor to run; `words` says why."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = one_line(words, 200)


async def _edited(editor: "EditorProcess", started: Callable[["EditorProcess"], None]) -> EditResult:
    """Run the editor; everything that can go wrong is words. Cancelled, the editor is ended."""
    try:
        with editor as process:
            started(process)
            return process.result(await run_in_daemon_thread(process.wait, "editor"))
    except OSError as error:
        return editor.failed(error)


class EditorProcess:
    """Editor process on a private file, in our process group, so that the terminal is its own. Leaving the context
    ends it."""

    _environ: ChildEnvironment

    def __init__(self, argv: list[str], text: str, environ: ChildEnvironment, file: EditorFile = PROMPT_FILE) -> None:
        self._argv = argv
        self._environ = environ
        self._text = text
        self._kind = file

    def __enter__(self) -> Self:
        """Start it. Raises OSError where it cannot be."""
        # The folder is private too, and goes with all that an editor leaves beside the file: backups and swap files.
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
        """Block until it has ended, and return its exit code."""
        return self._process.wait()

    def result(self, code: int) -> EditResult:
        """Return the saved text, after it has ended with that exit code. Raises OSError."""
        if code != 0:
            return self._unchanged(f"{self._argv[0]} ended with code {code}.")
        return self._read(self._file)

    def failed(self, error: OSError) -> EditResult:
        """Return the text as it was, and why the editor could not be run."""
        return self._unchanged(f"Cannot run {self._argv[0]}: {error.strerror or type(error).__name__}.")

    def end(self) -> str | None:
        """End it, and return the text it has saved so far, or saves when ended; None: nothing that differs."""
        end_process(self._process)
        for file in (self._file.with_name(f"{self._file.name}.save"), self._file):  # nano's, when it is ended
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
        after = editable(text)
        return EditResult(after if self._text.endswith("\n") else after.removesuffix("\n"))

    def _unchanged(self, words: str) -> EditResult:
        return EditResult(self._text, one_line(f"{words} {self._kind.what} unchanged.", 200))
