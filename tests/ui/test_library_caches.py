"""Caches of Rich and Textual for drawn lines are limited to a few screens of content."""

import gc
from weakref import ref

import pytest
from rich import cells
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual import content
from textual._styles_cache import StylesCache
from textual.color import Color
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.style import Style
from textual.widgets import Static

from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.images.half_blocks import BlockStrip
from cordage_tui.ui.textual_patches.caches import ENTRIES, shrink_caches


@pytest.mark.parametrize(
    "cached",
    [
        *("Segment._split_cells", "Strip.render_ansi", "Style.__add__", "Region.intersection"),
        *("cells.cached_cell_len", "content.cell_len"),
    ],
)
def test_no_cache_of_what_is_drawn_grows_with_the_runs_looked_at(cached: str) -> None:
    """No cache of drawn text grows beyond its limit, although each link is a style and each prompt a text of its
    own."""
    shrink_caches()
    for n in range(3 * ENTRIES):
        styled = Style(link=f"https://a.example/{n}") + Style(bold=True)
        left, right = Segment(f"{n} 狐狸", styled.rich_style).split_cells(2)
        Strip([left, right]).render_ansi(styled.rich_style, 3)  # type: ignore[arg-type]
        assert Content(f"{n} 狐狸").cell_length == len(f"{n}") + 5
        assert Region(n, 0, 9, 9).intersection(Region(n + 3, 0, 9, 9)) == Region(n + 3, 0, 6, 9)
    assert (left.text + right.text).endswith("狐狸")
    owner, name = cached.split(".")
    owners = {"Segment": Segment, "Strip": Strip, "Style": Style, "Region": Region, "cells": cells, "content": content}
    assert getattr(owners[owner], name).cache_info().currsize == ENTRIES


async def test_lines_are_copied_by_no_filter_but_for_dim_text() -> None:
    """A line filter returns segments unchanged, except for dim text, which gets the colour that Textual mixes."""
    async with BaseApp().run_test() as pilot:
        plain, dim = Segment("a fox", RichStyle.parse("#a0a0a0 on #000000")), RichStyle.parse("dim #a0a0a0 on #000000")
        (ours,) = pilot.app.get_line_filters()
        assert ours.apply([plain], Color(0, 0, 0))[0] is plain
        mixed = ours.apply([plain, Segment("b", dim)], Color(0, 0, 0))[1].style
        assert mixed is not None and not mixed.dim and mixed.color is not None and mixed.color.name == "#696969"


@pytest.mark.parametrize("cuts", [[5], [5, 9], [2, 5]])
def test_a_line_that_was_drawn_goes_without_the_garbage_collector(cuts: list[int]) -> None:
    """A drawn line is freed without the garbage collector, because a screen of half blocks takes megabytes."""
    shrink_caches()
    line = BlockStrip([Segment("a fox")])
    weak_line = ref(line)
    assert "".join(piece.text for piece in line.divide(cuts)) == "a fox"
    gc.disable()
    try:
        del line
        assert weak_line() is None
    finally:
        gc.enable()


class Leaf(Static):
    """Widget that the test counts."""


async def test_no_widget_stays_for_the_sake_of_a_cache() -> None:
    """No cache keeps a removed widget alive with its lines or colours."""
    async with BaseApp().run_test() as pilot:
        await pilot.pause()
        before = _styles_caches()
        for _ in range(6):
            await pilot.app.screen.mount_all(Leaf("a fox") for _ in range(20))
            await pilot.pause()
            await pilot.app.screen.remove_children(Leaf)
        await pilot.pause()
        assert _styles_caches() <= before + 20


def _styles_caches() -> int:
    """Return the number of style caches that are alive."""
    gc.collect()
    return sum(isinstance(each, StylesCache) for each in gc.get_objects())
