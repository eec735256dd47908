from collections.abc import Callable

from textual.app import App

from cordage_tui.ui.keys.footer import hints
from cordage_tui.ui.keys.help import HelpScreen, drawn, panel_title


async def test_help_tells_every_key_that_works_here(keyed: Callable[[], App[int]]) -> None:
    """All active actions stand in it under their headings with their sentences, markup in them inert."""
    app = keyed()
    async with app.run_test(size=(100, 40)) as pilot:
        found = hints(app.screen)
        shown = drawn(found, 60).plain
        assert all(hint.tooltip in shown or len(hint.tooltip) > 42 for hint in found)
        assert "One [/x] down." in shown
        assert "Move" in shown and "Everywhere" in shown
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)


async def test_help_names_the_panel(keyed: Callable[[], App[int]]) -> None:
    """Its title is the title of the panel in focus, as plain text."""
    app = keyed()
    async with app.run_test(size=(100, 40)):
        assert panel_title(app.screen) == "Runs · [b]All"


async def test_help_in_a_text_field_leaves_out_typed_keys(keyed: Callable[[], App[int]]) -> None:
    """F1 works while typing, and what it shows works too."""
    app = keyed()
    async with app.run_test(size=(100, 40)) as pilot:
        app.screen.query_one("#text").focus()
        await pilot.pause()
        assert "run.kill" not in [hint.id for hint in hints(app.screen)]
        await pilot.press("f1")
        assert isinstance(app.screen, HelpScreen)


async def test_every_key_people_try_closes_it(keyed: Callable[[], App[int]]) -> None:
    """Escape, q, ?, F1 and Enter lead back."""
    app = keyed()
    async with app.run_test(size=(40, 12)) as pilot:
        for key in ("escape", "q", "question_mark", "f1", "enter"):
            await pilot.press("question_mark")
            assert isinstance(app.screen, HelpScreen), key
            await pilot.press("j", "pagedown", "k", key)
            assert not isinstance(app.screen, HelpScreen), key


async def test_it_survives_any_width(keyed: Callable[[], App[int]]) -> None:
    """Down to one cell it draws something."""
    app = keyed()
    async with app.run_test(size=(40, 12)):
        found = hints(app.screen)
    for width in range(1, 90):
        assert drawn(found, width).plain
