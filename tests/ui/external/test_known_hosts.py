"""Hosts whose links open without a question."""

from contextlib import closing

import pytest

from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.urls import checked_link
from cordage_tui.store.store import Store
from cordage_tui.ui.external.opener import MOST, KnownHosts, disguised, origin


def link(url):
    """Return the URL as a checked link."""
    return checked_link(url, loopback=True)


@pytest.fixture
def settings(tmp_path):
    """Return the settings of a new store."""
    with closing(Store.open(tmp_path / "x.db", SystemClock())) as store:
        yield store.settings


def test_a_host_is_known_once_it_was_agreed_to(settings):
    """A host is known with its scheme and port, in its profile only, also after a restart."""
    hosts, here = KnownHosts(settings, "studio"), link("https://storage.example.com/a?sig=1")
    assert not hosts.knows(here)
    hosts.add(here)
    again = KnownHosts(settings, "studio")
    assert again.knows(link("https://storage.example.com/b"))
    others = ("https://storage.example.com:8443/a", "https://example.com/a", "http://127.0.0.1/a")
    assert not any(again.knows(link(url)) for url in others)
    assert not KnownHosts(settings, "other").knows(here)


def test_a_name_that_may_pass_for_another_is_always_asked_about(settings):
    """A host name that looks like another is never remembered, and is shown in its encoded form (docs/dev/faults.md
    114)."""
    hosts, cyrillic = KnownHosts(settings, "studio"), link("https://st\u043erage.example.com/a")
    hosts.add(cyrillic)
    assert disguised(cyrillic) and not hosts.knows(cyrillic)
    assert origin(cyrillic) == "https://xn--strage-dbg.example.com" or "xn--" in origin(cyrillic)


def test_the_oldest_are_forgotten(settings):
    """Only the newest hosts are kept, so that the database stays small."""
    hosts = KnownHosts(settings, "studio")
    for n in range(MOST + 1):
        hosts.add(link(f"https://h{n}.example.com/"))
    assert not hosts.knows(link("https://h0.example.com/")) and hosts.knows(link("https://h1.example.com/"))
