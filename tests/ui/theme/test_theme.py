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


def worn(theme: Theme) -> dict[str, str]:
    variables = theme.to_color_system().generate() | theme.variables
    return variables | derive_variables(theme, variables)


def ratio(variables: dict[str, str], text: str, ground: str) -> float:
    return contrast(Color.parse(variables[text]), Color.parse(variables[ground]))


@pytest.mark.parametrize("theme", OWN, ids=lambda t: t.name)
@pytest.mark.parametrize("ground", ["background", "surface", "panel", "cursor-row"])
@pytest.mark.parametrize("text", WRITTEN)
def test_our_text_reads_on_every_ground(theme: Theme, text: str, ground: str) -> None:
    """Each colour we write with has a contrast of 4.5 or more on each colour we write on."""
    assert ratio(worn(theme), text, ground) >= LEGIBLE


@pytest.mark.parametrize("theme", COLOURED, ids=lambda t: t.name)
def test_lent_text_reads_on_every_ground(theme: Theme) -> None:
    """Textual's themes lend colours that read where we write, though they were not made for it."""
    variables = worn(theme)
    found = {(t, g): ratio(variables, t, g) for t in WRITTEN for g in ("background", "surface", "cursor-row")}
    assert min(found.values()) >= LEGIBLE, found


@pytest.mark.parametrize("theme", [*OWN, *COLOURED], ids=lambda t: t.name)
def test_the_cursor_row_shows(theme: Theme) -> None:
    """The cursor row is opaque and differs from the background."""
    variables = worn(theme)
    assert Color.parse(variables["cursor-row"]).a == 1
    assert ratio(variables, "cursor-row", "background") >= 1.12


@pytest.mark.parametrize("theme", OWN, ids=lambda t: t.name)
@pytest.mark.parametrize("status", ["run-active", "run-done", "run-bad", "run-wait"])
def test_no_status_can_be_taken_for_the_accent(theme: Theme, status: str) -> None:
    """A status colour is far from rope gold, counted over the three channels."""
    accent, other = Color.parse(theme.accent or ""), Color.parse(theme.variables[status])
    assert sum(abs(a - b) for a, b in zip(accent.rgb, other.rgb, strict=True)) >= 60


@pytest.mark.parametrize("theme", ANSI, ids=lambda t: t.name)
def test_nothing_is_written_in_the_colour_of_the_cursor_row(theme: Theme) -> None:
    """In the terminal's own colours no text vanishes on the cursor row, and the row has a colour of its own."""
    variables = worn(theme)
    ours = ANSI_DARK if theme.dark else ANSI_LIGHT
    written = {variables[name] for name in ours if name not in ("edge", "cursor-row")}
    assert variables["cursor-row"] not in written | {variables["background"], "transparent", "ansi_default"}


def test_what_a_theme_names_itself_is_kept() -> None:
    """A theme that names one of our variables has its way."""
    theme = Theme("x", primary="#336699", variables={"cursor-row": "#123456"})
    assert worn(theme)["cursor-row"] == "#123456"


@pytest.mark.parametrize(
    ("one", "other", "expected"), [("#000", "#fff", 21.0), ("#777777", "#fff", 4.48), ("red", "red", 1.0)]
)
def test_contrast_is_wcags(one: str, other: str, expected: float) -> None:
    """The ratio is the one that WCAG's own examples give."""
    assert contrast(Color.parse(one), Color.parse(other)) == pytest.approx(expected, abs=0.01)


def test_legible_leaves_alone_what_reads_already() -> None:
    """A colour that reads is not touched; one that does not goes to the nearer pole."""
    black = Color.parse("#000000")
    assert legible(Color.parse("#ffffff"), [black]) == Color.parse("#ffffff")
    assert contrast(legible(Color.parse("#222244"), [black]), black) >= LEGIBLE


class Everything(BaseApp):
    def compose(self) -> ComposeResult:
        with Vertical(classes="panel"):
            yield Input(compact=True)


async def test_every_theme_can_be_worn() -> None:
    """Our stylesheet parses with the variables of every theme there is."""
    app = Everything()
    async with app.run_test(size=(40, 12)) as pilot:
        for name in app.available_themes:
            app.theme = name
            await pilot.pause()
            assert "cursor-row" in app.get_css_variables()


async def test_without_colour_the_app_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR turns all to grey and nothing breaks."""
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
