from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import walk_packages

from textual.app import App
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

import cordage_tui.ui
from cordage_tui.ui.keys.footer import _screen_title, hints
from cordage_tui.ui.keys.help import TWO_COLUMNS, HelpScreen, drawn, matching, panel_title


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
    for width in range(1, 140):
        assert drawn(found, width).plain


async def test_two_columns_have_the_same_lines_as_one(keyed: Callable[[], App[int]]) -> None:
    """Where there is room they stand side by side, no line wider than the page and the columns nearly as long."""
    app = keyed()
    async with app.run_test(size=(120, 40)):
        found = hints(app.screen)
    for width in range(TWO_COLUMNS, 130):
        lines = drawn(found, width).plain.split("\n")
        half = (width - 3) // 2
        left, right = [line[:half].rstrip() for line in lines], [line[half + 3 :].rstrip() for line in lines]
        one = drawn(found, half).plain.split("\n")
        assert sorted(filter(None, left + right)) == sorted(line.rstrip() for line in one if line.strip())
        assert all(len(line) <= width for line in lines)
    assert len(drawn(found, TWO_COLUMNS).plain.split("\n")) < 0.7 * len(drawn(found, TWO_COLUMNS - 1).plain.split("\n"))


async def test_a_slash_narrows_it_to_what_is_typed(keyed: Callable[[], App[int]]) -> None:
    """By words of the sentences in any order, by a heading, by a key; escape shows all again, and then closes."""
    app = keyed()
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("question_mark", "slash", *"run copy")
        await pilot.pause()
        shown = app.screen.query_one("#keys", Static).content.plain
        assert "Copy this run's id" in shown and "Kill this run" not in shown
        await pilot.press("enter", "j", "G", "g")
        assert app.screen.query_one("#keys", Static).content.plain == shown
        await pilot.press("escape")
        await pilot.pause()
        assert "Kill this run" in app.screen.query_one("#keys", Static).content.plain
        await pilot.press("escape")
        assert not isinstance(app.screen, HelpScreen)


async def test_what_no_key_does_is_said(keyed: Callable[[], App[int]]) -> None:
    """With the key of the palette, which knows all panels; keys that close the page are text while they are typed."""
    app = keyed()
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("question_mark", "slash", *"qqq?")
        await pilot.pause()
        assert (
            app.screen.query_one("#keys", Static).content.plain
            == "No key of this panel does that. : finds the commands of all panels."
        )


async def test_a_key_is_found_by_itself(keyed: Callable[[], App[int]]) -> None:
    app = keyed()
    async with app.run_test(size=(100, 40)):
        found = hints(app.screen)
    assert [hint.id for hint in matching(found, "x") if hint.keys == ("x",)] == ["run.kill"]
    assert [hint.id for hint in matching(found, "shift+tab")] == ["panel.previous"]


async def test_the_ends_of_a_long_page_have_keys(keyed: Callable[[], App[int]]) -> None:
    """`G` and `g`, as in every list."""
    app = keyed()
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        card = app.screen.query_one(VerticalScroll)
        await pilot.press("G")
        await pilot.pause()
        assert card.scroll_y == card.max_scroll_y > 0
        await pilot.press("g")
        await pilot.pause()
        assert card.scroll_y == 0


def test_no_heading_is_the_name_of_a_class() -> None:
    """Keys that a screen has around its panels stand under its title, else under a heading in plain words."""
    for module in walk_packages(cordage_tui.ui.__path__, "cordage_tui.ui."):
        import_module(module.name)
    screens = [node for node in _below(Screen) if node.__module__.startswith("cordage_tui.")]
    assert len(screens) > 20
    for screen in screens:
        heading = screen.BINDING_GROUP_TITLE or _screen_title(screen.__new__(screen))
        assert (heading != screen.__name__ and " " in heading) or heading.istitle() or heading.isalpha(), heading


def _below(of: type) -> Iterator[type]:
    for one in of.__subclasses__():
        yield one
        yield from _below(one)
