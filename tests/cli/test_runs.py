"""`cordage-tui runs` names everything that is not fresh or not complete."""

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
    """Add a webhook that Cordage no longer knows."""
    studio.configure(profile="")
    file = studio.home.paths.config_file
    file.write_text(f"{file.read_text()}[[profiles.studio.webhooks]]\nkey = 'wh_gone_abc123'\nname = 'Dawn'\n")


def test_a_webhook_that_is_gone_is_named_and_fails_nothing_else(studio):
    """A removed webhook is named while others are read with code 0, and alone it gives 2."""
    _with_a_second(studio)
    run_id = studio.started(0.0)
    for _ in range(2):
        ended = studio("runs")
        assert (ended.code, ended.out.split("\t")[0]) == (0, run_id)
        assert "Dawn: not found (404)" in ended.err
        assert "Sunset" not in ended.err
    answer = json.loads(studio("runs", "--json").out)
    assert wrong_with(answer) == []
    assert (answer["fresh"], "Dawn" in answer["trouble"]) == (False, True)
    assert studio("runs", "Sunset").err == ""
    assert studio("watch").code == 0
    alone = studio("runs", "Dawn")
    assert (alone.code, "Dawn: not found (404)" in alone.err) == (2, True)


def test_an_id_is_looked_for_beside_a_webhook_that_is_gone(studio):
    """An unknown id is searched in all lists that can be read."""
    _with_a_second(studio)
    assert studio("show", studio.started(0.0)).code == 0
    ended = studio("show", "zzzz")
    assert ended.code == 2
    assert "No run here begins with 'zzzz'" in ended.err


def test_trouble_with_the_server_comes_before_a_webhook_that_is_gone(studio):
    """Server trouble and a removed webhook are both reported, and the code is 3."""
    _with_a_second(studio)
    studio.server.world.faults.add(Call.LIST, Fault(FaultKind.STATUS, status=503), count=1)
    ended = studio("runs")
    assert ended.code == 3
    assert "503" in ended.err
    assert "Dawn" in ended.err


def test_all_says_where_the_server_has_more(studio):
    """`--all` says if the server may have more runs than it lists, and reads a whole list once."""
    studio.server.world.options = Options(page_size=10)
    for _ in range(9):
        studio.started(0.0)
    assert studio("runs", "--all").err == ""
    for _ in range(3):
        studio.started(0.0)
    ended = studio("runs", "--all")
    assert (ended.code, len(ended.out.splitlines())) == (0, 12)
    assert "Sunset: the server may have older runs that it does not list." in ended.err
    answer = json.loads(studio("runs", "--all", "--json").out)
    assert wrong_with(answer) == []
    assert answer["incomplete"] == ["Sunset"]
    assert studio("runs").err == studio("runs", "--all", "--offline").err == ""
    assert json.loads(studio("runs", "--json").out)["incomplete"] == []
    studio.server.world.options = Options()
    assert studio("runs", "--all").err == ""


def test_all_says_that_the_server_says_so(studio):
    """If the response names a larger total, `--all` says for sure that the server has more."""
    run_id = studio.started(0.0)
    body = json.dumps({"runs": [{"run_id": run_id, "status": "completed"}], "total": 1_234})
    studio.fails(Call.LIST, FaultKind.STATUS, status=200, body=body)
    assert "Sunset: the server has older runs that it does not list." in studio("runs", "--all").err


