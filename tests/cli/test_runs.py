"""`cordage-tui runs`: what is not as fresh or as whole as it looks is named."""

import contextlib
import json
import sqlite3
import time
from datetime import datetime

import pytest

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.world import Options, PlannedOutcome
from tests.cli.json_schema import wrong_with


def _with_a_second(studio):
    """Another webhook, which Cordage does not know any more."""
    studio.configure(profile="")
    file = studio.home.paths.config_file
    file.write_text(f"{file.read_text()}[[profiles.studio.webhooks]]\nkey = 'wh_gone_abc123'\nname = 'Dawn'\n")


def test_a_webhook_that_is_gone_is_named_and_fails_nothing_else(studio):
    """The others are read, and the code is 0, each time; asked for alone it is 2."""
    _with_a_second(studio)
    run_id = studio.started(0.0)
    for _ in range(2):
        ended = studio("runs")
        assert (ended.code, ended.out.split("\t")[0]) == (0, run_id)
        assert "Dawn: not found (404)" in ended.err
        assert "Sunset" not in ended.err
    told = json.loads(studio("runs", "--json").out)
    assert wrong_with(told) == []
    assert (told["fresh"], "Dawn" in told["trouble"]) == (False, True)
    assert studio("runs", "Sunset").err == ""
    assert studio("watch").code == 0
    alone = studio("runs", "Dawn")
    assert (alone.code, "Dawn: not found (404)" in alone.err) == (2, True)


def test_an_id_is_looked_for_beside_a_webhook_that_is_gone(studio):
    """A run that is not known here is found in the lists that can be read; one in none of them is a usage error."""
    _with_a_second(studio)
    assert studio("show", studio.started(0.0)).code == 0
    ended = studio("show", "zzzz")
    assert ended.code == 2
    assert "No run here begins with 'zzzz'" in ended.err


def test_trouble_with_the_server_comes_before_a_webhook_that_is_gone(studio):
    """Both are told, and 3 says that it may be tried again."""
    _with_a_second(studio)
    studio.server.world.faults.add(Call.LIST, Fault(FaultKind.STATUS, status=503), count=1)
    ended = studio("runs")
    assert ended.code == 3
    assert "503" in ended.err
    assert "Dawn" in ended.err


def test_all_says_where_the_server_has_more(studio):
    """A list as long as a page, or without runs that were seen before, is not taken for all there is; nor is it read twice
    when it is whole."""
    studio.server.world.options = Options(page_size=10)
    for _ in range(9):
        studio.started(0.0)
    assert studio("runs", "--all").err == ""
    for _ in range(3):
        studio.started(0.0)
    ended = studio("runs", "--all")
    assert (ended.code, len(ended.out.splitlines())) == (0, 12)
    assert "Sunset: the server may have older runs that it does not list." in ended.err
    told = json.loads(studio("runs", "--all", "--json").out)
    assert wrong_with(told) == []
    assert told["incomplete"] == ["Sunset"]
    assert studio("runs").err == studio("runs", "--all", "--offline").err == ""
    assert json.loads(studio("runs", "--json").out)["incomplete"] == []
    studio.server.world.options = Options()
    assert studio("runs", "--all").err == ""


def test_all_says_that_the_server_says_so(studio):
    """Where the answer itself tells of more, that is certain."""
    run_id = studio.started(0.0)
    body = json.dumps({"runs": [{"run_id": run_id, "status": "completed"}], "total": 1_234})
    studio.fails(Call.LIST, FaultKind.STATUS, status=200, body=body)
    assert "Sunset: the server has older runs that it does not list." in studio("runs", "--all").err


def test_only_what_was_just_read_is_called_fresh(studio):
    """Not what --offline shows, nor what is shown because the server could not be reached."""
    run_id = studio.started(0.0)

    def fresh(*argv):
        return json.loads(studio(*argv, "--json").out)["fresh"]

    for argv in (("runs",), ("show", run_id)):
        assert fresh(*argv) is True
        assert fresh(*argv, "--offline") is False
    studio.server.close()
    studio.read_long_ago()
    for argv in (("runs",), ("show", run_id)):
        assert fresh(*argv) is False


def test_failures_are_counted_by_their_errors(studio):
    """In JSON as the schema says, with a filter that finds them. What was started elsewhere has no inputs to run again."""
    for failure in ("Node 7 timed out", "Node 12 timed out", "no memory"):
        studio.server.world.fate(studio.key, PlannedOutcome(0.0, failure=failure))
        studio.server.world.trigger(studio.key, {"prompt": f"a fox {failure}"})
    told = studio("runs", "--failures")
    assert told.code == 0
    lines = [line.split("\t") for line in told.out.splitlines()]
    assert sorted((line[0], *line[1:3], *line[5:]) for line in lines) == [
        ("1", "Sunset", "no memory", "–", "0"),
        ("2", "Sunset", "Node … timed out", "–", "0"),
    ]
    found = json.loads(studio("runs", "--failures", "--json", "--offline").out)
    assert wrong_with(found) == []
    assert [one["count"] for one in found["failures"] if one["error"] == "Node … timed out"] == [2]
    for one in found["failures"]:
        runs = json.loads(studio("runs", "Sunset", "--offline", "--json", "--where", one["filter"]).out)["runs"]
        assert len(runs) == one["count"]
    head, *rows = studio("runs", "--failures", "--limit", "1", "--offline", terminal=True).out.splitlines()
    assert head.split() == ["COUNT", "WEBHOOK", "ERROR", "SINCE", "LAST", "AGAIN", "LEFT"] and len(rows) == 1


