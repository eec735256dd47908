"""`cordage-tui profile`, as people and scripts use it."""

import json
import time
import tomllib
from contextlib import closing

import pytest

from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.simulator.server import run_in_thread
from cordage_tui.simulator.world import plain_world
from cordage_tui.store.store import Store


@pytest.fixture
def two(studio):
    """Return a studio whose `webhooks.toml` has a second profile, `side`, on the same server."""
    studio("webhooks", "add", studio.key, "Dawn", "--profile", "side", "--base-url", studio.server.base_url)
    return studio


def saved(studio):
    """Return the content of `webhooks.toml`."""
    return tomllib.loads(studio.home.paths.webhooks_file.read_text())


def test_profiles_are_listed_and_shown(two):
    """Profiles are listed with servers and webhooks, the opened one is marked, and no key is shown."""
    listed = two("profile", "list")
    assert [line.split("\t")[:2] for line in listed.out.splitlines()] == [["*", "studio"], ["", "side"]]
    (answer,) = (json.loads(line) for line in two("profile", "--json").out.splitlines())
    assert [(p["name"], p["webhooks"], p["opened"]) for p in answer["profiles"]] == [
        ("studio", ["Sunset"], True),
        ("side", ["Dawn"], False),
    ]
    page = two("profile", "show", "side")
    assert "Webhooks: Dawn" in page.out and "from CORDAGE_API_KEY" in page.out and "webhooks.toml" in page.out
    assert two.server.api_key not in page.out + page.err
    assert json.loads(two("profile", "show", "--json").out)["name"] == "studio"
    assert two("profile", "show", "sied").code == 2


def test_a_profile_is_chosen(two):
    """`use` chooses the profile that is opened, except if the user's own file sets one."""
    assert two("profile", "use", "side").code == 0
    assert two("webhooks").out.startswith("Dawn  ")
    two.home.config("default_profile = 'studio'\n" + two.home.paths.config_file.read_text())
    ended = two("profile", "use", "side")
    assert ended.code == 2 and "default_profile" in ended.err
    assert two("webhooks").out.startswith("Sunset  ")


def test_the_server_of_a_profile_is_changed_after_a_read(two):
    """A new server is tested by one read, and the queue of the old server stays with it."""
    two("trigger", "Dawn", "a fox", "--profile", "side", "--queue")
    old = two.server.base_url
    refused = two("profile", "set", "side", "--base-url", "127.0.0.1:9")
    assert (
        refused.code == 3
        and "The profile is as it was." in refused.err
        and saved(two)["profiles"]["side"]["base_url"] == old
    )
    with closing(run_in_thread(plain_world(time.time))) as new_server:
        new_server.world.add_webhook(two.server.world.webhooks[0])
        two.monkeypatch.setenv("CORDAGE_API_KEY", new_server.api_key)
        ended = two("profile", "set", "side", "--base-url", new_server.base_url.removeprefix("http://"))
        assert ended.code == 0, ended.err
        assert f"1 prompt of {old} stay there" in ended.err
        assert "The queue is empty." in two("queue", "--profile", "side").err
        assert two("queue", "--profile", "side", "--base-url", old).out != "The queue is empty.\n"
        assert saved(two)["profiles"]["side"]["base_url"] == new_server.base_url


def test_rows_of_an_older_version_stay_with_the_server_that_they_were_for(two):
    """Rows of a database without servers belong to the old server when the profile gets another."""
    two("trigger", "Dawn", "a fox", "--profile", "side", "--queue")
    store = Store.open(two.home.paths.database, SystemClock())
    with store.database.write() as write:
        write.execute("DELETE FROM servers")
    store.close()
    assert two("profile", "set", "side", "--base-url", "https://cordage.example.com", "--untested").code == 0
    assert "The queue is empty." in two("queue", "--profile", "side").err


def test_what_is_in_the_users_own_file_is_not_changed(two):
    """`config.toml` is never changed; the error names it and says what to write."""
    for argv in (["set", "studio", "--base-url", "https://x.example", "--untested"], ["remove", "studio", "--yes"]):
        before = two.home.paths.config_file.read_text()
        ended = two("profile", *argv)
        assert ended.code == 2 and str(two.home.paths.config_file) in ended.err
        assert two.home.paths.config_file.read_text() == before


def test_a_profile_is_removed_with_its_key_after_a_question(two):
    """Removing a profile asks, names its queued prompts, and removes its webhooks and its key."""
    two("trigger", "Dawn", "a fox", "--profile", "side", "--queue")
    two.monkeypatch.delenv("CORDAGE_API_KEY")
    two("key", "set", "--profile", "side", "--untested", stdin="cordage_secret\n")
    refused = two("profile", "remove", "side", stdin="n\n", terminal=True)
    assert refused.code == 2 and "1 prompt in its queue will not be sent" in refused.err
    assert two("profile", "remove", "side").code == 2
    assert two("profile", "remove", "side", "--yes").code == 0
    assert "side" not in saved(two).get("profiles", {})
    assert "cordage_secret" not in two.home.paths.credentials_file.read_text()


def test_key_set_drops_no_server(cordage):
    """`key set` with a new server is refused with the command that adds both."""
    ended = cordage("key", "set", "--base-url", "cordage.example.com", stdin="cordage_k\n")
    assert ended.returncode == 2
    assert "cordage-tui webhooks add KEY NAME --base-url cordage.example.com" in ended.stderr
    assert not cordage.paths.credentials_file.exists()


@pytest.mark.parametrize("command", [["trigger", "Dawn", "a fox"], ["runs", "Dawn"], ["stats", "Dawn"]])
def test_a_webhook_of_another_profile_is_named_with_it(two, command):
    """A webhook of another profile is reported with the name of that profile."""
    ended = two(*command)
    assert ended.code == 2 and "Profile 'side' has it." in ended.err and "--profile side" in ended.err
