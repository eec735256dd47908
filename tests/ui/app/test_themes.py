"""Themes of the user, the theme that follows the terminal, and the message for an unknown theme."""

from textual.color import Color

from cordage_tui.domain.theme import ThemeColors
from cordage_tui.ui.keys.palette import theme_commands
from cordage_tui.ui.theme import DARK, LIGHT

NIGHT = ThemeColors(None, {"primary": "#ff8800", "background": "#100010", "run-bad": "#ff0000", "edge": "#123456"})
DAY = ThemeColors(None, {"primary": "#884400", "background": "#fffff0"})


async def test_the_users_themes_are_used_and_offered(opened) -> None:
    """A user's theme gets fitting colours for missing entries, and the list shows each theme under the cursor."""
    async with opened(120, 36, theme="night", themes={"night": NIGHT, "day": DAY}) as program:
        variables = program.app.get_css_variables()
        assert variables["run-bad"] == "#ff0000" and variables["edge"] == "#123456"
        assert program.app.screen.styles.background == Color.parse("#100010")
        assert program.app.current_theme.dark
        await program.press("T")
        offered = [command.title for command in theme_commands(program.app, print)]
        assert offered[:5] == ["auto", "cordage", "cordage-light", "day", "night"]
        await program.writes("day")
        await program.until(lambda: program.app.screen_stack[0].styles.background == Color.parse("#fffff0"))
        assert not program.app.current_theme.dark
        await program.press("enter")
        assert program.app.theme == "day"


async def test_auto_changes_with_the_terminal(opened) -> None:
    """`auto` is dark until the terminal reports its background, and only `auto` follows the terminal."""
    async with opened(120, 36, theme="auto") as program:
        ground = program.app.screen.styles
        assert ground.background == Color.parse(DARK.background or "")
        program.app.show_background(dark=False)
        await program.until(lambda: ground.background == Color.parse(LIGHT.background or ""))
        await program.press("T")
        assert "light or dark as the terminal is, in use" in program.text()
        await program.press("down", "enter")
        await program.until(lambda: ground.background == Color.parse(DARK.background or ""))
        program.app.show_background(dark=True)
        program.app.show_background(dark=False)
        await program.pilot.pause()
        assert ground.background == Color.parse(DARK.background or "")


async def test_a_theme_that_does_not_exist_is_named_with_the_nearest_one(opened) -> None:
    """An unknown theme shows a message with the nearest name, and the default theme is used."""
    async with opened(120, 36, theme="nrod") as program:
        await program.sees("there is no theme")
        toasts = [notice.message for notice in program.app._notifications]
        assert toasts == ["[ui] theme: there is no theme 'nrod'. Did you mean 'nord'?"]
        assert program.app.theme == "cordage"


async def test_the_list_of_themes_may_be_narrowed_from_its_end(opened) -> None:
    """A query typed at the end of the list of themes finds its theme."""
    async with opened(80, 24, theme="tokyo-night") as program:
        await program.press("T", *["down"] * 3)
        await program.writes("nord")
        await program.sees("nord")
        await program.press("enter")
        assert program.app.theme == "nord"
