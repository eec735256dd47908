from collections.abc import Callable

from textual.app import App
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import OptionList

from cordage_tui.ui.keys.footer import hints


async def until_listed(pilot: Pilot[int]) -> OptionList:
    for _ in range(200):
        await pilot.pause()
        found = pilot.app.screen.query(OptionList)
        if found and found.first().option_count:
            return found.first()
    raise AssertionError("the palette stayed empty")


async def test_it_offers_what_works_and_no_moves(keyed: Callable[[], App[int]]) -> None:
    """Every action worth a name is in it; moving about is not."""
    app = keyed()
    async with app.run_test(size=(100, 60)) as pilot:
        offered = {hint.id for hint in hints(app.screen) if hint.in_palette}
        await pilot.press("colon")
        assert isinstance(app.screen, CommandPalette)
        listed = await until_listed(pilot)
        assert listed.option_count == len(offered)
        assert {"run.kill", "app.quit", "app.theme", "box.open"} <= offered
        assert not {"box.down", "panel.next", "app.commands"} & offered


async def test_choosing_runs_the_action_on_the_screen_behind(keyed: Callable[[], App[int]]) -> None:
    """Typed `kill` and Enter kills, by the same action as the key."""
    app = keyed()
    async with app.run_test(size=(100, 60)) as pilot:
        await pilot.press("ctrl+p", *"kill")
        await until_listed(pilot)
        await pilot.press("enter")
        for _ in range(50):
            await pilot.pause()
            if app.screen_stack[0].done:
                break
        assert app.screen_stack[0].done == ["kill"]


async def test_a_theme_is_chosen_and_told(keyed: Callable[[], App[int]]) -> None:
    """Choosing a theme wears it and publishes theme_changed_signal, by which the owner keeps it."""
    app = keyed()
    async with app.run_test(size=(100, 60)) as pilot:
        told: list[str] = []
        app.theme_changed_signal.subscribe(app, lambda theme: told.append(theme.name))
        await pilot.press("T", *"dracula")
        await until_listed(pilot)
        await pilot.press("enter")
        for _ in range(50):
            await pilot.pause()
            if told:
                break
        assert (app.theme, told) == ("dracula", ["dracula"])


async def test_its_frame_is_whole(keyed: Callable[[], App[int]]) -> None:
    """The frame lies on the screen with all four sides, and the list inside it, however long the list is."""
    app = keyed()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("colon")
        listed = await until_listed(pilot)
        await pilot.pause()
        frame = app.screen.query_one("#--container").region
        assert app.screen.region.contains_region(frame)
        assert frame.shrink((1, 1, 1, 1)).contains_region(listed.region)
