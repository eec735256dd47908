"""Program that has the terminal instead of the app: the user's editor, or a command of the user."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from textual.app import App

from cordage_tui.domain.base.environment import ChildEnvironment
from cordage_tui.domain.safe_text import SafeText

if TYPE_CHECKING:
    from cordage_tui.ui.external.editor import EditorFile, EditorProcess, EditResult
    from cordage_tui.ui.external.terminal_program import TerminalProgram


class ForegroundProgram:
    """The one program that has the terminal. The app neither draws nor reads keys; polling, sending and timers continue."""

    def __init__(self, app: App[Any], environ: ChildEnvironment) -> None:
        self._app = app
        self.environ = environ
        self._process: EditorProcess | TerminalProgram | None = None
        self._keep: Callable[[str], object] | None = None

    async def edit(
        self, text: str, file: "EditorFile | None" = None, keep: Callable[[str], object] | None = None
    ) -> "EditResult | None":
        """Run VISUAL or EDITOR on `text`. Return None if another program has the terminal.

        `file`: the kind of text; None: a prompt. `keep` stores the text that the editor has saved, if the app ends first.
        """
        from cordage_tui.ui.external.editor import PROMPT_FILE, edit

        if self._process is not None:
            return None
        self._keep = keep
        try:
            return await edit(self._app, text, self.environ, self._started, file=file or PROMPT_FILE)
        finally:
            self._process = None

    async def run(self, name: str, argv: Sequence[str], given: str, keep: int) -> "tuple[str, SafeText | None] | None":
        """Run a command of the user with `given` on its stdin. Return its output, up to `keep` bytes, and what went wrong.

        Return None if another program has the terminal.
        """
        from cordage_tui.ui.external.terminal_program import TerminalProgram, run_in_terminal

        if self._process is not None:
            return None
        try:
            return await run_in_terminal(
                self._app, name, lambda: TerminalProgram(argv, given, self.environ, keep), self._started
            )
        finally:
            self._process = None

    def end(self) -> str | None:
        """End the program before the app ends. Return the prompt that an editor had saved; None: there is no changed prompt."""
        text = self._process.end() if self._process is not None else None
        if text is None or self._keep is None:
            return text
        self._keep(text)
        return None

    def _started(self, process: "EditorProcess | TerminalProgram") -> None:
        self._process = process
