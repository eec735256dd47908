"""Themes, and the contrast of their colours."""

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from rich.segment import Segment
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from textual.color import BLACK, WHITE, Color
from textual.filter import ANSIToTruecolor
from textual.theme import BUILTIN_THEMES, Theme

from cordage_tui.config.errors import suggest
from cordage_tui.domain.safe_text import SafeText, one_line

if TYPE_CHECKING:
    from cordage_tui.domain.theme import ThemeColors

# Legibility of one colour on another (WCAG 2.2, success criterion 1.4.3).

LEGIBLE: Final = 4.5
"""Least contrast ratio for text."""
_STEPS: Final = 20


def contrast(colour: Color, other: Color) -> float:
    """Return the contrast ratio of two opaque colours, from 1 (same) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(colour), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def legible(colour: Color, grounds: Iterable[Color]) -> Color:
    """Return `colour`, moved towards white or black until it is legible on all of `grounds`, and no further."""
    grounds = tuple(grounds)
    lightest = min(grounds, key=lambda ground: contrast(WHITE, ground))
    pole = WHITE if contrast(WHITE, lightest) >= contrast(BLACK, min(grounds, key=_luminance)) else BLACK
    steps = (colour.blend(pole, step / _STEPS, 1) for step in range(_STEPS + 1))
    return next((c for c in steps if all(contrast(c, ground) >= LEGIBLE for ground in grounds)), pole)


def _luminance(colour: Color) -> float:
    red, green, blue = (_linear(channel / 255) for channel in colour.rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


# Our two themes, and the mapping of other themes' colours to our variables.

DARK: Final = Theme(
    name="cordage",
    dark=True,
    primary="#e0a458",
    secondary="#8fa3bf",
    accent="#e0a458",
    foreground="#dcd9d2",
    background="#131418",
    surface="#191b20",
    panel="#20232a",
    success="#7fc48d",
    warning="#efe470",
    error="#f07f7f",
    variables={
        "run-active": "#79aefc",
        "run-done": "#7fc48d",
        "run-bad": "#f07f7f",
        "run-wait": "#efe470",
        "run-past": "#989ba4",
        "quiet": "#989ba4",
        "edge": "#3b3f49",
        "cursor-row": "#272b34",
    },
)
LIGHT: Final = Theme(
    name="cordage-light",
    dark=False,
    primary="#99500b",
    secondary="#4a5a70",
    accent="#99500b",
    foreground="#24231f",
    background="#f8f6f1",
    surface="#f1eee7",
    panel="#e9e5dc",
    success="#22702f",
    warning="#656000",
    error="#b3261e",
    variables={
        "run-active": "#1f5fbf",
        "run-done": "#22702f",
        "run-bad": "#b3261e",
        "run-wait": "#656000",
        "run-past": "#635f57",
        "quiet": "#635f57",
        "edge": "#c9c4b6",
        "cursor-row": "#e6e2d8",
    },
)
OWN: Final = (DARK, LIGHT)
SHIPPED: Final = {**BUILTIN_THEMES, **{theme.name: theme for theme in OWN}}
"""Textual's themes and ours, by name."""
AUTO: Final = "auto"
"""Name of the automatic theme: one of our two, by the terminal's background."""


def users_theme(name: str, written: "ThemeColors") -> Theme:
    """Return a theme of the user. Textual and `derive_variables` derive the colours that it leaves out."""
    ground = written.colors.get("background")
    is_dark = written.dark if written.dark is not None else ground is None or Color.parse(ground).brightness < 0.5
    our_variables = {key: color for key, color in written.colors.items() if key in DEFAULTS}
    textual_colours: dict[str, Any] = {key: color for key, color in written.colors.items() if key not in DEFAULTS}
    return Theme(name=name, dark=is_dark, variables=our_variables, **textual_colours)


def unknown_theme(name: str | None, themes: Collection[str]) -> SafeText | None:
    """Return why the theme named in config.toml is not used; None: it exists, or no theme is named."""
    if name is None or name in themes:
        return None
    return one_line(f"[ui] theme: there is no theme {name[:40]!r}.{suggest(name, sorted(themes))}")


DEFAULTS: Final = {
    "run-active": "primary",
    "run-done": "success",
    "run-bad": "error",
    "run-wait": "warning",
    "run-past": "foreground",
    "quiet": "foreground",
    "edge": "foreground",
    "cursor-row": "foreground",
}
"""Our variables in terms of Textual's, for Textual's built-in themes."""

