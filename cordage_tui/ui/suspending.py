"""Handing over the terminal: to the shell by ctrl+z and SIGTSTP, after another window has taken over, and to `$EDITOR`."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from cordage_tui.domain.text import SafeText
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.processes.watchdog import JobControl, can_be_continued
from cordage_tui.ui.app_base import AppMixin
from cordage_tui.ui.external.clipboard import ClipboardMixin
from cordage_tui.ui.notifications import toast
from cordage_tui.ui.terminal.terminal import REPAINT_S

if TYPE_CHECKING:
    from cordage_tui.ui.external.terminal_program import TerminalProgram
    from cordage_tui.ui.prompt.external_editor import EditorFile, EditorProcess, EditResult

_NOBODY: Final = SafeText("Not suspended: no shell could resume the program here.")


class SuspendMixin(AppMixin):
    """App that can be stopped and continued as a job of a shell."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._jobs = JobControl(self.open_engine)

    def open_engine(self) -> Engine | None:
        """Return the open engine."""
        return None

    def handle_stop_signal(self) -> None:
        """Handle SIGTSTP as ctrl+z, once there is a driver."""
        from cordage_tui.ui.terminal.driver import ReplyCapturingDriver

        if isinstance(self._driver, ReplyCapturingDriver):
            self._driver.on_stop = partial(self.call_later, self._stop_soon)

    def action_suspend_process(self) -> None:
        """Suspend the program, if a shell can continue it."""
        if can_be_continued():
            self._stop_soon()
        else:
            toast(self, _NOBODY, error=True)

    def _stop_soon(self) -> None:
        from cordage_tui.ui.terminal.driver import ReplyCapturingDriver

        if isinstance(driver := self._driver, ReplyCapturingDriver):
            self.run_worker(
                self._jobs.stop(partial(self._stop_now, driver.stop_process)), group="suspend", exclusive=False
            )

    def _stop_now(self, stop_process: Callable[[], None]) -> None:
        self._suspend_signal()
        stop_process()
        self.set_timer(REPAINT_S, lambda: self.refresh(layout=True))


class ExternalEditorMixin(ClipboardMixin):
    """App that runs the user's editor: it neither draws nor reads keys, while polling, sending and timers continue."""

    _editor: "EditorProcess | TerminalProgram | None" = None
    _keep: Callable[[str], object] | None = None

    async def edit_outside(
        self, text: str, file: "EditorFile | None" = None, keep: Callable[[str], object] | None = None
    ) -> "EditResult | None":
        """Run VISUAL or EDITOR on `text`, one at a time; None: one is running already. `file`: what is edited, a prompt by
        default; `keep` stores what it has saved when the program ends before it does."""
        from cordage_tui.ui.prompt.external_editor import PROMPT_FILE, edit

        if self._editor is not None:
            return None

        def started(process: "EditorProcess") -> None:
            self._editor = process

        self._keep = keep
        try:
            return await edit(self, text, self.clip.environ, started, file=file or PROMPT_FILE)
        finally:
            self._editor = None

    def end_editor(self) -> str | None:
        """End a running editor before the program ends. Returns the prompt that it had saved; None: none, or the same as
        before."""
        text = self._editor.end() if self._editor is not None else None
        if text is None or self._keep is None:
            return text
        self._keep(text)
        return None

    async def run_outside(
        self, name: str, argv: Sequence[str], given: str, keep: int
    ) -> "tuple[str, SafeText | None] | None":
        """Run a program of the user's in the terminal, with `given` on its stdin; return what it printed, up to `keep` bytes, and what
        went wrong. None: another program has the terminal."""
        from cordage_tui.ui.external.terminal_program import TerminalProgram, run_in_terminal

        if self._editor is not None:
            return None

        def started(process: "TerminalProgram") -> None:
            self._editor = process

        try:
            return await run_in_terminal(
                self, name, lambda: TerminalProgram(argv, given, self.clip.environ, keep), started
            )
        finally:
            self._editor = None
