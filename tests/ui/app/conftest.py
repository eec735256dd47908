"""The whole app over a Cordage on the same loop, controlled by keys and read from the screen."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, thread_time, time
from typing import Any

import pytest
from textual._compositor import LayoutUpdate
from textual.events import Paste
from textual.geometry import Region
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from cordage_tui.config.key_lookup import FoundKey
from cordage_tui.config.launch_options import LaunchOptions
from cordage_tui.config.paths import Paths
from cordage_tui.config.profiles import KeySource
from cordage_tui.config.settings import ImageSettings, NotificationSettings, Settings
from cordage_tui.config.user_programs import UserCommand
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.run import RunRow
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.theme import ThemeColors
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.simulator.server import RunningServer, serve
from cordage_tui.simulator.world import Options, SimRun, SimulatedWorkspace, plain_world
from cordage_tui.store.runs import filtered_rows
from cordage_tui.store.store import Store
from cordage_tui.ui.app import CordageApp
from cordage_tui.ui.main.screen import MainScreen
from cordage_tui.ui.main.sidebar import Sidebar
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.run_detail.pane import RunDetailPane
from cordage_tui.ui.run_table.table import RunTable

PATIENCE_S = 10.0
PAUSE_S = 0.04
"""A person's pause: keys less than 30 ms apart are taken for a paste."""
PANELS = {"webhooks": Sidebar, "runs": RunTable, "prompt": PromptPanel, "run": RunDetailPane}


class Hand(SystemClock):
    """Clock of the server and the app: real time plus seconds added by hand, as if the machine had slept."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def wall(self) -> float:
        return time() + self.ahead_s

    def boot(self) -> float:
        return super().boot() + self.ahead_s


@dataclass
class Program:
    """The app with the actions of a person, the text on its screen, and the server behind it."""

    app: CordageApp
    pilot: Pilot[int]
    served: RunningServer
    paths: Paths
    clock: Hand
    frames: int = 0
    """Drawn so far: between two, nothing changes on the screen."""
    _pressed: tuple[int, float] = (0, 0.0)
    """How many keys and pastes the app had heard after the last key of `press`, and when that was, in monotonic seconds."""

    def __post_init__(self) -> None:
        display = self.app._display

        def count(screen: Screen[Any], renderable: Any) -> None:
            self.frames += 1
            display(screen, renderable)

        self.app._display = count  # type: ignore[method-assign]

    @property
    def world(self) -> SimulatedWorkspace:
        return self.served.world

    @property
    def main(self) -> MainScreen:
        main_screen = next(screen for screen in self.app.screen_stack if isinstance(screen, MainScreen))
        assert isinstance(main_screen, MainScreen)
        return main_screen

    @property
    def posts(self) -> list[str]:
        """Paths of all triggers and kills that reached the server."""
        return [exchange.path for exchange in self.served.log if exchange.method == "POST"]

    def widget(self, panel: str) -> Any:
        return self.main.query_one(PANELS[panel])

    def panels(self) -> set[str]:
        """Return the names of the panels on the screen."""
        return {name for name in PANELS if _is_shown(self.widget(name))}

    def at(self) -> str:
        """Return the name of the focused panel."""
        focused = self.main.focused
        inside = focused.ancestors_with_self if focused else ()
        return next((name for name in PANELS if self.widget(name) in inside), "nowhere")

    def rows(self) -> dict[str, str]:
        """Return prompt → name of the status, from the top of the table."""
        return {row.prompt: row.status_name for row in self.table.shown}

    @property
    def table(self) -> RunTable:
        return self.main.query_one(RunTable)

    @property
    def selected(self) -> RunRow:
        row = self.table.highlighted
        assert row is not None
        return row

    def text(self) -> str:
        """Return the lines on the screen, with those below a dialog, as `App.export_screenshot` composes them."""
        drawn = self.app.screen._compositor.render_update(full=True, screen_stack=self.app._background_screens)
        assert isinstance(drawn, LayoutUpdate)
        return "\n".join("".join(strip.text for strip in line).rstrip() for line in drawn.strips)

    def top(self) -> str:
        """Return the first line, at a tenth of the cost of all."""
        compositor = self.app.screen._compositor
        line = compositor._render_chops(Region(0, 0, compositor.size.width, 1), lambda y: y == 0)[0]
        return "".join(strip.text for strip in line.values())

    async def until(self, holds: Callable[[], Any]) -> None:
        """Wait until `holds` returns a true value.

        Raises AssertionError with the screen if it never does.
        """
        end = time() + PATIENCE_S
        while True:
            begin = thread_time()
            if holds():
                return
            assert time() < end, f"never came true; on screen:\n{self.text()}"
            # To look costs up to 10 ms of the processor, which the tests beside this one need as well.
            await self.pilot.pause(max(0.01, 4 * (thread_time() - begin)))

    async def sees(self, text: str, where: Callable[[], str] | None = None) -> None:
        """Wait until the text is on the screen, or in the text that `where` returns."""
        looked_at, look = (-1, 0), where or self.text

        def is_drawn() -> bool:
            """Look after each frame, and four times per second."""
            nonlocal looked_at
            before, looked_at = looked_at, (self.frames, int(time() * 4))
            return before != looked_at and text in look()

        await self.until(is_drawn)

    async def resizes(self, width: int, height: int) -> None:
        """Change the size of the terminal, and wait until the screen fits it."""
        await self.pilot.resize_terminal(width, height)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press the keys one after the other, with a person's pauses."""
        for key in keys:
            await self.pilot.pause(self._rest_of_the_pause())
            await self.pilot.press(key)
            self._pressed = (self.app.key_order.heard, monotonic())
        await self.pilot.pause()

    def _rest_of_the_pause(self) -> float:
        """Return the rest of a person's pause, in seconds: a whole pause after other input than that of `press`."""
        heard, pressed_at = self._pressed
        return max(0.0, pressed_at + PAUSE_S - monotonic()) if heard == self.app.key_order.heard else PAUSE_S

    async def writes(self, text: str) -> None:
        """Type the text quickly, with a pause after it."""
        await self.pilot.press(*(NAMES.get(letter, letter) for letter in text))
        await self.pilot.pause(PAUSE_S)

    async def pastes(self, text: str) -> None:
        """Paste the text at once, with a pause after it."""
        self.app.post_message(Paste(text))
        await self.pilot.pause(PAUSE_S)

    async def runs(self, prompt: str) -> None:
        """Type the prompt in its panel, press Enter, and wait until the server has accepted it."""
        await self.press("t" if self.at() != "prompt" else "end")
        await self.pastes(prompt)
        before = len(self.posts)
        await self.press("enter")
        await self.until(lambda: len(self.posts) > before and self.rows().get(prompt) in {"running", "pending"})

    async def starts_elsewhere(self, *prompts: str, webhook: int = 0) -> list[SimRun]:
        """Start runs as somebody else, each one second after the last run, and read them together."""
        runs = []
        for prompt in prompts:
            self.clock.ahead_s += 1
            runs.append(self.world.trigger(self.world.webhooks[webhook].key, {"prompt": prompt}))
        await self.reads()
        return runs

    async def passes(self, seconds: float) -> None:
        """Let time pass at the server, and read its runs."""
        self.clock.ahead_s += seconds
        await self.reads()

    async def reads(self) -> None:
        await self.main.engine.refresh(None)
        await self.pilot.pause()