def test_failures_go_with_no_other_filter(studio):
    for options in (["--status", "failed"], ["--where", "fox"], ["--json=id"], ["--format", "csv"]):
        refused = studio("runs", "--failures", *options)
        assert refused.code == 2 and "--failures" in refused.err and options[0].split("=")[0] in refused.err


def test_without_failures_it_says_so(studio):
    told = studio("runs", "--failures", "--offline")
    assert told.code == 0 and told.out == "" and "No failures." in told.err


def test_a_read_while_the_clock_was_ahead_is_not_fresh(studio):
    """A read whose stored time lies in the future is read again, and is never called fresh."""
    studio.started(1e6)
    assert studio("runs").code == 0
    studio.clock_was_ahead()
    studio.server.close()
    ended = studio("runs", "--json")
    assert (ended.code, json.loads(ended.out)["fresh"]) == (3, False)


def test_an_age_from_a_clock_that_was_ahead_is_unknown(studio):
    """A read whose stored time lies in the future is not shown as a read of just now."""
    run_id = studio.started(1e6)
    assert studio("runs").code == 0
    studio.clock_was_ahead()
    told = studio("show", run_id, "--offline").out
    assert "at an unknown time, as the clock was set back since" in told
    (stats,) = (line.split("\t") for line in studio("stats").out.splitlines())
    assert stats[-1] == "" and not [cell for cell in stats if "ago" in cell]
    assert " ago" not in studio("stats", terminal=True).out
    assert "accepted it at an unknown time, as the clock was set back since" in studio("key").out


def _with_an_unlisted_run(studio):
    """A run that was read while the list named it, and that newer runs have pushed off the list since."""
    run_id = studio.started()
    assert studio("runs").code == 0
    studio.server.world.options = Options(page_size=1)
    studio.started()
    _all_long_ago(studio)
    return run_id


def _all_long_ago(studio):
    """What was read a moment ago is to be read again."""
    studio.read_long_ago()
    with contextlib.closing(sqlite3.connect(studio.home.paths.database)) as database, database:
        database.execute("UPDATE details SET seen_at = seen_at - 60")
        database.execute("UPDATE unlisted SET heard_at = heard_at - 60")


def _told(studio):
    """The code, whether it is fresh, what goes wrong, and the status of each run."""
    ended = studio("runs", "--json")
    told = json.loads(ended.out)
    assert wrong_with(told) == []
    return ended.code, told["fresh"], told["trouble"], {run["id"]: run["status"] for run in told["runs"]}


def test_a_run_that_the_list_does_not_name_is_read_by_itself(studio):
    """A script that polls sees its end, although the list never names it again."""
    run_id = _with_an_unlisted_run(studio)
    assert _told(studio)[:3] == (0, True, None)
    studio.ends(run_id)
    _all_long_ago(studio)
    code, fresh, trouble, statuses = _told(studio)
    assert (code, fresh, trouble, statuses[run_id]) == (0, True, None, "completed")


@pytest.mark.parametrize("status", [404, 500])
def test_a_run_that_no_read_confirms_is_not_fresh(studio, status):
    """The trouble and 3 say that it may be tried again; so it is also soon after that failure."""
    run_id = _with_an_unlisted_run(studio)
    studio.fails(Call.GET, FaultKind.STATUS, status=status)
    for _ in range(2):
        code, fresh, trouble, statuses = _told(studio)
        assert (code, fresh, statuses[run_id]) == (3, False, "running")
        assert f"Run {run_id[:8]} is in no list: " in trouble and str(status) in trouble
    assert f"not refreshed: Run {run_id[:8]}" in studio("runs").err


def test_an_active_run_of_a_removed_webhook_is_read_too(studio):
    """No list of the profile will ever name it, and it stands among the runs all the same."""
    run_id = studio.started()
    assert studio("runs").code == 0
    removed = studio.key
    other = replace(studio.server.world.webhooks[0], key="wh_other_abc123")
    studio.server.world.add_webhook(other)
    studio.key = other.key
    studio.configure()
    studio.key = removed
    studio.ends(run_id)
    _all_long_ago(studio)
    code, fresh, trouble, statuses = _told(studio)
    assert (code, fresh, trouble, statuses) == (0, True, None, {run_id: "completed"})


def test_nothing_is_done_by_where_with_runs_that_no_read_confirms(studio):
    """`kill --where` says what could not be read, and kills nothing."""
    _with_an_unlisted_run(studio)
    studio.fails(Call.GET, FaultKind.STATUS, status=500)
    ended = studio("kill", "--where", "status:running", "--yes")
    assert (ended.code, "not refreshed: Run" in ended.err) == (3, True)
    assert not any(exchange.path.endswith("/kill") for exchange in studio.server.log)


def test_the_last_read_of_a_run_is_when_it_was_last_read(studio):
    """Not when an answer last changed something of it, which was a minute ago."""
    run_id = studio.started()
    assert studio("runs").code == 0
    _all_long_ago(studio)
    begun = time.time()
    shown = json.loads(studio("show", run_id, "--json").out)["run"]["seen_at"]
    assert datetime.fromisoformat(shown).timestamp() >= begun - 0.001
    assert studio("runs").code == 0
    (run,) = json.loads(studio("runs", "--json=seen_at", "--offline").out)["runs"]
    assert datetime.fromisoformat(run["seen_at"]).timestamp() >= begun - 0.001
