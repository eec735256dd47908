"""`--base-url` leads to another server: what is queued, known and shown there is its own. Two real servers on loopback."""

import json
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.domain.run import OutboxState
from cordage_tui.simulator.server import ServerThread, run_in_thread
from cordage_tui.simulator.world import plain_world
from tests.cli.studio import Studio


@pytest.fixture
def other() -> Iterator[ServerThread]:
    """Another Cordage, which takes the same keys."""
    with closing(run_in_thread(plain_world(time.time, seconds=0.2))) as server:
        yield server


def triggers(server: ServerThread) -> int:
    return sum(exchange.path.endswith("/trigger") for exchange in list(server.log))


def queue_for_the_first(studio: Studio, count: int) -> None:
    with studio.store() as store:
        name = store.servers.claim(studio.profile)
        for number in range(count):
            store.outbox.submit(name, studio.key, {"prompt": f"fox {number}"})


def test_a_queue_is_sent_to_the_server_that_it_was_made_for(studio: Studio, other: ServerThread) -> None:
    """A worker sent elsewhere sends none of it, and finds nothing to do; the first server's worker sends all of it, once."""
    queue_for_the_first(studio, 5)
    away = studio("queue", "work", "--base-url", other.base_url)
    assert (away.code, triggers(other), studio.triggers) == (ExitCode.OK, 0, 0)
    listed = studio("queue", "list", "--base-url", other.base_url)
    assert listed.out == "" and f"5 for {studio.server.base_url}" in listed.err
    home = studio("queue", "work")
    assert (home.code, triggers(other), studio.triggers) == (ExitCode.OK, 0, 5)


def test_a_changed_setting_does_not_take_the_queue_along(studio: Studio, other: ServerThread) -> None:
    """As with the flag: the settings name another server from now on."""
    queue_for_the_first(studio, 3)
    first = studio.server.base_url
    studio.home.config(studio.home.paths.config_file.read_text().replace(first, other.base_url))
    assert studio("queue", "work").code == ExitCode.OK
    assert (triggers(other), studio.triggers) == (0, 0)
    assert f"3 for {first}" in studio("queue", "list").err


def test_runs_and_what_is_known_of_them_are_the_servers_own(studio: Studio, other: ServerThread) -> None:
    """Triggered here and there under one profile: each server's list has its run alone, and neither is found there."""
    assert studio("trigger", "Sunset", "a hen", "--wait").code == ExitCode.OK  # both servers begin with the same id
    here = studio("trigger", "Sunset", "a fox", "--wait", "--json")
    there = studio("trigger", "Sunset", "an owl", "--wait", "--json", "--base-url", other.base_url)
    assert (here.code, there.code) == (ExitCode.OK, ExitCode.OK)
    mine, theirs = ([run["id"] for run in json.loads(told.out)["runs"]] for told in (here, there))
    for base_url, ids in ((studio.server.base_url, mine), (other.base_url, theirs)):
        told = json.loads(studio("runs", "--json", "--offline", "--base-url", base_url).out)
        assert [run["id"] for run in told["runs"]][:1] == ids
    assert studio("show", mine[0], "--offline", "--base-url", other.base_url).code == ExitCode.USAGE
    assert studio("kill", mine[0], "--yes", "--base-url", other.base_url).code == ExitCode.USAGE
    assert (triggers(other), studio.triggers) == (1, 2)


def test_pausing_one_servers_queue_pauses_no_other(studio: Studio, other: ServerThread) -> None:
    """And a limit, and what is dropped."""
    queue_for_the_first(studio, 1)
    assert studio("queue", "pause", "--base-url", other.base_url).code == ExitCode.OK
    assert studio("queue", "drop", "--all", "--yes", "--base-url", other.base_url).code == ExitCode.OK
    with studio.store() as store:
        assert store.queue_control.read("studio").paused is None
        assert store.queue.counts("studio") == {OutboxState.QUEUED: 1}
