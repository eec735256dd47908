"""What each status means for whoever wants the file."""

import pytest

from cordage_tui.api.storage.errors import LinkExpired, StorageBroken, StorageLimited, StorageTrouble
from tests.api.storage.conftest import read


@pytest.mark.parametrize(
    ("status", "error", "retry"),
    [
        *((status, LinkExpired, False) for status in (400, 401, 403, 404, 410)),
        (429, StorageLimited, True),
        *((status, StorageTrouble, True) for status in (408, 425, 500, 502, 503, 504, 599)),
        *((status, StorageTrouble, False) for status in (204, 205, 206, 300, 304, 402, 405, 406, 416, 418, 451)),
    ],
)
async def test_statuses_without_a_file(storage, client, status, error, retry):
    """One line with the host and the number, and whether trying again helps."""
    with pytest.raises(error, match=rf"127\.0\.0\.1.*{status}") as caught:
        await read(client(), storage.put("x", b"<Error>canary</Error>" * (status not in (204, 304)), status=status))
    assert type(caught.value) is error and caught.value.retry is retry
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "told", "waits"),
    [(429, "7", 7.0), (503, "7", 7.0), (429, "99999", 300.0), (429, "x", None), (404, "7", None)],
)
async def test_the_wish_to_wait_is_heard_within_bounds(storage, client, status, told, waits):
    """At most five minutes, and only where waiting helps."""
    with pytest.raises((StorageLimited, StorageTrouble, LinkExpired)) as caught:
        await read(client(), storage.put("x", b"", status=status, headers={"Retry-After": told}))
    assert caught.value.retry_after_s == waits


async def test_a_link_that_expired(storage, client):
    """A fresh one works again."""
    fetch, url = client(), storage.put("x", b"file", signed=True)
    assert (await read(fetch, url)).content == b"file"
    storage.expire()
    with pytest.raises(LinkExpired):
        await read(fetch, url)
    assert (await read(fetch, storage.sign("x"))).content == b"file"


async def test_nobody_listens(client):
    """A refused connection is trouble that may pass."""
    with pytest.raises(StorageBroken, match="refused the connection") as caught:
        await read(client(), "http://127.0.0.1:1/x")
    assert caught.value.retry


@pytest.mark.parametrize("answer", [b"\x16\x03\x01 no http\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000, b""])
async def test_no_http(serve, client, answer):
    """Garbage, a header without end, or nothing at all."""

    async def script(peer):
        await peer.request()
        await peer.send(answer)

    server = await serve(script)
    with pytest.raises(StorageBroken, match=r"did not speak HTTP|without an answer|broke"):
        await read(client(), f"http://127.0.0.1:{server.port}/x")
