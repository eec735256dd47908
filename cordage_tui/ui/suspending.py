"""Suspending by ctrl+z and SIGTSTP: another window takes over before this process stops, and the terminal is given back."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from textual.app import App

from cordage_tui.domain.text import SafeText
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.job_control import JobControl, can_be_continued
from cordage_tui.ui.toasts import toast

REPAINT_S: Final = 0.05
"""Seconds after resuming when the screen is drawn once more: drawn at once it can stay blank."""
_NOBODY: Final = SafeText("Not suspended: no shell could resume the program here.")


class SuspendMixin(App[int]):
    """App that can be stopped and continued as a job of a shell."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._jobs = JobControl(self.open_engine)

    def open_engine(self) -> Engine | None:
        """Return the open engine."""
        return None

    def handle_stop_signal(self) -> None:
        """Handle SIGTSTP as ctrl+z, once there is a driver."""
        from cordage_tui.ui.terminal_images.driver import ReplyCapturingDriver

        if isinstance(self._driver, ReplyCapturingDriver):
            self._driver.on_stop = partial(self.call_later, self._stop_soon)

    def action_suspend_process(self) -> None:
        """Suspend the program, if a shell can continue it."""
        if can_be_continued():
            self._stop_soon()
        else:
            toast(self, _NOBODY, error=True)

    def _stop_soon(self) -> None:
        from cordage_tui.ui.terminal_images.driver import ReplyCapturingDriver

        if isinstance(driver := self._driver, ReplyCapturingDriver):
            self.run_worker(
                self._jobs.stop(partial(self._stop_now, driver.stop_process)), group="suspend", exclusive=False
            )

    def _stop_now(self, stop_process: Callable[[], None]) -> None:
        self._suspend_signal()
        stop_process()
        self.set_timer(REPAINT_S, lambda: self.refresh(layout=True))
