"""The focus stays with a user who types: the program reports its own news on a line, and never by a dialog."""

import asyncio
import os
from pathlib import Path

import pyte
from rich.console import Console
from textual._compositor import CompositorUpdate

from cordage_tui.config.profiles import KeySource
from cordage_tui.config.settings import load
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.ui.dialogs.connect import ApiKeyDialog
from cordage_tui.ui.dialogs.run_again import AgainDialog
from cordage_tui.ui.main.screen import MainScreen
from cordage_tui.ui.main.welcome import Welcome
from cordage_tui.ui.terminal.frames import TerminalCells

CONSOLE = Console(color_system="truecolor", force_terminal=True)


class Glass:
    """Terminal that shows the frames that were written, and counts their characters."""

    def __init__(self, app) -> None:
        self.app, self.written = app, 0
        self.screen = self.blank()
        cells, display = TerminalCells(), app._display

        def show(screen, update) -> None:
            if isinstance(update, CompositorUpdate) and (changes := cells.changes(update, app.size, CONSOLE)):
                self.written += self.put(changes, self.screen)
            display(screen, update)

        app._display = show

    def blank(self) -> pyte.Screen:
        return pyte.Screen(self.app.size.width, self.app.size.height + 1)  # the last line feed would scroll

    def put(self, update, screen: pyte.Screen) -> int:
        frame = update.render_segments(CONSOLE)
        pyte.Stream(screen).feed(frame)
        return len(frame)

    async def rests(self) -> None:
        """Wait until nothing has been written for a while."""
        before = -1
        while before != self.written:
            before = self.written
            await asyncio.sleep(0.2)

    def is_whole(self) -> bool:
        """Return whether a frame of all cells would show the same."""
        top, fresh = self.app.screen, self.blank()
        self.put(top._compositor.render_update(full=True, screen_stack=self.app._background_screens), fresh)
        return cells(self.screen) == cells(fresh)


def cells(screen: pyte.Screen) -> list[tuple[object, ...]]:
    """Return text and colours of all cells; of a blank only the background."""
    buffer_cells = [screen.buffer[y][x] for y in range(screen.lines) for x in range(screen.columns)]
    return [(c.data, c.bg, *((c.fg, c.bold, c.underscore) if c.data != " " else ())) for c in buffer_cells]


async def test_a_change_of_focus_writes_what_it_changes_and_no_more(opened):
    """A change of focus writes only the cells that change, and the result equals a whole frame."""
    async with opened(120, 36) as program:
        await program.runs("a fox")
        await program.press("escape")
        glass = Glass(program.app)
        program.app.screen.refresh()
        await program.until(glass.is_whole)
        whole, written_by_key = glass.written, {}
        for key in ("1", "2", "4", "2", "t", "tab", "escape", "A", "tab", "shift+tab"):
            glass.written = 0
            await program.press(key)
            if key == "A":
                await program.until(lambda: isinstance(program.app.screen, AgainDialog) and program.app.screen.focused)
                await glass.rests()
            await program.until(glass.is_whole)
            written_by_key[key] = glass.written
        assert written_by_key["A"] < 1.5 * whole  # a dialog is drawn once when it opens
        assert whole > 5_000 and max(written_by_key["tab"], written_by_key["shift+tab"]) < whole / 10
        assert max(written_by_key["1"], written_by_key["4"]) < whole


async def test_under_a_dialog_a_clock_that_ticks_writes_no_whole_screen(opened):
    """A clock below a dialog is updated cell by cell, and not with a whole frame."""
    async with opened(120, 36) as program:
        await program.runs("a fox")
        await program.press("escape", "A")
        await program.until(lambda: isinstance(program.app.screen, AgainDialog) and program.app.screen.focused)
        glass = Glass(program.app)
        program.app.screen.refresh()
        await program.until(glass.is_whole)
        whole = glass.written
        await glass.rests()
        for seconds in (5, 6, 7):
            before, glass.written = cells(glass.screen), 0
            await program.passes(seconds)
            await program.until(lambda before=before: glass.is_whole() and cells(glass.screen) != before)
            assert glass.written < whole / 3


def _open_profile(program) -> str | None:
    """Return the name of the profile whose runs are on the screen."""
    screen = program.app.screen
    return screen.engine.profile.name if isinstance(screen, MainScreen) else None


async def test_a_refused_key_does_not_interrupt_typing(opened):
    """After the key is refused, typed text still reaches the prompt, Enter holds it, and a line names `f2`."""
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
    """`f2` opens the dialog for a new key from every panel and while typing, but only if the key is refused."""
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
    """While a profile is being opened no key acts, and escape cancels the opening."""
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


async def test_a_connection_test_that_ends_late_does_not_take_the_screen(opened):
    """If the user leaves the first screen during its test, a line reports the result and the current screen stays."""
    async with opened(webhooks=1) as program:
        good, key = program.served.api_key, program.world.webhooks[0].key
        for webhook_key, result in (("wh_nowhere", "Webhook not found"), (key, "Saved as profile")):
            program.world.faults.add(Call.LIST, Fault(FaultKind.DELAY, seconds=1.0), count=None)
            await program.press("escape", ":")
            await program.writes("Connect a work")
            await program.press("enter")
            await program.until(lambda: isinstance(program.app.screen, Welcome))
            for text in (good, webhook_key, "Sunset"):
                await program.press("tab")
                await program.pastes(text)
            await program.press("enter")
            await program.sees("Testing the connection…")
            await program.press("escape", "t")
            await program.writes("typed")
            await program.sees(result)
            assert isinstance(program.app.screen, MainScreen) and program.at() == "prompt"
        assert [w.name for w in load(program.paths).profiles[0].webhooks] == ["Sunset"]
