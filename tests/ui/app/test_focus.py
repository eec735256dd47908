"""Nothing takes the keys from somebody who types: whatever the program finds out by itself, it says on a line."""

import asyncio
import os
from pathlib import Path

from cordage_tui.config.profiles import KeySource
from cordage_tui.config.settings import load
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.ui.dialogs.connect import ApiKeyDialog
from cordage_tui.ui.main.screen import MainScreen
from cordage_tui.ui.main.welcome import Welcome


def _open_profile(program) -> str | None:
    """The name of the profile whose runs are on screen."""
    screen = program.app.screen
    return screen.engine.profile.name if isinstance(screen, MainScreen) else None


async def test_a_refused_key_takes_nothing_from_whoever_types(opened):
    """What is typed goes on going into the prompt, Enter writes it down as held, and a line names the key that helps."""
    async with opened(100, 30) as program:
        await program.press("t")
        await program.writes("a fox")
        program.world.api_keys.clear()
        await program.reads()
        await program.sees("API key rejected. f2 enters a new key.")
        await program.writes(" by night")
        assert isinstance(program.app.screen, MainScreen) and program.at() == "prompt"
        await program.press("enter")
        await program.until(lambda: program.rows() == {"a fox by night": "held"})
        await program.sees("API key rejected: 1 prompt is held. f2 enters a new key.")
        assert program.posts == []


async def test_f2_enters_a_new_key_from_every_panel(opened):
    """Also while typing; where the key is not refused, it does nothing."""
    async with opened(150, 40) as program:
        await program.press("f2")
        assert isinstance(program.app.screen, MainScreen)
        good = program.served.api_key
        program.world.api_keys.clear()
        await program.reads()
        for panel in ("1", "2", "4"):
            await program.press(panel)
            await program.sees("f2 enters a new key.")
            await program.press("f2")
            await program.until(lambda: isinstance(program.app.screen, ApiKeyDialog))
            await program.press("escape")
        await program.press("t", "f2")
        await program.until(lambda: isinstance(program.app.screen, ApiKeyDialog))
        await program.pastes("cordage_wrong")
        await program.press("enter")
        await program.sees("API key rejected (401)")
        assert isinstance(program.app.screen, ApiKeyDialog)
        program.world.api_keys.add(good)
        await program.press("ctrl+u")
        await program.pastes(good)
        await program.press("enter")
        await program.sees("● live")
        assert "The key is refused" not in program.text()


async def test_while_a_profile_is_being_opened_keys_go_nowhere(opened, tmp_path: Path):
    """Its key may take seconds to come: until then no key acts on a screen that is about to go, and escape stays here."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    other = Profile("evening", "https://set-by-the-test.example", (Webhook("wh_evening01", "Dusk"),))
    slow = {"evening": KeySource(command=("cat", str(pipe)))}
    async with opened(others=[other], key_sources=slow) as program:
        await program.press("t")
        await program.writes("half a prompt")
        await program.press("escape", "P")
        await program.writes("even")
        await program.press("enter")
        await program.sees("Opening evening…")
        await program.press("t", "x", "enter")
        await program.press("escape")
        assert program.main.engine.profile.name == "studio" and program.at() == "runs"
        await asyncio.to_thread(pipe.write_text, "cordage_other")
        await program.press("P")
        await program.writes("even")
        await program.press("enter", "t", "x")
        await asyncio.to_thread(pipe.write_text, "cordage_other")
        await program.until(lambda: _open_profile(program) == "evening" and program.at() != "nowhere")
        assert program.at() == "runs" and program.posts == []
        await program.press("P")
        await program.writes("stud")
        await program.press("enter")
        await program.until(lambda: _open_profile(program) == "studio")
        assert program.widget("prompt").inputs()["prompt"] == "half a prompt"


async def test_connecting_does_not_open_over_whoever_went_on(opened):
    """The first screen was left during its test: what came of it is told, and the screen stays that is being used."""
    async with opened(webhooks=1) as program:
        good, key = program.served.api_key, program.world.webhooks[0].key
        for wanted, words in (("wh_nowhere", "Webhook not found"), (key, "Saved as profile")):
            program.world.faults.add(Call.LIST, Fault(FaultKind.DELAY, seconds=1.0), count=None)
            await program.press("escape", ":")
            await program.writes("Connect a work")
            await program.press("enter")
            await program.until(lambda: isinstance(program.app.screen, Welcome))
            for text in (good, wanted, "Sunset"):
                await program.press("tab")
                await program.pastes(text)
            await program.press("enter")
            await program.sees("Testing the connection…")
            await program.press("escape", "t")
            await program.writes("typed")
            await program.sees(words)
            assert isinstance(program.app.screen, MainScreen) and program.at() == "prompt"
        assert [w.name for w in load(program.paths).profiles[0].webhooks] == ["Sunset"]