def test_only_what_was_just_read_is_called_fresh(studio):
    """Only runs that were just read are called fresh."""
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
    """`--failures` counts runs by error, and its JSON has a filter that finds them."""
    for failure in ("Node 7 timed out", "Node 12 timed out", "no memory"):
        studio.server.world.fate(studio.key, PlannedOutcome(0.0, failure=failure))
        studio.server.world.trigger(studio.key, {"prompt": f"a fox {failure}"})
    ended = studio("runs", "--failures")
    assert ended.code == 0
    lines = [line.split("\t") for line in ended.out.splitlines()]
    assert sorted((line[0], *line[1:3], *line[5:]) for line in lines) == [
        ("1", "Sunset", "no memory", "–", "0"),
        ("2", "Sunset", "Node … timed out", "–", "0"),
    ]
    answer = json.loads(studio("runs", "--failures", "--json", "--offline").out)
    assert wrong_with(answer) == []
    assert [group["count"] for group in answer["failures"] if group["error"] == "Node … timed out"] == [2]
    for group in answer["failures"]:
        runs = json.loads(studio("runs", "Sunset", "--offline", "--json", "--where", group["filter"]).out)["runs"]
        assert len(runs) == group["count"]
    head, *rows = studio("runs", "--failures", "--limit", "1", "--offline", terminal=True).out.splitlines()
    assert head.split() == ["COUNT", "WEBHOOK", "ERROR", "SINCE", "LAST", "RERUN", "LEFT"] and len(rows) == 1


def test_failures_go_with_no_other_filter(studio):
    """`--failures` excludes other filters and formats."""
    for options in (["--status", "failed"], ["--where", "fox"], ["--json=id"], ["--format", "csv"]):
        refused = studio("runs", "--failures", *options)
        assert refused.code == 2 and "--failures" in refused.err and options[0].split("=")[0] in refused.err


def test_a_message_says_that_there_are_no_failures(studio):
    """Without failures a message says so."""
    ended = studio("runs", "--failures", "--offline")
    assert ended.code == 0 and ended.out == "" and "No failures." in ended.err


def test_a_read_while_the_clock_was_ahead_is_not_fresh(studio):
    """A read with a time in the future is repeated and never called fresh."""
    studio.started(1e6)
    assert studio("runs").code == 0
    studio.clock_was_ahead()
    studio.server.close()
    ended = studio("runs", "--json")
    assert (ended.code, json.loads(ended.out)["fresh"]) == (3, False)


def test_an_age_from_a_clock_that_was_ahead_is_unknown(studio):
    """A read with a time in the future has an unknown age."""
    run_id = studio.started(1e6)
    assert studio("runs").code == 0
    studio.clock_was_ahead()
    page = studio("show", run_id, "--offline").out
    assert "at an unknown time, as the clock was set back since" in page
    (stats,) = (line.split("\t") for line in studio("stats").out.splitlines())
    assert stats[-1] == "" and not [cell for cell in stats if "ago" in cell]
    assert " ago" not in studio("stats", terminal=True).out
    assert "accepted it at an unknown time, as the clock was set back since" in studio("key").out


def _with_an_unlisted_run(studio):
    """Return the id of a read run that newer runs have pushed off the list."""
    run_id = studio.started()
    assert studio("runs").code == 0
    studio.server.world.options = Options(page_size=1)
    studio.started()
    _all_long_ago(studio)
    return run_id


def _all_long_ago(studio):
    """Make all reads old, so that the next command reads again."""
    studio.read_long_ago()
    with contextlib.closing(sqlite3.connect(studio.home.paths.database)) as database, database:
        database.execute("UPDATE details SET seen_at = seen_at - 60")
        database.execute("UPDATE unlisted SET heard_at = heard_at - 60")


def _listed(studio):
    """Return the code, freshness, trouble, and the status of each run."""
    ended = studio("runs", "--json")
    answer = json.loads(ended.out)
    assert wrong_with(answer) == []
    return ended.code, answer["fresh"], answer["trouble"], {run["id"]: run["status"] for run in answer["runs"]}


def test_a_run_that_the_list_does_not_name_is_read_by_itself(studio):
    """A run that no list names is read separately, so a script sees its end."""
    run_id = _with_an_unlisted_run(studio)
    assert _listed(studio)[:3] == (0, True, None)
    studio.ends(run_id)
    _all_long_ago(studio)
    code, fresh, trouble, statuses = _listed(studio)
    assert (code, fresh, trouble, statuses[run_id]) == (0, True, None, "completed")


