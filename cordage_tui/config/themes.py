"""Themes of the user: `[themes.NAME]` in config.toml."""

import re
from typing import Final

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.toml_reader import TomlTable
from cordage_tui.domain.theme import ThemeColors

COLORS: Final = (
    *("primary", "secondary", "accent", "foreground", "background", "surface", "panel", "boost"),
    *("success", "warning", "error"),
)
"""Textual's names of a theme's colours; Textual derives missing ones, except the first."""
MEANINGS: Final = ("run-active", "run-done", "run-bad", "run-wait", "run-past", "quiet", "edge", "cursor-row")
"""Our own; missing ones follow from Textual's."""
RESERVED: Final = "auto"
"""Name that a theme may not have: it means the terminal's background."""
_COLOR: Final = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_NAME: Final = re.compile(r"[\w-]{1,40}")


def read_themes(table: TomlTable) -> dict[str, ThemeColors]:
    """Read all themes, by name. Raises ConfigError; unknown colour names give warnings."""
    return {name: _read_theme(table, name) for name in table.names()}


def _read_theme(themes: TomlTable, name: str) -> ThemeColors:
    if not _NAME.fullmatch(name) or name == RESERVED:
        raise ConfigError(
            f"{themes.place(name)} is not a name for a theme.",
            f'Use letters, digits and - in it, and not "{RESERVED}". An example that works: [themes.night]',
        )
    table = themes.table(name)
    colors = {key: color for key in (*COLORS, *MEANINGS) if (color := _read_color(table, key)) is not None}
    dark = table.flag("dark")
    table.finish()
    if "primary" not in colors:
        raise ConfigError(f"{table.place()} has no primary colour.", 'An example that works: primary = "#e0a458"')
    return ThemeColors(dark, colors)


def _read_color(table: TomlTable, key: str) -> str | None:
    text = table.text(key)
    if text is not None and not _COLOR.fullmatch(text):
        raise ConfigError(f"{table.place(key)} must be a colour.", f'An example that works: {key} = "#e0a458"')
    return text
