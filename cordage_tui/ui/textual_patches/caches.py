"""Caches of Rich and Textual. They keep tens of megabytes of texts and styles from the last hours.

A screen has a few hundred styles and pieces of text. Each shown run adds some that are never used again.
Without smaller caches, 240 shown runs take 2 MB more, and memory grows by 2.3 MB an hour instead of 1.6
(`tests/bench/day.py --quick blocks`).
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
"""Entries of each cache. In Rich 15 and Textual 8 they have 1,024 to 16,384."""
_CACHES: Final[tuple[tuple[Any, str], ...]] = (
    *((Segment, "_split_cells"), (Strip, "render_ansi"), (Style, "__add__"), (cells, "cached_cell_len")),
    *((RichStyle, "_add"), (RichColor, "get_ansi_codes"), (RichColor, "downgrade"), (Color, "from_rich_color")),
    *(
        (segment, "cached_cell_len"),
        (content, "cell_len"),
        (_segment_tools, "cell_len"),
    ),  # the same function under other names
    *((Region, name) for name in ("intersection", "translate", "overlaps", "contains_region", "union", "shrink")),
)

_smaller: Callable[[Callable[..., Any]], Callable[..., Any]] = cache(lru_cache(ENTRIES))
_divide: Final = Strip.divide


def shrink_caches() -> None:
    """Shrink the caches of pieces of text, styles and regions.

    Also change two caches: the cache of widgets' colours must not keep widgets, and the cache of a line must not keep the
    line itself (T35, T48).
    """
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
    """Return the pieces of a line as Textual does, but do not cache the piece of a line that is not cut.

    That piece is the line itself, so only the garbage collector would free it (T48). Without this, a second contact sheet
    in half blocks takes 4 MB more.
    """
    ends = [cut for cut in cuts if cut <= strip.cell_length]
    return [strip] if ends == [strip.cell_length] else _divide(strip, ends)


def forget_regions(widget: Widget) -> None:
    """Forget the regions of a widget that must be drawn.

    The widget's own `render_line` does not need them, and only Textual's `render_line` empties them. Without it, three
    hundred an hour are kept (T40). Unnecessary if the compositor emptied them.
    """
    widget._dirty_regions.clear()


def forget_lines(widget: Widget) -> None:
    """Forget the lines of a removed widget. Without it, they stay in memory until the garbage collector runs; with pictures
    these are megabytes (T45). Unnecessary if the end of a message loop cleared the `StylesCache`."""
    widget._styles_cache.clear()
