"""Commands of one profile never use rows of another."""

import json

import pytest

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.simulator.faults import Call
from tests.tries import settle


@pytest.fixture
def two(studio):
    """Return a protected, read-only studio with an active run, a second profile on its server, and the row of the
    run."""
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
    """`@N` of another profile is unknown and ends with 2, and no run is changed."""
    studio, row = two
    name, *options = command
    ended = studio("--profile", "other", name, f"@{row.id}", *options)
    assert (ended.code, ended.out) == (2, "")
    assert f"'@{row.id}'" in ended.err
    assert not [exchange for exchange in studio.server.log if exchange.call is Call.KILL]
    assert studio("--profile", "studio", "show", f"@{row.id}", "--offline").code == 0


def test_the_list_of_one_profile_shows_no_row_of_another(two):
    """Runs, queue and completion show no row of another profile."""
    studio, row = two
    runs = json.loads(studio("--profile", "other", "runs", "--all", "--offline", "--json").out)["runs"]
    assert runs == []
    assert studio("__complete", "fish", "--profile", "other", "kill", "").out == ""
    assert studio("--profile", "other", "queue", "drop", str(row.id), "--yes").code == 2


@pytest.mark.parametrize("length", [1, 3])
def test_kill_without_asking_wants_four_characters(studio, length):
    """`kill --yes` needs four characters of an id, because fewer match by chance."""
    run_id = studio.started()
    ended = studio("kill", run_id[:length], "--yes")
    assert (ended.code, ended.out) == (2, "")
    assert not [exchange for exchange in studio.server.log if exchange.call is Call.KILL]
    assert studio("kill", run_id[:length], stdin="y\n", terminal=True).code == 0


def test_kill_without_asking_takes_four_characters(studio):
    """`kill --yes` accepts four characters of an id, or the number of a row."""
    run_id = studio.started()
    assert studio("kill", run_id[:4], "--yes").code == 0
    with studio.store() as store:
        row = store.outbox.submit("studio", studio.key, {"prompt": "x"})
    assert studio("kill", f"@{row}", "--yes").code == 0


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_kill_does_to_a_prompt_only_what_was_asked_about(studio, monkeypatch, when):
    """A prompt that became uncertain during the question is kept, and one that was uncertain before is dropped."""
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
        run = store.rows.run(row)
    assert (None if run is None else run.status.value) == (None if when == "before" else "uncertain")


def test_advised_commands_name_the_profile(two):
    """Advised commands name the profile, because without it they would use the default one."""
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
    """Advised commands repeat the options that found the profile, each once."""
    studio, _ = two
    server = studio.server.base_url.replace("127.0.0.1", "localhost")
    paused = studio("--base-url", server, "queue", "pause").err
    assert f"until cordage-tui --base-url {server} queue resume" in paused
