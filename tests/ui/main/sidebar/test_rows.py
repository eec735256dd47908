"""The lines of the sidebar."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.ui.main.sidebar import SidebarRow, ViewRow, choice_at, draw_rows, figure, line_of
from cordage_tui.ui.widgets.status_signs import HEALTH_LABELS

Row = Callable[..., SidebarRow]


@pytest.mark.parametrize(
    ("values", "width", "line"),
    [
        ({"total": 31}, 22, "  Sunset            31"),
        ({"total": 31, "active": 2}, 22, "  Sunset        ●2  31"),
        ({"total": 31, "active": 2, "waiting": 1}, 22, "  Sunset     ◌1 ●2  31"),
        ({"total": 31, "health": HealthStatus.GONE}, 22, "  Sunset    ∅ gone  31"),
        ({"total": 31, "active": 2, "health": HealthStatus.REFUSED}, 18, "  Sunset  ✖ ●2  31"),
        ({"total": 31}, 12, "  Sunset  31"),
        ({"total": 31, "active": 2}, 14, "  Sunset ●2 31"),
        ({"total": 31, "active": 2}, 12, " ●Sunset  31"),
        ({"total": 31, "waiting": 2}, 12, " ◌Sunset  31"),
        ({"total": 31, "active": 2, "health": HealthStatus.GONE}, 12, " ∅Sunset  31"),
    ],
)
def test_a_row_shows_what_fits_its_width(row: Row, values: dict[str, Any], width: int, line: str) -> None:
    """The total is always at the right, and a narrow row has the most important sign before the name."""
    rows = [row("All", total=40), row("Sunset", **values)]
    assert draw_rows(rows, width, 0)[1].plain == line


@pytest.mark.parametrize("width", [12, 14, 16, 18, 19, 22, 32])
def test_no_total_is_lost_while_runs_are_active(row: Row, width: int) -> None:
    """Each row ends with its total, and its name stays in place whatever the state of its runs."""
    names = {"All": 196, "Product shots": 21, "Video loop": 15}
    idle = draw_rows([row(name, total=total) for name, total in names.items()], width, 0)
    for health in (HealthStatus.LIVE, HealthStatus.LIMITED):
        busy = [row(name, total=total, active=4, waiting=2, health=health) for name, total in names.items()]
        for total, before, line in zip(names.values(), idle, draw_rows(busy, width, 0), strict=False):
            assert line.plain.endswith(f" {total}") and line.cell_length == width
            assert line.plain[2:].startswith(before.plain[2:].removesuffix(str(total)).rstrip())
            assert "●" in line.plain or "◌" in line.plain or HEALTH_LABELS[health].sign in line.plain


def test_totals_stand_right_aligned(row: Row) -> None:
    """Totals of different length end in the same cell."""
    first, second, *_ = draw_rows([row("All", total=1243), row("Video", total=2)], 24, 0)
    assert first.plain.endswith("1243") and second.plain.endswith("   2")
    assert first.cell_length == second.cell_length == 24


@pytest.mark.parametrize(
    ("count", "figure_text"), [(0, "0"), (9999, "9999"), (10_000, "10k"), (123_456, "123k"), (2_500_000, "2M")]
)
def test_a_count_takes_four_cells_at_most(count: int, figure_text: str) -> None:
    """A large count is shortened to four cells."""
    assert figure(count) == figure_text


def test_the_cursor_row_has_the_bar(row: Row) -> None:
    """Only the row of the cursor has a bar, which can be the row that adds."""
    rows = [row("All"), row("Sunset")]
    assert [line.plain[:1] for line in draw_rows(rows, 20, 1)] == [" ", "▌", "", " "]
    assert draw_rows(rows, 20, 2)[-1].plain.startswith("▌ + add a webhook")


def test_every_health_status_has_its_own_sign_and_text() -> None:
    """Every status has a label, and no two have the same sign."""
    assert set(HEALTH_LABELS) == set(HealthStatus)
    assert len({label.sign for label in HEALTH_LABELS.values()}) == len(HealthStatus)


@given(st.integers(0, 60), st.text(max_size=40), st.integers(0, 10**7), st.sampled_from(list(HealthStatus)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_row_never_outgrows_its_width(row: Row, width: int, name: str, count: int, health: HealthStatus) -> None:
    """A row with any name and figures fits its width."""
    values = row(one_line(name), total=count, active=count, waiting=count, health=health)
    for line in draw_rows([values], width, 0):
        assert line.cell_length <= max(width, 9)


def test_the_key_is_not_in_a_repr(row: Row) -> None:
    """The repr of a row does not contain the webhook key, which is a secret."""
    assert "sunset" not in repr(row("Sunset", total=1))


def test_views_are_below_the_webhooks(row: Row, view: Callable[..., ViewRow]) -> None:
    """Views have a heading and a column of counts, with a mark for an unknown count or filter."""
    views = [view("kept", 12), view("mine", None), view("odd", 3, is_understood=False), view("many", 250_000)]
    lines = draw_rows([row("All", total=40)], 18, 3, views)
    assert [line.plain for line in lines] == [
        "  All           40",
        "",
        "  + add a webhook ",
        "",
        "  Views",
        "  kept          12",
        "▌ mine           …",
        "  odd            ?",
        "  many        250k",
    ]


def test_an_old_count_is_dimmer_than_a_fresh_one(row: Row, view: Callable[..., ViewRow]) -> None:
    """An old count of a view is drawn dim."""
    for is_fresh in (True, False):
        line = draw_rows([row("All")], 18, 0, [view("kept", 12, is_fresh=is_fresh)])[-1]
        assert [span.style for span in line.spans if line.plain[span.start : span.end] == "12"] == ["$edge"] * (
            not is_fresh
        )


@pytest.mark.parametrize("count", [None, 0, 9, 10, 999, 1_000, 99_999, 10**7])
def test_a_name_keeps_its_cells_whatever_its_count(row: Row, view: Callable[..., ViewRow], count: int | None) -> None:
    """A narrow sidebar uses the short name of a view, whatever its count."""
    rows = [row("All", total=10**7)]
    known = view("failed today", count, short=one_line("✖ today"))
    lines = [draw_rows(rows, width, 0, [known])[-1] for width in (15, 19)]
    assert [line.plain[2:14].strip() for line in lines] == [
        "✖ today" if count is None else lines[0].plain[2:14].strip(),
        "failed today",
    ]
    assert lines[0].plain.startswith("  ✖ today ") and [line.cell_length for line in lines] == [15, 19]


def test_every_choice_has_its_line() -> None:
    """Each choice has a line, and blank lines and the heading have none."""
    for rows in (1, 3, 41):
        lines = [line_of(choice, rows) for choice in range(rows + 6)]
        assert [choice_at(line, rows) for line in lines] == list(range(rows + 6))
        assert [choice_at(line, rows) for line in (rows, rows + 2, rows + 3)] == [None] * 3
