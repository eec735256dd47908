"""Our two themes, and the colours that every other theme lends to our meanings."""

from typing import Final

from textual.theme import Theme

DARK: Final = Theme(
    name="cordage",
    dark=True,
    primary="#d9a95b",
    secondary="#8fa3bf",
    accent="#d9a95b",
    foreground="#dcd9d2",
    background="#131418",
    surface="#191b20",
    panel="#22252c",
    success="#7fc48d",
    warning="#e8d45a",
    error="#f07f7f",
    variables={
        "run-active": "#79aefc",
        "run-done": "#7fc48d",
        "run-bad": "#f07f7f",
        "run-wait": "#e8d45a",
        "run-past": "#8a8d96",
        "quiet": "#8a8d96",
        "edge": "#3b3f49",
        "cursor-row": "#262a32",
    },
)
LIGHT: Final = Theme(
    name="cordage-light",
    dark=False,
    primary="#8a5a12",
    secondary="#4a5a70",
    accent="#8a5a12",
    foreground="#24231f",
    background="#f7f5f0",
    surface="#f1eee7",
    panel="#e6e2d8",
    success="#22702f",
    warning="#7a5c00",
    error="#b3261e",
    variables={
        "run-active": "#1f5fbf",
        "run-done": "#22702f",
        "run-bad": "#b3261e",
        "run-wait": "#7a5c00",
        "run-past": "#6a675f",
        "quiet": "#6a675f",
        "edge": "#c9c4b6",
        "cursor-row": "#e6e2d8",
    },
)
OWN: Final = (DARK, LIGHT)

DEFAULTS: Final = {
    "run-active": "primary",
    "run-done": "success",
    "run-bad": "error",
    "run-wait": "warning",
    "run-past": "foreground-muted",
    "quiet": "foreground-muted",
    "edge": "panel",
    "cursor-row": "boost",
}
"""Our variables in terms of Textual's, for its built-in themes."""
