"""Runs `$EDITOR` on the prompt in the handed-over terminal, beside the event loop."""

import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self

from textual.app import App, SuspendNotSupported

from cordage_tui.domain.environment import ChildEnvironment
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.concurrency import run_in_daemon_thread
from cordage_tui.ui.terminal import REPAINT_S
from cordage_tui.ui.widgets.text_area import MAX_BYTES, editable

END_S: Final = 0.3
"""Seconds an editor gets to end, and to save in its own way, when the program ends."""

AT_ONCE_S: Final = 1.0
"""Seconds within which nobody has edited anything: the editor has its own window, and does not wait for it."""

FALLBACKS: Final = ("sensible-editor", "nano", "vi")
"""Tried when neither VISUAL nor EDITOR is set."""


_AT_ONCE: Final = "returned at once, without a change. An editor with its own window must wait: EDITOR='code --wait'."


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
) -> EditResult:
    """Suspend `app`, run VISUAL or EDITOR on `text`, and resume. Never raises for what a machine may lack.

    The event loop keeps running; `started` gets the editor's process, `now` returns monotonic seconds. The body of `suspend` may not raise, as the app
    would not come back, so every error is words before it ends.
    """
    try:
        argv = command(environ)
        with app.suspend(), _interrupts_are_the_editors():
            begun = now()
            result = await _edited(argv, text, environ, started)
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


async def _edited(
    argv: list[str], text: str, environ: ChildEnvironment, started: Callable[["EditorProcess"], None]
) -> EditResult:
    """Run the editor; everything that can go wrong is words. Cancelled, the editor is ended."""
    try:
        with EditorProcess(argv, text, environ) as process:
            started(process)
            code = await run_in_daemon_thread(process.wait, "editor")
            if code != 0:
                return EditResult(text, one_line(f"{argv[0]} ended with code {code}. Prompt unchanged.", 200))
            return process.read()
    except OSError as error:
        why = error.strerror or type(error).__name__
        return EditResult(text, one_line(f"Cannot run {argv[0]}: {why}. Prompt unchanged.", 200))


class EditorProcess:
    """Editor process on a private file, in our process group, so that the terminal is its own. Leaving the context
    ends it."""

    def __init__(self, argv: list[str], text: str, environ: ChildEnvironment) -> None:
        """Raises OSError where it cannot be started."""
        self._text = text
        # The folder is private too, and goes with all that an editor leaves beside the file: backups and swap files.
        self._folder = tempfile.TemporaryDirectory(prefix="cordage-", ignore_cleanup_errors=True)
        self._file = Path(self._folder.name) / "prompt.md"
        try:
            self._file.touch(mode=0o600)
            self._file.write_text(text, encoding="utf-8", errors="replace")
            self._process = subprocess.Popen([*argv, str(self._file)], env=environ)
        except OSError:
            self._folder.cleanup()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()
        self._folder.cleanup()

    def wait(self) -> int:
        """Block until it has ended, and return its exit code."""
        return self._process.wait()

    def read(self) -> EditResult:
        """Return the saved text. Raises OSError."""
        return _read(self._file, self._text)

    def end(self) -> str | None:
        """End it, and return the text it has saved so far, or saves when ended; None: nothing that differs."""
        self._end()
        for file in (self._file.with_name(f"{self._file.name}.save"), self._file):  # nano's, when it is ended
            with suppress(OSError):
                if (text := _read(file, self._text).text) != self._text:
                    return text
        return None

    def _end(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _read(file: Path, before: str) -> EditResult:
    with file.open("rb") as stream:
        data = stream.read(MAX_BYTES + 2)
    if len(data.rstrip(b"\r\n")) > MAX_BYTES:
        return EditResult(before, SafeText("That is more than 1 MiB. Prompt unchanged."))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return EditResult(before, SafeText("The file is not UTF-8 text any more. Prompt unchanged."))
    after = editable(text)
    return EditResult(after if before.endswith("\n") else after.removesuffix("\n"))


@contextmanager
def _interrupts_are_the_editors() -> Iterator[None]:
    """ctrl+c and ctrl+\\ reach every program on the terminal; while the editor has it, they are not for us. A handler, not
    SIG_IGN, because the editor would inherit that."""
    numbers = (signal.SIGINT, signal.SIGQUIT)
    before = [signal.signal(number, lambda _signal, _frame: None) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