@pytest.mark.parametrize("status", [404, 500])
def test_a_run_that_no_read_confirms_is_not_fresh(studio, status):
    """A run that neither list nor read confirms is not fresh, and the command ends with 3."""
    run_id = _with_an_unlisted_run(studio)
    studio.fails(Call.GET, FaultKind.STATUS, status=status)
    for _ in range(2):
        code, fresh, trouble, statuses = _listed(studio)
        assert (code, fresh, statuses[run_id]) == (3, False, "running")
        assert f"Run {run_id[:8]} is in no list: " in trouble and str(status) in trouble
    assert f"The runs could not be refreshed: Run {run_id[:8]}" in studio("runs").err


@pytest.mark.parametrize("heard", ["list", "run"])
def test_runs_is_as_strict_as_show_within_the_time_that_counts_as_fresh(studio, heard):
    """A run that this call does not confirm is not fresh, however recently its list or a read of it alone was good."""
    run_id = studio.started()
    assert studio("runs").code == 0
    if heard == "run":
        assert studio("show", run_id).code == 0
    studio.server.world.options = Options(page_size=1)
    studio.started()
    studio.fails(Call.GET, FaultKind.STATUS, status=500)
    code, fresh, trouble, statuses = _listed(studio)
    assert (code, fresh, statuses[run_id]) == (3, False, "running") and "500" in trouble
    assert json.loads(studio("show", run_id, "--json").out)["fresh"] is False


def test_an_end_is_seen_at_once(studio):
    """While a run is active, its webhook is read by each call; without one, a read within five seconds is enough."""
    run_id = studio.started()
    assert _listed(studio)[3] == {run_id: "running"}
    studio.ends(run_id)
    assert _listed(studio)[3] == {run_id: "completed"}
    calls = len(studio.server.log)
    assert _listed(studio)[:3] == (0, True, None) and len(studio.server.log) == calls


def test_an_active_run_of_a_removed_webhook_is_read_too(studio):
    """An active run of a removed webhook is still read and listed."""
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
    code, fresh, trouble, statuses = _listed(studio)
    assert (code, fresh, trouble, statuses) == (0, True, None, {run_id: "completed"})


def test_nothing_is_done_by_where_with_runs_that_no_read_confirms(studio):
    """`kill --where` names what could not be read, and kills nothing."""
    _with_an_unlisted_run(studio)
    studio.fails(Call.GET, FaultKind.STATUS, status=500)
    ended = studio("kill", "--where", "status:running", "--yes")
    assert (ended.code, "The runs could not be refreshed: Run" in ended.err) == (3, True)
    assert not any(exchange.path.endswith("/kill") for exchange in studio.server.log)


def test_the_last_read_of_a_run_is_when_it_was_last_read(studio):
    """`seen_at` is the time of the last read, not of the last change."""
    run_id = studio.started()
    assert studio("runs").code == 0
    _all_long_ago(studio)
    begun = time.time()
    seen_at = json.loads(studio("show", run_id, "--json").out)["run"]["seen_at"]
    assert datetime.fromisoformat(seen_at).timestamp() >= begun - 0.001
    assert studio("runs").code == 0
    (run,) = json.loads(studio("runs", "--json=seen_at", "--offline").out)["runs"]
    assert datetime.fromisoformat(run["seen_at"]).timestamp() >= begun - 0.001


def test_the_earlier_word_of_a_status_finds_the_same_runs(studio):
    """`sent` and `lost` are taken for `unmatched` and `missing`, and JSON keeps them beside the word that is shown."""
    studio.started(0.0)
    row = next(iter(json.loads(studio("runs", "--json").out)["runs"]))["row"]
    with contextlib.closing(sqlite3.connect(studio.home.paths.database)) as database, database:
        database.execute("UPDATE runs SET status = 'lost' WHERE id = ?", (row,))
    for words in (["--status", "lost"], ["--status", "missing"], ["--where", "status:lost missing"]):
        (run,) = json.loads(studio("runs", "--offline", "--json", *words).out)["runs"]
        assert (run["status"], run["status_name"]) == ("lost", "missing")
    assert "missing" in studio("runs", "--offline").out
