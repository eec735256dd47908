"""Themes of the user in config.toml: colours by name, and errors with their line."""

from dataclasses import fields
from pathlib import Path

import pytest
from textual.theme import Theme

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings, load
from cordage_tui.config.themes import COLORS, MEANINGS, RESERVED
from cordage_tui.ui.theme import AUTO, DEFAULTS


@pytest.fixture
def config(tmp_path: Path):
    def read(text: str) -> Settings:
        (tmp_path / "config.toml").write_text(text)
        return load(Paths.under(tmp_path), tmp_path / "config.toml")

    return read


def test_a_theme_is_read(config) -> None:
    settings = config(
        '[themes.night]\nprimary = "#e0a458"\nrun-bad = "#f00"\n[themes.day-2]\nprimary = "#000"\ndark = false\n'
    )
    night, day = settings.themes["night"], settings.themes["day-2"]
    assert night.dark is None and night.colors == {"primary": "#e0a458", "run-bad": "#f00"}
    assert day.dark is False and settings.warnings == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[themes.night]\nprimary = "ember"', ":2: themes.night.primary must be a colour."),
        ('[themes.night]\nprimary = "#e0a45"', ":2: themes.night.primary must be a colour."),
        ("[themes.night]\nprimary = 7", ":2: themes.night.primary should be text in quotes"),
        ('\n[themes.night]\naccent = "#fff"', ":2: themes.night has no primary colour."),
        ('[themes.auto]\nprimary = "#fff"', ":1: themes.auto is not a name for a theme."),
        ('[themes."a b"]\nprimary = "#fff"', "is not a name for a theme."),
        ("[themes]\nnight = 1", ":2: themes.night should be a table: [themes.night]"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(config, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        config(text)
    assert message in error.value.what


def test_an_unknown_colour_is_named_with_the_nearest_one(config) -> None:
    settings = config('[themes.night]\nprimary = "#e0a458"\nbackgroud = "#000"')
    (warning,) = settings.warnings
    assert ":3: themes.night.backgroud is not a setting and is ignored. Did you mean 'background'?" in warning


def test_the_names_are_those_of_the_screen() -> None:
    """Textual's that are colours, and ours."""
    other_fields = {"name", "dark", "luminosity_spread", "text_alpha", "variables", "ansi"}
    assert set(COLORS) == {field.name for field in fields(Theme)} - other_fields
    assert set(MEANINGS) == set(DEFAULTS) and RESERVED == AUTO
