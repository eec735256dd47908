"""Caches of Rich and Textual, which keep tens of megabytes of what was drawn in the last hours.

A screen has a few hundred styles and pieces of text, and each run that is looked at brings some that are never seen again.
Without smaller caches 240 runs looked at take 2 MB more, and memory grows by 2.3 MB an hour in place of 1.6 (`tests/bench/day.py
--quick blocks`).
Unnecessary with caches by size upstream, and with docs/dev/upstream/t35.patch and t48.patch.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache, partial
from typing import Any, Final

from rich import cells, segment
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import _segment_tools, content
from textual._styles_cache import StylesCache
from textual.color import Color
from textual.geometry import Region
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

ENTRIES: Final = 512
"""Entries of each cache; of 1,024 to 16,384 in Rich 15 and Textual 8."""
_CACHES: Final[tuple[tuple[Any, str], ...]] = (
    *((Segment, "_split_cells"), (Strip, "render_ansi"), (Style, "__add__"), (cells, "cached_cell_len")),
    *((RichStyle, "_add"), (RichColor, "get_ansi_codes"), (RichColor, "downgrade"), (Color, "from_rich_color")),
    *((segment, "cached_cell_len"), (content, "cell_len"), (_segment_tools, "cell_len")),  # the same by other names
    *((Region, name) for name in ("intersection", "translate", "overlaps", "contains_region", "union", "shrink")),
)

_smaller: Callable[[Callable[..., Any]], Callable[..., Any]] = cache(lru_cache(ENTRIES))
_divide: Final = Strip.divide


def shrink_caches() -> None:
    """Shrink the caches of pieces of text, styles and regions; have the one of widgets' colours keep no widget, and that of
    a line not the line itself (T35, T48)."""
    Strip.divide = divide  # type: ignore[assignment, method-assign]
    for owner, name in _CACHES:
        method = owner.__dict__[name]
        cached: Any = getattr(method, "__func__", method)
        if cached.cache_info().maxsize > ENTRIES:
            smaller = _smaller(cached.__wrapped__)
            setattr(owner, name, classmethod(smaller) if isinstance(method, classmethod) else smaller)
    of_widgets: Any = StylesCache.__dict__["get_inner_outer"]
    if hasattr(of_widgets, "cache_info"):
        by_colours = lru_cache(ENTRIES)(partial(of_widgets.__wrapped__, StylesCache))
        StylesCache.get_inner_outer = lambda _, *colours: by_colours(*colours)  # type: ignore[assignment, method-assign]


def divide(strip: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    """Return the pieces of a line as Textual does, but keep none of a line that is not cut: its piece is the line, which
    only the garbage collector would free (T48). Without it a second contact sheet in half blocks takes 4 MB more."""
    ends = [cut for cut in cuts if cut <= strip.cell_length]
    return [strip] if ends == [strip.cell_length] else _divide(strip, ends)


def forget_regions(widget: Widget) -> None:
    """Forget which regions of a widget are to be drawn: its own `render_line` needs none, and only Textual's empties them.
    Without it three hundred an hour are kept (T40). Unnecessary if the compositor emptied them."""
    widget._dirty_regions.clear()


def forget_lines(widget: Widget) -> None:
    """Forget the lines of a widget that was removed. Without it they wait for the garbage collector, megabytes with pictures
    (T45). Unnecessary if the end of a message loop cleared the `StylesCache`."""
    widget._styles_cache.clear()
