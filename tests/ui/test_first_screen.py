"""Modules and work up to the first frame: each module, and all work that is done twice, costs start-up time."""

import subprocess
import sys
from pathlib import Path

MOST = 198
"""Modules of ours, without the empty ones of packages."""
LATER = (
    *(
        "api.transport",
        "config.keys_from_programs",
        "engine.downloads.",
        "engine.hooks.hook_runner",
        "engine.images.sheet_export",
        "engine.processes.worker",
    ),
    *("engine.images.pipeline", "engine.images.decoder", "simulator."),
    *(
        "ui.dialogs.",
        "ui.viewer.",
        "ui.contact_sheet.",
        "ui.compare.",
        "ui.rate_limits.",
        "ui.statistics.",
        "ui.keepers.",
        "engine.history.failure_clusters",
        "ui.queue.screen",
        "ui.quit",
    ),
    *(
        "ui.keys.help",
        "ui.keys.keymap",
        "ui.key_scopes",
        "ui.prompt.batch_preview",
        "ui.external.editor",
        "ui.main.batch_previews",
    ),
)
"""Beginnings of modules of ours that it does without."""
OTHERS = {"textual", "rich", "platformdirs", "typing_extensions"}
"""Packages of others that may be loaded; httpx, with all that it brings, comes with `Engine.start`."""
CODE = """
import asyncio, sys
from collections import Counter
from pathlib import Path
before = set(sys.modules)
from cordage_tui.config.key_lookup import FoundKey
from cordage_tui.config.launch_options import LaunchOptions
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.run import RemoteRun, Status
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.store.store import Store
from cordage_tui.ui.app import CordageApp
from cordage_tui.ui.keys import footer
from cordage_tui.ui.main.screen import MainScreen
from cordage_tui.ui.widgets.line_view import LineView
from textual._compositor import LayoutUpdate
from textual.css.stylesheet import Stylesheet
from textual.widget import Widget

loaded, whole, twice, done = [], [], [], Counter()

def count(owner, name, what):
    # until the first frame is drawn, under what `what` makes of its arguments
    function = getattr(owner, name)

    def counted(*arguments, **named):
        if not loaded and (key := what(*arguments)):
            done[key] += 1
        return function(*arguments, **named)

    setattr(owner, name, counted)

count(Stylesheet, "apply", lambda _, node: isinstance(node, Widget) and ("styled", node))
count(LineView, "_strip", lambda view, *_: ("drawn", view))
count(footer, "hints", lambda screen: ("hints", screen))

class App(CordageApp):
    def _display(self, screen, update):
        if isinstance(update, LayoutUpdate):
            whole.append(type(screen).__name__)
        if isinstance(screen, MainScreen) and update is not None and not loaded:
            loaded.extend(name for name, module in sys.modules.items() if name not in before and getattr(module, "__file__", None))
            for (what, node), times in done.items():
                if times > (node.size.height if what == "drawn" else 1):
                    twice.append(f"{what}:{type(node).__name__}")
        super()._display(screen, update)

async def main() -> None:
    paths, clock = Paths.under(Path(sys.argv[1])), SystemClock()
    profile = Profile("studio", "http://127.0.0.1:9/api/webhooks", (Webhook("wh_abc123xyz", "Sunset"),))
    key = FoundKey(Secret("cordage_x"), SafeText("CORDAGE_API_KEY"))
    store = Store.open(paths.database, clock)
    run = RemoteRun("run_1", Status.COMPLETED, SafeText("completed"), clock.wall() - 9, clock.wall())
    store.runs.seed(profile.name, (("wh_abc123xyz", run, {"prompt": "a fox"}),), 1.0)
    async with App(LaunchOptions(paths, Settings((profile,)), profile, key), store, clock).run_test(size=(120, 36)) as pilot:
        await pilot.pause()
    store.close()
    print(*whole)
    print(*twice)
    print(*{what for what, _ in done})
    print(*(name for name in loaded if not sys.modules[name].__file__.endswith("__init__.py") or "." not in name))

asyncio.run(main())
"""


def test_the_first_screen_loads_few_modules(tmp_path: Path) -> None:
    """The first screen imports only what it needs, and styles and draws everything once, except for the focused
    table."""
    run = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    drawn, twice, counted, loaded = (line.split() for line in run.stdout.splitlines())
    assert drawn == ["MainScreen"]
    assert {*counted} == {"styled", "drawn", "hints"}
    assert set(twice) <= {"styled:RunTable", "styled:DiffWidget"}
    ours = [name.removeprefix("cordage_tui.") for name in loaded if name.startswith("cordage_tui.")]
    assert "ui.main.screen" in ours and "engine.polling.poller" in ours
    early = [name for name in ours if name.startswith(LATER)]
    assert not early, early
    assert {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names - OTHERS == {"cordage_tui"}
    assert len(ours) <= MOST
