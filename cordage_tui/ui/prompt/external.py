"""`$EDITOR` on the prompt, with the screen handed over while it runs."""

import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from textual.app import App, SuspendNotSupported

from cordage_tui.domain.child_environment import ChildEnvironment
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.value import dataclass
from cordage_tui.ui.prompt.written import MAX_BYTES, editable

REPAINT_S: Final = 0.05
"""Seconds after coming back when the screen is drawn once more: drawn at once it can stay blank (TRAPS.md T8)."""

FALLBACKS: Final = ("sensible-editor", "nano", "vi")
"""Tried when neither VISUAL nor EDITOR is set."""


@dataclass(frozen=True, slots=True)
class EditResult:
    """What came of it."""

    text: str
    """The text to go on with: the edited one, or the one given when editing came to nothing."""
    words: SafeText | None = None
    """Why editing came to nothing; None when it went well."""


def edit(app: App[Any], text: str, environ: ChildEnvironment) -> EditResult:
    """Suspend `app`, run VISUAL or EDITOR on `text`, and come back. Never raises for what a machine may lack.

    Blocks the event loop, as the terminal is not ours meanwhile. The body of `suspend` may not raise (TRAPS.md T7), so
    everything that can go wrong is words before it ends.
    """
    try:
        argv = command(environ)
        with app.suspend(), _interrupts_are_the_editors():
            result = _edited(argv, text, environ)
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
        raise NoEditor(f"VISUAL or EDITOR has a quote too few: {line}") from None
    found = argv or [name for name in FALLBACKS if shutil.which(name, path=environ.get("PATH"))][:1]
    if not found:
        raise NoEditor("No editor found: set EDITOR, for example to nano.")
    return found


class NoEditor(Exception):
    """There is no editor to run; `words` says what to do."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = one_line(words, 200)


def _edited(argv: list[str], text: str, environ: ChildEnvironment) -> EditResult:
    """Run the editor on a private file; everything that can go wrong is words."""
    try:
        # The folder is private too, and goes with all that an editor leaves beside the file: backups and swap files.
        with tempfile.TemporaryDirectory(prefix="cordage-") as folder:
            file = Path(folder) / "prompt.md"
            file.touch(mode=0o600)
            file.write_text(text, encoding="utf-8", errors="replace")
            code = subprocess.run([*argv, str(file)], env=environ, check=False).returncode
            if code != 0:
                return EditResult(text, one_line(f"{argv[0]} ended with code {code}: the prompt is as it was.", 200))
            return _read(file, text)
    except OSError as error:
        why = error.strerror or type(error).__name__
        return EditResult(text, one_line(f"Cannot run {argv[0]}: {why}. The prompt is as it was.", 200))


def _read(file: Path, before: str) -> EditResult:
    with file.open("rb") as stream:
        data = stream.read(MAX_BYTES + 2)
    if len(data.rstrip(b"\r\n")) > MAX_BYTES:
        return EditResult(before, SafeText("That is more than 1 MiB: the prompt is as it was."))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return EditResult(before, SafeText("The file is not UTF-8 text any more: the prompt is as it was."))
    after = editable(text)
    return EditResult(after if before.endswith("\n") else after.removesuffix("\n"))


@contextmanager
def _interrupts_are_the_editors() -> Iterator[None]:
    """ctrl+c reaches every program on the terminal; while the editor has it, it is not for us. A handler, not SIG_IGN,
    because the editor would inherit that."""
    before = signal.signal(signal.SIGINT, lambda _signal, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