_MIXED: Final = {"run-past": 0.4, "quiet": 0.4, "edge": 0.75, "cursor-row": 0.88}
"""Variables between foreground and background, with the share of the background."""

ANSI_DARK: Final = {
    "run-active": "ansi_bright_blue",
    "run-done": "ansi_bright_green",
    "run-bad": "ansi_bright_red",
    "run-wait": "ansi_bright_yellow",
    "run-past": "ansi_white",
    "quiet": "ansi_white",
    "edge": "ansi_bright_black",
    "cursor-row": "ansi_bright_black",
    "accent": "ansi_bright_cyan",
}
"""Variables for the 16 colours of a dark terminal. Only borders are drawn in the colour of the cursor row."""
ANSI_LIGHT: Final = {
    "run-active": "ansi_blue",
    "run-done": "ansi_green",
    "run-bad": "ansi_red",
    "run-wait": "ansi_magenta",
    "run-past": "ansi_bright_black",
    "quiet": "ansi_bright_black",
    "edge": "ansi_bright_black",
    "cursor-row": "ansi_white",
    "accent": "ansi_blue",
}
"""Variables for the 16 colours of a light terminal. Yellow is not used, because it is not legible on white."""


def derive_variables(theme: Theme, variables: dict[str, str]) -> dict[str, str]:
    """Return our variables for any theme, and those of Textual that would be too bright or illegible in our layout.

    `variables`: those that Textual made from the theme. Variables that the theme sets are kept. All text colours are moved
    until they are legible on every ground, because Textual's themes mean some of them for areas.
    """
    derived = _ansi(theme) if theme.ansi else _mixed(variables)
    derived |= {name: value for name, value in theme.variables.items() if name in DEFAULTS}
    return derived | _scrollbar(derived["edge"], derived["quiet"], variables["background"])


def _ansi(theme: Theme) -> dict[str, str]:
    return dict(ANSI_DARK if theme.dark else ANSI_LIGHT)


def _mixed(variables: dict[str, str]) -> dict[str, str]:
    named = ("foreground", "background", "surface", "accent", *DEFAULTS.values())
    colour = {name: Color.parse(variables[name]) for name in named}
    ground = colour["background"]
    mixed = {name: colour["foreground"].blend(ground, part, 1) for name, part in _MIXED.items()}
    areas = {name: mixed.pop(name).hex for name in ("edge", "cursor-row")}
    grounds = (ground, colour["surface"], Color.parse(areas["cursor-row"]))
    text_colours = {name: colour[name] for name in ("foreground", "accent")}
    text_colours |= {name: colour[textual_name] for name, textual_name in DEFAULTS.items() if name not in areas} | mixed
    return areas | {name: legible(value, grounds).hex for name, value in text_colours.items()}


def _scrollbar(edge: str, quiet: str, ground: str) -> dict[str, str]:
    """Return the colours of a thin quiet thumb on an invisible track."""
    track = {
        f"scrollbar-{part}": ground for part in ("background", "background-hover", "background-active", "corner-color")
    }
    return track | {"scrollbar": edge, "scrollbar-hover": quiet, "scrollbar-active": quiet}


class DimText(ANSIToTruecolor):
    """Filter that mixes the colour of dim text with its background, for terminals that cannot show dim text.

    Textual's filter also replaces the terminal's own colours. Themes that are drawn through a filter do not have them, but
    Textual's filter would copy every line with each cell of a picture, and keep the last thousand styles of pictures.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        has_dim = any(style is not None and style.dim for _, style, _ in segments)
        return super().apply(segments, background) if has_dim else segments


DIM_TEXT: Final = DimText(DEFAULT_TERMINAL_THEME)
"""Filter for all themes. Its replacement colours are not used."""


class Themes:
    """Themes that an app can use: Textual's, ours, the user's, and the automatic one."""

    def __init__(self, users: "Mapping[str, ThemeColors]") -> None:
        """`users`: the user's themes by name."""
        self._users = {name: users_theme(name, colors) for name, colors in users.items()}
        self._automatic = DARK
        """Theme that `AUTO` means in this terminal."""

    @property
    def available(self) -> dict[str, Theme]:
        """Themes by name."""
        return {**SHIPPED, **self._users, AUTO: self._automatic}

    def follow(self, *, dark: bool) -> bool:
        """Set the theme that `AUTO` means, by the terminal's background. Return True if it changes."""
        before, self._automatic = self._automatic, DARK if dark else LIGHT
        return self._automatic is not before
