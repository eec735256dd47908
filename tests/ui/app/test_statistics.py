"""The page of statistics in the app: its figures follow new events, and lead to the runs that they count."""

import re
from collections import Counter

import pytest

from cordage_tui.domain.run import Status
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.history.webhook_statistics import statistics_of
from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.store.webhook_history import StatisticsPass, WebhookHistory
from cordage_tui.ui.statistics.screen import StatisticsScreen
from cordage_tui.ui.statistics.webhooks_table import StatisticsPanel, sorted_rows


async def ran(program, *failures: str | None) -> None:
    """Let runs end elsewhere, each completed or with an error, and read them."""
    key = program.world.webhooks[0].key
    for failure in failures:
        program.world.fate(key, PlannedOutcome(0.0, failure=failure))
        await program.starts_elsewhere(f"a fox {failure}")


def row(program, name: str = "") -> list[str]:
    """Return the cells of the row of a webhook, by default of the first one."""
    name = name or program.main.engine.profile.webhooks[0].name
    matches = (re.match(rf"│[ ▌]{name} +(.*)│", line) for line in program.text().splitlines())
    return next((match[1].split() for match in matches if match), [])


async def opens(program) -> StatisticsPanel:
    """Open the page, and return its panel once it has a row."""
    await program.press("%")
    await program.until(lambda: isinstance(program.app.screen, StatisticsScreen))
    await program.until(lambda: bool(row(program)))
    return program.app.screen.query_one(StatisticsPanel)


async def test_the_palette_opens_the_page(opened) -> None:
    """The palette opens the page, and escape leads back to the runs."""
    async with opened(120) as program:
        await program.press("colon")
        await program.writes("stats")
        await program.press("enter")
        await program.until(lambda: isinstance(program.app.screen, StatisticsScreen))
        await program.sees("WEBHOOK▴")
        await program.press("escape")
        assert program.at() == "runs"


async def test_enter_shows_the_runs_of_a_webhook(opened) -> None:
    """Enter filters the runs to the webhook of the row, and finds as many as the row counts."""
    async with opened(120) as program:
        await ran(program, None, "Node 1 timed out", "Node 22 timed out", "no memory")
        await opens(program)
        await program.until(lambda: row(program)[:3] == ["4", "3", "4"])
        assert row(program)[4] == "1/4"
        await program.press("enter")
        await program.until(lambda: program.at() == "runs")
        await program.until(lambda: program.main.selection.source.count() == 4)
        query = program.main.selection.query
        assert query.webhook_key == program.world.webhooks[0].key and query.text


async def test_the_page_follows_what_happens(opened) -> None:
    """A run started elsewhere is counted without a key, and the cursor stays on its webhook."""
    async with opened(120, webhooks=2) as program:
        panel = await opens(program)
        await program.press("j")
        selected = panel.selected.webhook_key
        await ran(program, None)
        await program.until(lambda: row(program)[0] == "1")
        assert panel.selected.webhook_key == selected


async def test_nothing_is_read_while_nothing_happens(opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without events the page computes nothing, because hours and ages change only once a minute."""
    async with opened(120) as program:
        await opens(program)
        screen = program.app.screen
        await program.until(lambda: screen._pass is None and not screen._is_waiting)
        steps = []
        monkeypatch.setattr(StatisticsPass, "step", lambda self: steps.append(self) and False)
        await program.pilot.pause(0.2)
        assert steps == []


async def test_a_key_sorts_by_the_next_column(opened) -> None:
    """`s` sorts by the next column, `S` reverses the order, and a click on a heading sorts by it."""
    async with opened(120, webhooks=2) as program:
        panel = await opens(program)
        first, second = (webhook.key for webhook in program.main.engine.profile.webhooks)
        order = lambda: [stats.webhook_key for stats in panel._rows]  # noqa: E731
        await ran(program, "no memory")
        await program.until(lambda: row(program)[0] == "1")
        await program.press("s")
        await program.sees("24H▾")
        assert order() == [first, second]
        await program.press("S")
        await program.sees("24H▴")
        assert order() == [second, first]
        await program.pilot.click(StatisticsPanel, offset=(4, 1))
        await program.sees("WEBHOOK▴")
        assert order() == [first, second]


def test_webhooks_without_a_figure_are_sorted_last() -> None:
    """Webhooks without a figure are below the others, in either direction of the sort."""
    profile = Profile("studio", "http://127.0.0.1:9", (Webhook("wh_a", "A"), Webhook("wh_b", "B")))
    known = WebhookHistory("wh_a", statuses=Counter({Status.COMPLETED: 1}))
    rows = [statistics_of(history, 0.0) for history in (WebhookHistory("wh_b"), known)]
    for descending in (True, False):
        names = [stats.webhook_key for stats in sorted_rows(rows, profile, "SUCCESS", descending=descending)]
        assert names == ["wh_a", "wh_b"]


async def test_the_name_of_a_webhook_has_room(opened) -> None:
    """In a narrow window the last columns are left out before the name of a webhook is cut."""
    async with opened() as program:
        panel = await opens(program)
        for width in (40, 60, 80, 120, 200):
            await program.resizes(width, 40)
            places = {place.column.title: place.width for place in panel.positions()}
            assert places["WEBHOOK"] >= 10, width
            assert {"24H", "FAILED", "READ"} <= places.keys(), width
            assert ("LAST 24 HOURS" in places) is (width == 200)
