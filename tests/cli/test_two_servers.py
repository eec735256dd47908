"""Each server has its own queue, runs and knowledge under one profile, and `--base-url` selects the server."""

import json
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.simulator.server import ServerThread, run_in_thread
from cordage_tui.simulator.world import plain_world
from tests.cli.studio import Studio


@pytest.fixture
def other_server() -> Iterator[ServerThread]:
    """Yield a second Cordage, which accepts the same keys."""
    with closing(run_in_thread(plain_world(time.time, seconds=0.2))) as server:
        yield server


def triggers(server: ServerThread) -> int:
    """Return how many triggers this server got."""
    return sum(exchange.path.endswith("/trigger") for exchange in list(server.log))


def queue_for_the_first(studio: Studio, count: int) -> None:
    """Queue this many prompts for the first server."""
    with studio.store() as store:
        name = store.servers.claim(studio.profile)
        for number in range(count):
            store.outbox.submit(name, studio.key, {"prompt": f"fox {number}"})


def test_a_queue_is_sent_to_the_server_that_it_was_made_for(studio: Studio, other_server: ServerThread) -> None:
    """A worker for another server finds nothing to do. A worker for the first server sends the whole queue once."""
    queue_for_the_first(studio, 5)
    at_other = studio("queue", "work", "--base-url", other_server.base_url)
    assert (at_other.code, triggers(other_server), studio.triggers) == (ExitCode.OK, 0, 0)
    listed = studio("queue", "list", "--base-url", other_server.base_url)
    assert listed.out == "" and f"5 for {studio.server.base_url}" in listed.err
    at_first = studio("queue", "work")
    assert (at_first.code, triggers(other_server), studio.triggers) == (ExitCode.OK, 0, 5)


def test_a_changed_setting_does_not_take_the_queue_along(studio: Studio, other_server: ServerThread) -> None:
    """If the settings name another server, the queue stays with the first server."""
    queue_for_the_first(studio, 3)
    first = studio.server.base_url
    studio.home.config(studio.home.paths.config_file.read_text().replace(first, other_server.base_url))
    assert studio("queue", "work").code == ExitCode.OK
    assert (triggers(other_server), studio.triggers) == (0, 0)
    assert f"3 for {first}" in studio("queue", "list").err


def test_each_server_lists_only_its_own_runs(studio: Studio, other_server: ServerThread) -> None:
    """Each server lists only its own runs under one profile, and a run is not found at the other server."""
    assert studio("trigger", "Sunset", "a hen", "--wait").code == ExitCode.OK  # both servers begin with the same id
    here = studio("trigger", "Sunset", "a fox", "--wait", "--json")
    there = studio("trigger", "Sunset", "an owl", "--wait", "--json", "--base-url", other_server.base_url)
    assert (here.code, there.code) == (ExitCode.OK, ExitCode.OK)
    mine, theirs = ([run["id"] for run in json.loads(listed.out)["runs"]] for listed in (here, there))
    for base_url, ids in ((studio.server.base_url, mine), (other_server.base_url, theirs)):
        listed = json.loads(studio("runs", "--json", "--offline", "--base-url", base_url).out)
        assert [run["id"] for run in listed["runs"]][:1] == ids
    assert studio("show", mine[0], "--offline", "--base-url", other_server.base_url).code == ExitCode.USAGE
    assert studio("kill", mine[0], "--yes", "--base-url", other_server.base_url).code == ExitCode.USAGE
    assert (triggers(other_server), studio.triggers) == (1, 2)


def test_pausing_one_servers_queue_pauses_no_other(studio: Studio, other_server: ServerThread) -> None:
    """A pause or a drop of the queue of one server does not change the queue of another."""
    queue_for_the_first(studio, 1)
    assert studio("queue", "pause", "--base-url", other_server.base_url).code == ExitCode.OK
    assert studio("queue", "drop", "--all", "--yes", "--base-url", other_server.base_url).code == ExitCode.OK
    with studio.store() as store:
        assert store.queue_control.read("studio").paused is None
        assert store.queue.counts("studio") == {OutboxState.QUEUED: 1}
