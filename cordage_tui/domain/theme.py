"""Colours of a theme that the user has written."""

from collections.abc import Mapping

from cordage_tui.domain.base.fast_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ThemeColors:
    """Colours of a theme by their names."""

    dark: bool | None
    """None: as its background is."""
    colors: Mapping[str, str]
    """Name → `#rrggbb` or `#rgb`; `primary` is among them."""
