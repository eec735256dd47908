"""`cordage-tui stats`: statistics of local data, for people, pipes and programs."""

import json

from cordage_tui.engine.history.webhook_statistics import COLUMNS
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import PlannedOutcome
from tests.cli.json_schema import wrong_with
from tests.cli.studio import Studio


def ran(studio: Studio, count: int = 3) -> None:
    """Let so many runs complete elsewhere, and read them."""
    for _ in range(count):
        studio.started(0.0)
    assert studio("runs").code == 0


def test_a_webhook_is_a_row(studio: Studio) -> None:
    """People get a table, with durations for one webhook, and a pipe gets tabs without a heading."""
    ran(studio)
    heading, row, blank, durations, *spans = studio("stats", "Sunset", terminal=True).out.splitlines()
    assert heading.split() == ["WEBHOOK", *(column.title for column in COLUMNS)]
    assert row.split()[:4] == ["Sunset", "3", "0", "3"] and not blank
    assert durations.split() == ["DURATION", "P50", "P90", "ENDED", "ACTIVE"]
    assert [line.split()[-2] for line in spans] == ["0", "0", "0", "3"]
    (piped,) = [line.split("\t") for line in studio("stats").out.splitlines()]
    assert piped[:6] == ["Sunset", "3", "0", "3", "0", "3/3"] and piped[-1] == "now"


def test_json_is_as_the_schema_says(studio: Studio) -> None:
    """The JSON follows the schema before and after a read, and spending counts only runs sent from here."""
    studio.configure(webhook="price = 0.5")
    (new,) = json.loads(studio("stats", "--json").out)["webhooks"]
    assert new["read_at"] is None and new["success"]["share"] is None and new["ended_a_minute"] is None
    ran(studio)
    assert studio("trigger", "Sunset", "a fox").code == 0
    ended = studio("stats", "--json")
    answer = json.loads(ended.out)
    assert wrong_with(answer) == []
    (webhook,) = answer["webhooks"]
    assert webhook["spent_today"] == "$0.50" and webhook["runs_24h"] == sum(webhook["hours"]) == 4
    assert webhook["success"]["count"] == 3 and 0 < webhook["success"]["low"] < 1
    assert studio.key not in ended.out


def test_stats_reads_nothing_from_the_server(studio: Studio) -> None:
    """`stats` reads only local data and shows their age."""
    ran(studio)
    studio.server.close()
    studio.read_long_ago()
    studio.read_long_ago()
    *_, pace, _, read = studio("stats").out.rstrip("\n").split("\t")
    assert (pace, read) == ("0.3", "2m ago")


def test_an_error_is_grouped_without_its_numbers(studio: Studio) -> None:
    """The most frequent error is shown with its numbers replaced."""
    studio.server.world.fate(studio.key, PlannedOutcome(0.0, failure="Node 7 ran out of memory"))
    studio.server.world.trigger(studio.key, {"prompt": "a fox"})
    assert studio("runs").code == 0
    (webhook,) = json.loads(studio("stats", "--json").out)["webhooks"]
    assert webhook["top_error"] == {"pattern": "Node … ran out of memory", "count": 1, "of": 1}


def test_a_refusal_does_not_forget_the_last_good_read(studio: Studio) -> None:
    """After a 401 the age is that of the last good read."""
    ran(studio)
    studio.read_long_ago()
    studio.read_long_ago()
    studio.fails(Call.LIST, FaultKind.STATUS, status=401, body='{"error": "Invalid API key"}')
    assert studio("runs").code == 4
    assert "2m ago" in studio("stats").out and "never" not in studio("stats").out