NAMES = {" ": "space", "/": "slash", ":": "colon", "_": "underscore", "\n": "ctrl+j", ".": "full_stop", "-": "minus"}


def _is_shown(widget: Widget) -> bool:
    return all(node.display for node in widget.ancestors_with_self if isinstance(node, Widget)) and bool(widget.region)


Opened = Callable[..., AbstractAsyncContextManager[Program]]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """`async with opened(width, height, …) as program`: the app at its first answer, runs taking 60 s of the world's time.

    `inputs`: what each webhook declares. `profile` changes fields of the profile, `configured=False` starts on the welcome screen; `tells_prompts`: the
        server's lists have the inputs of runs.
    """

    @asynccontextmanager
    async def start(
        width: int = 140,
        height: int = 40,
        *,
        webhooks: int = 2,
        configured: bool = True,
        others: Sequence[Profile] = (),
        keys: dict[str, str] | None = None,
        tells_prompts: bool = False,
        pictures: ImageSettings | None = None,
        key_sources: dict[str, KeySource] | None = None,
        theme: str | None = None,
        themes: dict[str, ThemeColors] | None = None,
        inputs: dict[str, Any] | None = None,
        commands: Sequence[UserCommand] = (),
        **profile: Any,
    ) -> AsyncIterator[Program]:
        clock, paths = Hand(), Paths.under(tmp_path)
        served = await serve(
            plain_world(clock.wall, webhooks=webhooks, seconds=60.0, options=Options(echo_inputs=tells_prompts))
        )
        mine = Profile(
            "studio",
            served.base_url,
            tuple(Webhook(w.key, w.name, inputs or {"style": ["anime", "noir"]}) for w in served.world.webhooks),
        )
        mine = replace(mine, **profile)
        settings = Settings(
            (mine, *(replace(p, base_url=served.base_url) for p in others)) if configured else (),
            notices=NotificationSettings(bell=False, terminal=False, title=False),
            keys=keys or {},
            pictures=pictures or ImageSettings(),
            base_url=served.base_url,
            key_sources=key_sources or {},
            theme=theme,
            themes=themes or {},
            commands=tuple(commands),
        )
        key = FoundKey(Secret(served.api_key), SafeText("CORDAGE_API_KEY"))
        launch = LaunchOptions(paths, settings, mine, key) if configured else LaunchOptions(paths, settings, None, None)
        store = Store.open(paths.database, clock)
        app = CordageApp(launch, store, clock)
        try:
            async with app.run_test(size=(width, height), notifications=True) as pilot:
                program = Program(app, pilot, served, paths, clock)
                if configured:
                    await program.sees("● live", program.top)
                yield program
        finally:
            store.close()
            await served.close()
            await asyncio.sleep(0)

    return start


@pytest.fixture
def held_searches(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Return an event; filters find the rows of their first slice, and the others once the event is set."""
    released, search = threading.Event(), filtered_rows.SlicedSearch.slices

    def held(self, database, columns):
        slices = search(self, database, columns)
        first, is_last = next(slices)
        yield first, is_last and released.is_set()
        while not released.wait(0.005):
            yield [], False
        yield from ([([], True)] if is_last else slices)

    monkeypatch.setattr(filtered_rows.SlicedSearch, "slices", held)
    return released
