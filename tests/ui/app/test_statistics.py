"""The statistics page in the app: figures that follow what happens, and lead to the runs that they count."""

import re

import pytest

from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.store.statistics import StatisticsPass
from cordage_tui.ui.statistics.panel import StatisticsPanel
from cordage_tui.ui.statistics.screen import StatisticsScreen


async def ran(program, *failures: str | None) -> None:
    """Have runs ended elsewhere, each completed or with an error, and read them."""
    key = program.world.webhooks[0].key
    for failure in failures:
        program.world.fate(key, PlannedOutcome(0.0, failure=failure))
        await program.starts_elsewhere(f"a fox {failure}")


def line(program, name: str) -> str:
    """The first webhook's line of a figure, with the cursor or without."""
    return next((text for text in program.text().splitlines() if re.match(rf"│[ ▌]{name}  ", text)), "")


async def test_the_palette_opens_the_page(opened) -> None:
    async with opened(120) as program:
        await program.press("colon")
        await program.writes("stats")
        await program.press("enter")
        await program.until(lambda: isinstance(program.app.screen, StatisticsScreen))
        await program.sees("unknown: none completed or failed")
        await program.press("escape")
        assert program.at() == "runs"


@pytest.mark.parametrize(
    ("figure", "count"), [("24 hours", 4), ("failed", 3), ("7 days", 4), ("success", 4), ("top error", 2), ("total", 4)]
)
async def test_enter_shows_as_many_runs_as_the_figure_says(opened, figure: str, count: int) -> None:
    """Of that webhook alone; the filter is in its field, and escape leads back to all."""
    async with opened(120) as program:
        await ran(program, None, "Node 1 timed out", "Node 22 timed out", "no memory")
        await program.press("%")
        await program.until(lambda: "4 runs" in line(program, "7 days"))
        panel = program.app.screen.query_one(StatisticsPanel)
        names = [row.figure.name if row.figure else "" for row in panel._rows]
        assert str(count) in re.findall(r"\d+", line(program, figure).partition(figure)[2])
        await program.press(*"j" * (names.index(figure) - panel.index), "enter")
        await program.until(lambda: program.at() == "runs")
        await program.until(lambda: program.main.selection.source.count() == count)
        query = program.main.selection.query
        assert query.webhook_key == program.world.webhooks[0].key and query.text


async def test_the_page_follows_what_happens(opened) -> None:
    """A run that is started elsewhere is counted without a key, and the cursor stays on its figure."""
    async with opened(120) as program:
        await program.press("%")
        await program.until(lambda: "0 runs" in line(program, "7 days"))
        await program.press("j", "j")
        await ran(program, None)
        await program.until(lambda: "1 run " in line(program, "7 days"))
        panel = program.app.screen.query_one(StatisticsPanel)
        assert panel._rows[panel.index].figure.name == "7 days"


async def test_nothing_is_read_while_nothing_happens(opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only once a minute, since hours and ages go on; what did not change is not drawn again."""
    async with opened(120) as program:
        await program.press("%")
        await program.until(lambda: "0 runs" in line(program, "7 days"))
        screen = program.app.screen
        await program.until(lambda: screen._pass is None and not screen._is_waiting)
        steps = []
        monkeypatch.setattr(StatisticsPass, "step", lambda self: steps.append(self) and False)
        await program.pilot.pause(0.2)
        assert steps == []


async def test_a_figure_that_counts_no_runs_says_so(opened) -> None:
    async with opened(120) as program:
        await program.press("%")
        await program.until(lambda: "0 runs" in line(program, "7 days"))
        panel = program.app.screen.query_one(StatisticsPanel)
        names = [row.figure.name if row.figure else "" for row in panel._rows]
        await program.press(*"j" * (names.index("queued") - panel.index), "enter")
        await program.sees("This figure counts no runs")
        assert isinstance(program.app.screen, StatisticsScreen)


async def test_the_cursor_is_never_on_a_title(opened) -> None:
    """Up from the first figure of a webhook is the last one of the webhook above."""
    async with opened(120) as program:
        await program.press("%")
        await program.until(lambda: "0 runs" in line(program, "7 days"))
        panel = program.app.screen.query_one(StatisticsPanel)
        for key in ["k", *"j" * 14, *"k" * 14, "g", "G"]:
            await program.press(key)
            assert panel._rows[panel.index].figure is not None
        await program.press("g")
        assert panel._rows[panel.index].figure.name == "24 hours" and panel.index == 1
