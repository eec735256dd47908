"""Panels on the screen, and the keys that move between them."""

from textual.events import AppBlur, AppFocus, Key

from cordage_tui.ui.keys.help import HelpScreen

ALL = {"webhooks", "runs", "prompt", "run"}


PANELS_BY_KEY = {
    60: {"1": {"webhooks"}, "2": {"runs"}, "3": {"prompt"}, "4": {"run"}},
    100: {"1": ALL - {"run"}, "2": ALL - {"run"}, "3": ALL - {"run"}, "4": {"webhooks", "run"}},
    140: dict.fromkeys("1234", ALL),
}
"""Width of the window → the panels on the screen after each key."""


async def test_the_panels_at_each_width(opened):
    """Numbers reach every panel at each width, and the focused panel is on the screen."""
    async with opened() as program:
        for width, panels_by_key in PANELS_BY_KEY.items():
            await program.resizes(width, 40)
            for (key, panels), name in zip(panels_by_key.items(), ("webhooks", "runs", "prompt", "run"), strict=True):
                await program.press(key)
                assert program.panels() == panels, width
                assert program.at() == name, width
                await program.press("escape")


async def test_tab_goes_round(opened):
    """Tab and shift+tab visit all four panels at each width, with the fields of the prompt between them."""
    async with opened() as program:
        for width in PANELS_BY_KEY:
            await program.resizes(width, 40)
            for key in ("tab", "shift+tab"):
                visited = []
                for _ in range(7):
                    await program.press(key)
                    if visited[-1:] != [program.at()]:
                        visited.append(program.at())
                assert set(visited) == ALL, width
                assert program.at() in program.panels(), width


async def test_escape_goes_back_exactly_one_level(opened):
    """Escape leads from a dialog to its panel and from a panel to the runs, where it only clears the filter."""
    async with opened() as program:
        await program.runs("a fox")
        await program.press("escape", "4", "question_mark")
        assert isinstance(program.app.screen, HelpScreen)
        await program.press("escape")
        assert program.at() == "run"
        await program.press("escape")
        assert program.at() == "runs"
        await program.press("slash")
        await program.writes("fox")
        await program.press("enter", "escape")
        assert "· /" not in program.text()
        await program.press("escape", "escape")
        assert program.at() == "runs"
        assert program.app.is_running


async def test_enter_opens_and_escape_closes_a_run_on_a_small_screen(opened):
    """On a small screen the detail replaces the table, and escape returns with the cursor on the same run."""
    async with opened(60) as program:
        await program.runs("a fox")
        await program.press("escape", "enter")
        assert program.panels() == {"run"}
        assert "a fox" in program.text()
        await program.press("escape")
        assert program.panels() == {"runs"}
        assert program.selected.prompt == "a fox"


async def test_a_resize_keeps_the_place(opened):
    """The focused panel stays on the screen and focused through every resize."""
    async with opened(140) as program:
        await program.press("4")
        for width, panels in ((100, {"webhooks", "run"}), (60, {"run"}), (140, ALL)):
            await program.pilot.resize_terminal(width, 40)
            await program.pilot.pause()
            assert (program.at(), program.panels()) == ("run", panels)


async def test_q_goes_back_and_quits_at_the_root(opened):
    """Each `q` goes back one level, and at the runs it quits."""
    async with opened() as program:
        await program.press("4", "q")
        assert program.at() == "runs"
        await program.press("q")
        await program.until(lambda: not program.app.is_running)
        assert program.app.return_code == 0


async def test_the_users_keys_are_in_force(opened):
    """A remapped action has only its new key, and an unsafe key is refused with a message."""
    async with opened(keys={"run.kill": "K", "run.edit": "ctrl+m"}) as program:
        await program.sees("[keys] run.edit")
        await program.runs("a fox")
        await program.press("escape", "x")
        assert "Kill this run?" not in program.text()
        await program.press("K")
        await program.sees("Kill this run?")


async def test_words_name_the_users_keys(opened):
    """Texts on the screen name the keys of the user, and not the default keys."""
    async with opened(keys={"panel.prompt": "f9", "panel.runs": "ctrl+o"}) as program:
        await program.sees("No runs yet. f9 takes you to the prompt.")
        await program.sees("ctrl+o go to the runs")


async def test_the_first_key_in_a_window_that_is_looked_at_again_counts(opened) -> None:
    """The first escape after the window gets the focus back leaves the prompt, also if the terminal does not report the
    focus."""
    async with opened(120) as program:
        for focus_events in ([AppFocus()], []):
            await program.press("t")
            await program.until(lambda: program.at() == "prompt")
            program.app.post_message(AppBlur())
            await program.until(lambda: program.main.focused is None)
            for event in (*focus_events, Key("escape", None)):
                program.app.post_message(event)
            await program.until(lambda: program.at() == "runs")
