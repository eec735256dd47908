"""A profile's runs and prompts belong to the server they were made for."""

import pytest

from cordage_tui.domain.webhook import Profile
from cordage_tui.store.store import Store

HERE, THERE = "http://127.0.0.1:1/api", "http://127.0.0.1:2/api"


def at(base_url: str, *, redirected: bool = False) -> Profile:
    return Profile("studio", base_url, is_redirected=redirected)


def test_the_first_server_of_a_profile_has_its_name_and_each_other_one_of_its_own(store: Store) -> None:
    """The first server of a profile has the profile's name, other servers have their own, and reading writes
    nothing."""
    assert store.servers.stored_as(at(THERE)) == store.servers.stored_as(at(HERE)) == "studio"
    assert store.servers.claim(at(HERE)) == "studio"
    other = store.servers.claim(at(THERE))
    assert other != "studio" and store.servers.claim(at(THERE)) == store.servers.stored_as(at(THERE)) == other
    assert store.servers.stored_as(at(HERE)) == "studio"


@pytest.mark.parametrize("alike", ["http://127.0.0.1:1/api/", "HTTP://127.0.0.1:1/api", " http://127.0.0.1:1/api"])
def test_the_same_server_written_otherwise_is_the_same(store: Store, alike: str) -> None:
    """A slash at the end or capitals in the scheme lead to no other queue."""
    assert store.servers.claim(at(HERE)) == store.servers.claim(at(alike))


def test_another_path_of_the_same_host_is_another_server(store: Store) -> None:
    """Another path of the same host is another server."""
    assert store.servers.claim(at(HERE)) != store.servers.claim(at("http://127.0.0.1:1/staging"))


def test_what_an_older_version_left_belongs_to_the_server_of_the_settings(store: Store) -> None:
    """`--base-url` on the first start after an update does not take the queue along; without rows there is nothing to take."""
    store.outbox.submit("studio", "wh", {"prompt": "a fox"})
    assert store.servers.claim(at(THERE, redirected=True)) != "studio"
    assert store.servers.claim(at(HERE)) == "studio"
    assert store.servers.claim(Profile("new", THERE, is_redirected=True)) == "new"


def test_what_waits_elsewhere_is_counted_by_server(store: Store) -> None:
    """Prompts of this profile that wait on other servers are counted by server."""
    first, second = store.servers.claim(at(HERE)), store.servers.claim(at(THERE))
    store.servers.claim(Profile("other", THERE))
    for name in (first, second, second, "other"):
        store.outbox.submit(name, "wh", {"prompt": "a fox"})
    assert store.servers.queued_elsewhere(at(HERE)) == {THERE: 2}
    assert store.servers.queued_elsewhere(at(THERE)) == {HERE: 1}
