"""Random keys on every screen: the app never crashes, and escape leads back."""

import os
import random

import pytest
from textual.events import Resize
from textual.geometry import Size
from textual.widgets import Input

from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.ui.keys.palette import CommandList, command_palette
from cordage_tui.ui.main.screen import MainScreen

SEEDS = [int(seed) for seed in os.environ.get("CORDAGE_KEY_SEEDS", "1 2 3").split()]
"""Long form: `CORDAGE_KEY_SEEDS="$(seq -s' ' 200)" pytest tests/ui/app/test_random_keys.py`."""
KEYS = 150
OPENERS = (
    "w",
    "L",
    "%",
    "&",
    "!",
    "s",
    "equals_sign",
    "P",
    "T",
    "question_mark",
    "colon",
    "slash",
    "B",
    "c",
    "t",
    "1",
    "a",
    "R",
    "X",
    "4",
    "v",
    "A",
)
"""What leads to another screen, panel or dialog from the runs."""
KEYBOARD = (
    *"abcdefghijklmnoprstuvwxyzABCDEFGHIJKLMNOPRSTUVWXYZ0123456789", *("enter", "escape", "tab", "shift+tab") * 6,
    *("up", "down", "left", "right", "pageup", "pagedown", "home", "end", "space", "backspace", "delete") * 2,
    "slash", "colon", "question_mark", "left_square_bracket", "right_square_bracket", "greater_than_sign", "less_than_sign", "plus", "underscore", "equals_sign",
    "asterisk", "f1", "f2", "f7", "ctrl+a", "ctrl+d", "ctrl+j", "ctrl+k", "ctrl+l", "ctrl+n", "ctrl+p", "ctrl+r", "alt+n", "alt+p", "ctrl+t",
    "ctrl+u", "ctrl+w", "ctrl+x", "ctrl+y", "alt+up", "alt+down", "alt+enter", "shift+up", "shift+left",
)  # fmt: skip
"""Nearly every key that does not end the program, put it to sleep or start another."""
SIZES = (Size(80, 24), Size(120, 36), Size(40, 12), Size(20, 5), Size(200, 50))


@pytest.mark.parametrize("seed", SEEDS)
async def test_no_key_at_any_screen_crashes(opened, monkeypatch, seed: int) -> None:
    """Random keys, pastes and resizes never crash the app, while runs come, the key is refused and the queue is
    paused."""
    monkeypatch.setattr("cordage_tui.ui.external.opener.opener", lambda *where: None)
    monkeypatch.setattr("cordage_tui.ui.quit.QuitFlow.request_quit", lambda flow: None)
    monkeypatch.setenv("VISUAL", "true")
    rng = random.Random(seed)
    other = Profile("evening", "https://set-by-the-test.example", (Webhook("wh_evening01", "Dusk"),))
    async with opened(120, 36, others=[other], tells_prompts=True) as program:
        key = program.served.api_key
        program.app.clip._ways = lambda: ()
        for n in range(12):
            program.world.trigger(program.world.webhooks[n % 2].key, {"prompt": f"fox {n}", "style": "anime"})
            program.clock.ahead_s += 1
        await program.passes(5)
        for n in range(KEYS):
            if rng.random() < 0.03:
                await _happens(program, rng, key)
            if rng.random() < 0.02:
                size = rng.choice(SIZES)
                program.app.post_message(Resize(size, size))
            at_runs = isinstance(program.app.screen, MainScreen) and program.at() == "runs"
            pressed = rng.choice(OPENERS if at_runs and rng.random() < 0.5 else KEYBOARD)
            await program.pilot.press(pressed)
            if n % 10 == 0:
                await program.pilot.pause()
                program.text()
            if (
                any(not isinstance(screen, MainScreen) for screen in program.app.screen_stack[1:])
                and rng.random() < 0.05
            ):
                await _goes_back(program)
        program.world.api_keys.add(key)
        await _goes_back(program)
        assert isinstance(program.app.screen, MainScreen)
    assert program.app.return_code in (None, 0)


async def _happens(program, rng: random.Random, key: str) -> None:
    """Cause a random event that no key of the user asked for."""
    match rng.randrange(5):
        case 0:
            program.world.api_keys.symmetric_difference_update({key})
        case 1:
            program.clock.ahead_s += rng.choice([1, 60, 4000])
        case 2:
            program.world.trigger(rng.choice(program.world.webhooks).key, {"prompt": "elsewhere"})
        case 3:
            await program.pastes(rng.choice(["a\nb\nc", "x" * 20_000, "{red|blue} fox", "[/b]\x1b[2J"]))
        case 4:
            queue = program.app._workspace.engine.queue
            queue.resume() if queue.control().paused else queue.pause()


async def _goes_back(program) -> None:
    """Press escape until the runs have the focus, at most twelve times."""
    for _ in range(12):
        if isinstance(program.app.screen, MainScreen) and program.at() == "runs":
            return
        await program.press("escape")


async def test_a_pasted_escape_sequence_is_inert_in_every_field(opened) -> None:
    """A pasted escape sequence is shown in palette, filter and forms, and never reaches the terminal."""
    async with opened() as program:
        for where in ("colon", "slash", "P", "B"):
            await program.press(where)
            await program.pastes("fox\x1b]0;owned\x07\x9b2J")
            field = program.app.screen.query(Input).first()
            assert field.value.startswith("fox") and not set(field.value) & {"\x1b", "\x07", "\x9b"}, where
            strips = program.app.screen._compositor.render_strips()
            assert not any("\x1b" in segment.text for strip in strips for segment in strip), where
            await _goes_back(program)


async def test_a_page_key_before_the_palette_is_laid_out_does_nothing(opened) -> None:
    """A page key that comes before the first frame of the palette does nothing."""
    async with opened() as program:
        for key in ("pagedown", "pageup", "home", "end"):
            program.app.push_screen(palette := command_palette(program.app))
            await program.until(lambda shown=palette: shown.is_mounted and len(shown.query(CommandList)) == 1)
            listed = palette.query_one(CommandList)
            assert listed.size.height == 0 or listed.count
            palette.action_half(1)
            palette.action_half(-1)
            await program.press(key, "escape")
            await program.until(lambda: isinstance(program.app.screen, MainScreen))
