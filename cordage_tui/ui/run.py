"""Opens the app over one store and closes both."""

import signal
from typing import Final

from cordage_tui.config.launch import LaunchOptions
from cordage_tui.domain.clock import SystemClock
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.engine.watchdog import Watchdog
from cordage_tui.store.store import Store
from cordage_tui.ui.app import CordageApp

_ENDINGS: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""Textual handles none of these, and spins when its terminal is gone; ctrl+c is a key in the app, no signal."""


@dataclass(frozen=True, slots=True)
class AppResult:
    """How the app ended."""

    code: int
    """Exit code for the shell."""
    crashed: bool = False
    """A bug of ours has ended it."""
    wants_demo: bool = False
    """The user chose *try the demo* on the welcome screen."""


def run(launch: LaunchOptions) -> AppResult:
    """Blocks until the user leaves. Raises `StoreError` when the database cannot be opened, before any screen."""
    clock = SystemClock()
    with Watchdog(_ENDINGS, descriptors=(0, 1, 2)).attached() as watchdog:
        store = Store.open(launch.paths.database, clock)
        try:
            if launch.demo is not None and launch.profile is not None:
                store.runs.seed(launch.profile.name, launch.demo.seed)
            app = CordageApp(launch, store, clock, watchdog)
            app.run(mouse=launch.mouse)
            return AppResult(watchdog.code or app.return_code or 0, app.crashed, app.wants_demo)
        finally:
            store.close()
