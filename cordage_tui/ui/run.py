"""Opens the app over one store and closes both."""

from cordage_tui.config.launch import Launch
from cordage_tui.domain.clock import SystemClock
from cordage_tui.domain.value import dataclass
from cordage_tui.store.store import Store
from cordage_tui.ui.app import CordageApp


@dataclass(frozen=True, slots=True)
class Ending:
    """How the app ended."""

    code: int
    """Exit code for the shell."""
    crashed: bool = False
    """A bug of ours has ended it."""
    wants_demo: bool = False
    """The user chose *try the demo* on the welcome screen."""


def run(launch: Launch) -> Ending:
    """Blocks until the user leaves. Raises `StoreError` when the database cannot be opened, before any screen."""
    clock = SystemClock()
    store = Store.open(launch.paths.database, clock)
    try:
        if launch.demo is not None and launch.profile is not None:
            store.runs.seed(launch.profile.name, launch.demo.seed)
        app = CordageApp(launch, store, clock)
        app.run(mouse=launch.mouse)
        return Ending(app.return_code or 0, app.crashed, app.wants_demo)
    finally:
        store.close()
