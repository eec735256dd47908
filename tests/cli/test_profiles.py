"""One profile's commands never reach another's rows."""

import json

import pytest

from cordage_tui.domain.run import OutboxState
from cordage_tui.simulator.faults import Call
from tests.tries import settle


@pytest.fixture
def two(studio):
    """A studio, read-only and protected, with a run that goes on, and a profile beside it with the same server; its row's number."""
    run_id = studio.started()
    studio("runs")
    studio.home.config(
        f"[profiles.studio]\nbase_url = '{studio.server.base_url}'\nread_only = true\nprotected = true\n"
        f"[[profiles.studio.webhooks]]\nkey = '{studio.key}'\nname = 'Sunset'\n"
        f"[profiles.other]\nbase_url = '{studio.server.base_url}'\n"
        "[[profiles.other.webhooks]]\nkey = 'wh_other'\nname = 'Other'\n"
    )
    with studio.store() as store:
        (row,) = store.listing.beginning_with("studio", run_id)
    return studio, row


@pytest.mark.parametrize("command", [["kill", "--yes"], ["show", "--offline"], ["watch"], ["download"]])
def test_a_row_is_looked_up_in_its_own_profile_only(two, command):
    """`@N` of another profile is nothing here: 2, and no run is touched."""
    studio, row = two
    name, *options = command
    ended = studio("--profile", "other", name, f"@{row.id}", *options)
    assert (ended.code, ended.out) == (2, "")
    assert f"'@{row.id}'" in ended.err
    assert not [exchange for exchange in studio.server.log if exchange.call is Call.KILL]
    assert studio("--profile", "studio", "show", f"@{row.id}", "--offline").code == 0


def test_the_list_of_one_profile_shows_no_row_of_another(two):
    """Neither runs, nor the queue, nor what completion offers."""
    studio, row = two
    runs = json.loads(studio("--profile", "other", "runs", "--all", "--offline", "--json").out)["runs"]
    assert runs == []
    assert studio("__complete", "fish", "--profile", "other", "kill", "").out == ""
    assert studio("--profile", "other", "queue", "drop", str(row.id), "--yes").code == 2


@pytest.mark.parametrize("length", [1, 3])
def test_kill_without_asking_wants_four_characters(studio, length):
    """So few name a run by chance; with four of them, or by asking, it goes."""
    run_id = studio.started()
    ended = studio("kill", run_id[:length], "--yes")
    assert (ended.code, ended.out) == (2, "")
    assert not [exchange for exchange in studio.server.log if exchange.call is Call.KILL]
    assert studio("kill", run_id[:length], stdin="y\n", terminal=True).code == 0


def test_kill_without_asking_takes_four_characters(studio):
    """And a row's number, which is never a part of another's."""
    run_id = studio.started()
    assert studio("kill", run_id[:4], "--yes").code == 0
    with studio.store() as store:
        row = store.outbox.submit("studio", studio.key, {"prompt": "x"})
    assert studio("kill", f"@{row}", "--yes").code == 0


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_kill_does_to_a_prompt_only_what_was_asked_about(studio, monkeypatch, when):
    """One that was uncertain when the user was asked is taken off the list at their word; one that was queued then, and was
    sent while the question stood there, stays."""
    with studio.store() as store:
        row = store.outbox.submit("studio", studio.key, {"prompt": "x"})

        def sent(*args, **kwargs):
            assert store.outbox.claim("studio").row == row
            settle(store, row, OutboxState.UNCERTAIN, "no answer")
            return True

        if when == "before":
            sent()
        monkeypatch.setattr(
            "cordage_tui.cli.base.console.Console.confirm",
            sent if when == "meanwhile" else lambda *args, **kwargs: True,
        )
        studio("kill", f"@{row}", terminal=True)
        found = store.rows.run(row)
    assert (None if found is None else found.status.value) == (None if when == "before" else "uncertain")


def test_advised_commands_name_the_profile(two):
    """A command that was run with another profile than the default names it in every command that it advises: the same
    words without it would act on the default profile."""
    studio, _ = two
    for name in ("studio", "other"):
        assert studio("--profile", name, "queue", "pause").code == 0
    assert studio("profile", "use", "studio").code == 0
    other = ("--profile", "other")
    refused = studio("trigger", "Other", "mine", *other)
    assert (refused.code, "cordage-tui --profile other queue resume" in refused.err) == (3, True)
    assert "cordage-tui --profile other queue resume" in studio(*other, "queue", "pause").err
    assert "cordage-tui --profile other webhooks list" in studio(*other, "runs", "Nothing").err
    assert "cordage-tui --profile other runs" in studio(*other, "show", "zzzz", "--offline").err
    assert "--profile" not in studio("queue", "pause").err
    studio.monkeypatch.setenv("CORDAGE_PROFILE", "other")
    assert "cordage-tui --profile other queue resume" in studio("queue", "pause").err


def test_advised_commands_name_the_settings_and_the_server(two):
    """What a command was given to find its profile is in the commands that it advises, and is there once."""
    studio, _ = two
    server = studio.server.base_url.replace("127.0.0.1", "localhost")
    paused = studio("--base-url", server, "queue", "pause").err
    assert f"until cordage-tui --base-url {server} queue resume" in paused
