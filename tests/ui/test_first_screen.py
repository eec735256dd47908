"""Modules that the first screen loads: importing one costs start-up time."""

import subprocess
import sys
from pathlib import Path

MOST = 150
"""Modules of ours, without the empty ones of packages."""
CODE = """
import asyncio, sys
from pathlib import Path
from cordage_tui.config.credentials import FoundKey
from cordage_tui.config.launch_options import LaunchOptions
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings
from cordage_tui.domain.clock import SystemClock
from cordage_tui.domain.secret import Secret
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.store.store import Store
from cordage_tui.ui.app import CordageApp

async def main() -> None:
    paths, clock = Paths.under(Path(sys.argv[1])), SystemClock()
    profile = Profile("studio", "http://127.0.0.1:9/api/webhooks", (Webhook("wh_abc123xyz", "Sunset"),))
    key = FoundKey(Secret("cordage_x"), SafeText("CORDAGE_API_KEY"))
    store = Store.open(paths.database, clock)
    async with CordageApp(LaunchOptions(paths, Settings((profile,)), profile, key), store, clock).run_test() as pilot:
        await pilot.pause()
        print(*(name for name, module in sys.modules.items() if name.startswith("cordage_tui.") and not hasattr(module, "__path__")))
    store.close()

asyncio.run(main())
"""


def test_the_first_screen_loads_few_modules(tmp_path: Path) -> None:
    """Screens, dialogs and actions that it does without are imported at their first use."""
    run = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = run.stdout.split()
    assert "cordage_tui.ui.main.screen" in loaded and "cordage_tui.engine.polling.poller" in loaded
    lazy = ("ui.dialogs.", "ui.viewer.", "ui.contact_sheet.", "ui.compare.", "ui.limits.", "ui.queue.screen", "ui.quit")
    assert [name for name in loaded if name.removeprefix("cordage_tui.").startswith(lazy)] == []
    assert len(loaded) <= MOST
