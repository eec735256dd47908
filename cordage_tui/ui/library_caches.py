"""Caches of Rich and Textual, made smaller: at their own size they keep tens of megabytes of what was drawn in the last hours.

A screen has a few hundred styles and pieces of text; every run that is looked at brings some of its own, for instance the
link of each output, which are never seen again.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from rich.segment import Segment
from textual.strip import Strip
from textual.style import Style

ENTRIES: Final = 512
"""Entries of each cache; of 16,384 and 4,096 in Rich 15 and Textual 8."""
_CACHES: Final[tuple[tuple[type, str], ...]] = ((Segment, "_split_cells"), (Strip, "render_ansi"), (Style, "__add__"))


def shrink_caches() -> None:
    """Shrink the caches of pieces of text, of what a style is written as, and of styles laid over others."""
    for owner, name in _CACHES:
        method = owner.__dict__[name]
        cached: Any = getattr(method, "__func__", method)
        if cached.cache_info().maxsize > ENTRIES:
            smaller: Callable[..., Any] = lru_cache(ENTRIES)(cached.__wrapped__)
            setattr(owner, name, classmethod(smaller) if isinstance(method, classmethod) else smaller)
