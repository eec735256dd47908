"""The page of keys."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pkgutil import walk_packages

from textual.app import App
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

import cordage_tui.ui
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.safe_text import one_line
from cordage_tui.ui.keys.footer import ActiveAction, _screen_title, hints
from cordage_tui.ui.keys.help import TWO_COLUMNS, HelpScreen, drawn, matching, panel_title


async def test_help_lists_every_key_that_works_here(keyed: Callable[[], App[int]]) -> None:
    """Help lists all active actions under their headings with their sentences, and draws markup as text."""
    app = keyed()
    async with app.run_test(size=(100, 40)) as pilot:
        all_hints = hints(app.screen)
        help_text = drawn(all_hints, 60).plain
        assert all(hint.tooltip in help_text or len(hint.tooltip) > 42 for hint in all_hints)
        assert "One [/x] down" in help_text
        assert "Move" in help_text and "Everywhere" in help_text
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)


async def test_help_names_the_panel(keyed: Callable[[], App[int]]) -> None:
    """The title of the help is that of the focused panel, as plain text."""
    app = keyed()
    async with app.run_test(size=(100, 40)):
        assert panel_title(app.screen) == "Runs · [b]All"


async def test_help_in_a_text_field_leaves_out_typed_keys(keyed: Callable[[], App[int]]) -> None:
    """F1 opens the help while typing, and it lists only keys that work there."""
    app = keyed()
    async with app.run_test(size=(100, 40)) as pilot:
        app.screen.query_one("#text").focus()
        await pilot.pause()
        assert "run.kill" not in [hint.id for hint in hints(app.screen)]
        await pilot.press("f1")
        assert isinstance(app.screen, HelpScreen)


async def test_every_usual_key_closes_the_help(keyed: Callable[[], App[int]]) -> None:
    """Escape, q, ?, F1 and Enter all close the help."""
    app = keyed()
    async with app.run_test(size=(40, 12)) as pilot:
        for key in ("escape", "q", "question_mark", "f1", "enter"):
            await pilot.press("question_mark")
            assert isinstance(app.screen, HelpScreen), key
            await pilot.press("j", "pagedown", "k", key)
            assert not isinstance(app.screen, HelpScreen), key


async def test_the_help_is_drawn_at_any_width(keyed: Callable[[], App[int]]) -> None:
    """The help draws text at any width down to one cell."""
    app = keyed()
    async with app.run_test(size=(40, 12)):
        all_hints = hints(app.screen)
    for width in range(1, 140):
        assert drawn(all_hints, width).plain


async def test_two_columns_have_the_same_lines_as_one(keyed: Callable[[], App[int]]) -> None:
    """A wide page has two columns of about the same length with all lines, and no line is too wide.

    However many keys a heading has, a column has at most four lines more than half of the page.
    """
    app = keyed()
    async with app.run_test(size=(120, 40)):
        all_hints = hints(app.screen)
    longest = Counter(hint.section for hint in all_hints).most_common(1)[0][0]
    more = [replace(all_hints[0], section=longest, tooltip=one_line(f"Do {number} more")) for number in range(30)]
    for page in (all_hints, (*all_hints, *more[:1]), (*all_hints, *more)):
        _assert_two_columns(page)


def _assert_two_columns(all_hints: Sequence[ActiveAction]) -> None:
    for width in range(TWO_COLUMNS, 130):
        lines = drawn(all_hints, width).plain.split("\n")
        half = (width - 3) // 2
        left, right = [line[:half].rstrip() for line in lines], [line[half + 3 :].rstrip() for line in lines]
        single_column = drawn(all_hints, half).plain.split("\n")
        assert sorted(filter(None, left + right)) == sorted(line.rstrip() for line in single_column if line.strip())
        assert all(len(line) <= width for line in lines)
        assert len(lines) <= len(single_column) / 2 + 4


async def test_a_search_narrows_the_help(keyed: Callable[[], App[int]]) -> None:
    """`/` finds keys by words in any order, heading or key; the first escape shows all, the second closes."""
    app = keyed()
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("question_mark", "slash", *"run copy")
        await pilot.pause()
        matches = app.screen.query_one("#keys", Static).content.plain
        assert "Copy this run's id" in matches and "Kill this run" not in matches
        await pilot.press("enter", "j", "G", "g")
        assert app.screen.query_one("#keys", Static).content.plain == matches
        await pilot.press("escape")
        await pilot.pause()
        assert "Kill this run" in app.screen.query_one("#keys", Static).content.plain
        await pilot.press("escape")
        assert not isinstance(app.screen, HelpScreen)


async def test_a_search_without_a_match_names_the_palette(keyed: Callable[[], App[int]]) -> None:
    """A search without a match names the key of the palette."""
    app = keyed()
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("question_mark", "slash", *"qqq?")
        await pilot.pause()
        assert (
            app.screen.query_one("#keys", Static).content.plain
            == "No key of this panel does that. : finds the commands of all panels."
        )


async def test_a_search_for_a_key_finds_its_action(keyed: Callable[[], App[int]]) -> None:
    """The name of a key finds the action that it runs."""
    app = keyed()
    async with app.run_test(size=(100, 40)):
        all_hints = hints(app.screen)
    assert [hint.id for hint in matching(all_hints, "x") if hint.keys == ("x",)] == ["run.kill"]
    assert [hint.id for hint in matching(all_hints, "shift+tab")] == ["panel.previous"]


async def test_the_ends_of_a_long_page_have_keys(keyed: Callable[[], App[int]]) -> None:
    """`G` goes to the end of the page and `g` to its top."""
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
    """Every screen has a heading in plain words for its keys."""
    for module in walk_packages(cordage_tui.ui.__path__, "cordage_tui.ui."):
        import_module(module.name)
    screens = [node for node in _below(Screen) if node.__module__.startswith("cordage_tui.")]
    assert len(screens) > 20
    for screen in screens:
        heading = screen.BINDING_GROUP_TITLE or _screen_title(screen.__new__(screen))
        assert (heading != screen.__name__ and " " in heading) or heading.istitle() or heading.isalpha(), heading


def _below(of: type) -> Iterator[type]:
    for cls in of.__subclasses__():
        yield cls
        yield from _below(cls)
