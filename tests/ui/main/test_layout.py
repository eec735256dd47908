"""Sizes of the four panels: from the screen, the names, the written text, and the user's choices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.ui.main.layout import (
    HUGE,
    LEAST,
    MEDIUM,
    WIDE,
    Panel,
    PanelChoices,
    PanelZoom,
    on_screen,
    prompt_height,
    run_width,
    sidebar_width,
    width_class,
)

NAMES = 19
"""Cells in which `Product shots` and a figure of three digits are whole."""


@given(st.integers(1, 400), st.integers(1, 120), st.sampled_from(Panel), st.sampled_from(PanelZoom))
def test_the_focused_panel_is_always_on_screen(width: int, height: int, at: Panel, zoom: PanelZoom) -> None:
    """The focused panel is visible at any size, alone in a full zoom, and a half zoom shows no more than none."""
    visible_panels = on_screen(width, height, at, zoom)
    assert at in visible_panels
    assert zoom is not PanelZoom.FULL or visible_panels == {at}
    assert on_screen(width, height, at, PanelZoom.HALF) <= on_screen(width, height, at)


@pytest.mark.parametrize(
    ("at", "half"),
    [
        (Panel.WEBHOOKS, {Panel.WEBHOOKS, Panel.RUNS, Panel.PROMPT}),
        (Panel.RUNS, {Panel.RUNS, Panel.RUN}),
        (Panel.PROMPT, {Panel.RUNS, Panel.PROMPT, Panel.RUN}),
        (Panel.RUN, {Panel.RUNS, Panel.PROMPT, Panel.RUN}),
    ],
)
def test_a_half_zoom_keeps_what_is_needed_beside(at: Panel, half: set[Panel]) -> None:
    """A half zoom keeps the runs, and shows the run next to the panels that lead to it."""
    assert on_screen(160, 50, at, PanelZoom.HALF) == half


@pytest.mark.parametrize(
    ("width", "sidebar", "run", "middle"), [(120, 21, 30, 69), (140, 21, 43, 76), (160, 29, 59, 72), (200, 29, 74, 97), (300, 29, 111, 160)]
)  # fmt: skip
def test_columns_go_where_the_eyes_are(width: int, sidebar: int, run: int, middle: int) -> None:
    """Names are whole, the run has a quarter of 120 columns and over a third from 160 on, the table the rest."""
    assert (sidebar_width(width, NAMES), run_width(width)) == (sidebar, run)
    assert width - sidebar - run == middle


@given(st.integers(HUGE, 400))
def test_from_160_columns_the_run_has_more_than_a_third(width: int) -> None:
    """From 160 columns on the run has 35 to 40 % of the width, because it shows the pictures."""
    assert 0.35 <= run_width(width) / width <= 0.40


@given(st.integers(MEDIUM, 400), st.integers(0, 70))
def test_the_sidebar_fits_its_names_up_to_a_limit(width: int, names: int) -> None:
    """The sidebar is as wide as its names need, up to a limit, and the table has the rest."""
    cells = sidebar_width(width, names)
    assert 17 <= cells <= 34
    assert cells <= max(17, names + 2 + 8)
    assert width < WIDE or cells >= min(names + 2, 21)


@given(st.integers(WIDE, 400), st.integers(0, 500), st.integers(0, 500))
def test_no_choice_takes_the_room_of_the_table(width: int, sidebar: int, run: int) -> None:
    """However far a border is moved, each panel keeps its least width, and a possible choice is kept."""
    for panel, cells in ((Panel.WEBHOOKS, sidebar_width(width, NAMES, sidebar)), (Panel.RUN, run_width(width, run))):
        assert LEAST[panel] <= cells <= width - LEAST[Panel.RUNS]
    assert not 24 <= run <= width - 52 or run_width(width, run) == run


@pytest.mark.parametrize(
    ("width", "height", "rows", "cells"),
    [(120, 36, 1, 3), (120, 36, 3, 5), (120, 36, 40, 10), (80, 24, 40, 8), (200, 50, 40, 14), (80, 12, 40, 6), (80, 4, 1, 3)],
)  # fmt: skip
def test_the_prompt_grows_with_what_is_written(width: int, height: int, rows: int, cells: int) -> None:
    """The prompt grows with its lines up to a limit, and on a low screen the table keeps half."""
    assert prompt_height(width, height, rows) == cells


def test_a_chosen_height_holds_while_something_is_written() -> None:
    """A chosen height applies to a written prompt, and an empty one without focus is still one line."""
    assert prompt_height(120, 36, 5, 20) == 20
    assert prompt_height(120, 36, 1, 20) == 3
    assert prompt_height(120, 36, 5, 99) == 31


def test_choices_are_kept_as_they_were() -> None:
    """Stored choices are read back equal, and an invalid stored text means no choices."""
    choices = PanelChoices()
    choices.sizes[Panel.RUN] = 70
    choices.zooms[Panel.RUNS] = PanelZoom.HALF
    again = PanelChoices(choices.stored())
    assert (again.sizes, again.zooms) == (choices.sizes, choices.zooms)
    for text in (
        None,
        "",
        "[]",
        "{",
        '{"sizes": {"run": "x"}}',
        '{"sizes": {"attic": 3}}',
        '{"zooms": {"run": 9}}',
        '{"sizes": 3}',
    ):
        assert PanelChoices(text).zooms == {}


def test_each_class_of_width_has_its_own_choices() -> None:
    """Choices belong to a class of width, so that a laptop and a large screen have their own."""
    assert [width_class(width) for width in (40, 79, 80, 119, 120, 159, 160, 300)] == [
        *("-small", "-small", "-medium", "-medium", "-wide", "-wide", "-huge", "-huge"),
    ]
