"""Suspension of the program by ctrl+z and SIGTSTP, as a job of a shell."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from textual.app import App

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.processes.watchdog import JobControl, can_be_continued
from cordage_tui.ui.notifications import toast
from cordage_tui.ui.terminal.driver import driver_of
from cordage_tui.ui.terminal.raw_sequences import REPAINT_S

_NOBODY: Final = SafeText("Not suspended: no shell could resume the program here.")


class Suspension:
    """Suspension of the app and of the engine, if one is open."""

    def __init__(self, app: App[Any], engine: Callable[[], Engine | None]) -> None:
        """`engine` returns the open engine; None: no engine is open."""
        self._app = app
        self._jobs = JobControl(engine)

    def handle_stop_signal(self) -> None:
        """Handle SIGTSTP like ctrl+z from now on, if there is a driver."""
        if (driver := driver_of(self._app)) is not None:
            driver.on_stop = partial(self._app.call_later, self._stop_soon)

    def request(self) -> None:
        """Suspend the program, if a shell can continue it."""
        if can_be_continued():
            self._stop_soon()
        else:
            toast(self._app, _NOBODY, error=True)

    def _stop_soon(self) -> None:
        if (driver := driver_of(self._app)) is not None:
            stop = self._jobs.stop(partial(self._stop_now, driver.stop_process))
            self._app.run_worker(stop, group="suspend", exclusive=False)

    def _stop_now(self, stop_process: Callable[[], None]) -> None:
        self._app.app_suspend_signal.publish(self._app)
        stop_process()
        self._app.set_timer(REPAINT_S, lambda: self._app.refresh(layout=True))
