"""Redirects: at most five, each by the rule of links, never to a less safe place (docs/dev/faults.md 126)."""

import pytest

from cordage_tui.api.errors import FileServerError, UrlNotAllowed
from tests.api.files.conftest import read


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_every_kind_is_followed(storage, other, client, status):
    """Every kind of redirect is followed, to another server, absolute or relative."""
    target = other.put("there", b"file")
    other.put("near", location="/there", status=status)
    start = storage.put("here", location=other.link("near"), status=status)
    assert (await read(client(), start)).content == b"file"
    assert len(other.requests("there")) == 1 and target


async def test_five_are_followed_and_not_one_more(storage, client):
    """Loops end like that, too."""
    storage.put("0", b"file")
    for step in range(1, 7):
        storage.put(str(step), location=f"/{step - 1}")
    fetch = client()
    assert (await read(fetch, storage.link("5"))).content == b"file"
    with pytest.raises(FileServerError, match="more than 5 redirects"):
        await read(fetch, storage.link("6"))
    with pytest.raises(FileServerError, match="more than 5 redirects"):
        await read(fetch, storage.put("loop", location="/loop"))
    assert len(storage.requests("loop")) == 6


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("http://b.example/x?token=canary", "plain http"),
        ("http://127.0.0.1:{port}/x?token=canary", "leads to this machine"),
        ("https://127.0.0.1:{port}/x?token=canary", "leads to this machine"),
        ("https://localhost:{port}/x?token=canary", "leads to this machine"),
        ("https://[::ffff:127.0.0.1]:{port}/x?token=canary", "this machine|public network"),
        ("https://169.254.169.254/x?token=canary", "public network"),
        ("https://2130706433/x?token=canary", "no usable host"),
        ("https://user:canary@b.example/x", "user name"),
        ("file:///etc/passwd?token=canary", "does not begin"),
        ("/\\b.example/x?token=canary", "backslashes"),
        ("", "is empty"),
    ],
)
async def test_one_to_a_less_safe_place_is_refused_in_one_line(secure, storage, public, outside, location, message):
    """A redirect to a less safe place is refused; nothing is sent there, and the message contains no signature."""
    public.add("a.example", "93.184.216.34", secure)
    storage.put("x", b"secret of this machine")
    secure.put("moved", location=location.format(port=storage.port))
    with pytest.raises(UrlNotAllowed, match=message) as caught:
        await read(outside, "https://a.example/moved?token=canary")
    assert not storage.seen and public.dialled == ["93.184.216.34"]
    assert "canary" not in str(caught.value) and "\n" not in str(caught.value) and not caught.value.retry
    assert caught.value.__cause__ is None and caught.value.__context__ is None


async def test_one_to_nowhere(storage, client):
    """A redirect without an address is trouble of the storage's."""
    with pytest.raises(FileServerError, match="without a target"):
        await read(client(), storage.put("x", status=302))
