"""Contrast and completeness of the themes."""

import pytest
from textual.app import ComposeResult
from textual.color import Color
from textual.containers import Vertical
from textual.theme import BUILTIN_THEMES, Theme
from textual.widgets import Input

from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.theme import ANSI_DARK, ANSI_LIGHT, LEGIBLE, OWN, contrast, derive_variables, legible

WRITTEN = ("foreground", "accent", "quiet", "run-active", "run-done", "run-bad", "run-wait", "run-past")
COLOURED = [theme for theme in BUILTIN_THEMES.values() if not theme.ansi]
ANSI = [theme for theme in BUILTIN_THEMES.values() if theme.ansi]


def variables_of(theme: Theme) -> dict[str, str]:
    """Return all variables of the theme."""
    variables = theme.to_color_system().generate() | theme.variables
    return variables | derive_variables(theme, variables)


def ratio(variables: dict[str, str], text: str, ground: str) -> float:
    """Return the contrast of two variables."""
    return contrast(Color.parse(variables[text]), Color.parse(variables[ground]))


@pytest.mark.parametrize("theme", OWN, ids=lambda t: t.name)
@pytest.mark.parametrize("ground", ["background", "surface", "panel", "cursor-row"])
@pytest.mark.parametrize("text", WRITTEN)
def test_our_text_reads_on_every_ground(theme: Theme, text: str, ground: str) -> None:
    """Each text colour of our themes has a contrast of 4.5 or more on each background."""
    assert ratio(variables_of(theme), text, ground) >= LEGIBLE


@pytest.mark.parametrize("theme", COLOURED, ids=lambda t: t.name)
def test_lent_text_reads_on_every_ground(theme: Theme) -> None:
    """Textual's themes give text colours that are readable on our backgrounds."""
    variables = variables_of(theme)
    ratios = {(t, g): ratio(variables, t, g) for t in WRITTEN for g in ("background", "surface", "cursor-row")}
    assert min(ratios.values()) >= LEGIBLE, ratios


@pytest.mark.parametrize("theme", [*OWN, *COLOURED], ids=lambda t: t.name)
def test_the_cursor_row_shows(theme: Theme) -> None:
    """The cursor row is opaque and differs from the background."""
    variables = variables_of(theme)
    assert Color.parse(variables["cursor-row"]).a == 1
    assert ratio(variables, "cursor-row", "background") >= 1.12


@pytest.mark.parametrize("theme", OWN, ids=lambda t: t.name)
@pytest.mark.parametrize("status", ["run-active", "run-done", "run-bad", "run-wait"])
def test_no_status_can_be_taken_for_the_accent(theme: Theme, status: str) -> None:
    """Every status colour clearly differs from the accent colour."""
    accent, other = Color.parse(theme.accent or ""), Color.parse(theme.variables[status])
    assert sum(abs(a - b) for a, b in zip(accent.rgb, other.rgb, strict=True)) >= 60


@pytest.mark.parametrize("theme", ANSI, ids=lambda t: t.name)
def test_nothing_is_written_in_the_colour_of_the_cursor_row(theme: Theme) -> None:
    """In the colours of the terminal no text has the colour of the cursor row."""
    variables = variables_of(theme)
    ours = ANSI_DARK if theme.dark else ANSI_LIGHT
    written = {variables[name] for name in ours if name not in ("edge", "cursor-row")}
    assert variables["cursor-row"] not in written | {variables["background"], "transparent", "ansi_default"}


def test_what_a_theme_names_itself_is_kept() -> None:
    """A variable that a theme sets itself is kept."""
    theme = Theme("x", primary="#336699", variables={"cursor-row": "#123456"})
    assert variables_of(theme)["cursor-row"] == "#123456"


@pytest.mark.parametrize(
    ("first_colour", "second_colour", "expected"),
    [("#000", "#fff", 21.0), ("#777777", "#fff", 4.48), ("red", "red", 1.0)],
)
def test_contrast_is_wcags(first_colour: str, second_colour: str, expected: float) -> None:
    """The contrast equals the examples of WCAG."""
    assert contrast(Color.parse(first_colour), Color.parse(second_colour)) == pytest.approx(expected, abs=0.01)


def test_legible_leaves_alone_what_reads_already() -> None:
    """A readable colour is unchanged, and another one is moved to the nearer pole."""
    black = Color.parse("#000000")
    assert legible(Color.parse("#ffffff"), [black]) == Color.parse("#ffffff")
    assert contrast(legible(Color.parse("#222244"), [black]), black) >= LEGIBLE


class Everything(BaseApp):
    """App with a panel and a field."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel"):
            yield Input(compact=True)


async def test_every_theme_can_be_used() -> None:
    """Our stylesheet can be parsed with the variables of every theme."""
    app = Everything()
    async with app.run_test(size=(40, 12)) as pilot:
        for name in app.available_themes:
            app.theme = name
            await pilot.pause()
            assert "cursor-row" in app.get_css_variables()


async def test_without_colour_the_app_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR the app is drawn in grey."""
    monkeypatch.setenv("NO_COLOR", "1")
    app = Everything()
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        colours = [
            s.style.color.get_truecolor()
            for line in app.screen._compositor.render_strips()
            for s in line
            if s.style and s.style.color
        ]
        assert colours and all(c.red == c.green == c.blue for c in colours)
