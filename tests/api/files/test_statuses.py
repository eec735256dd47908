"""Meaning of each status for a download."""

import random
from collections import Counter

import pytest

from cordage_tui.api.errors import (
    FileConnectionLost,
    FileFetchError,
    FileServerError,
    FileServerRateLimited,
    UrlExpired,
)
from cordage_tui.api.request import FileTimeouts
from tests.api.files.conftest import read
from tests.api.raw_server import reply


@pytest.mark.parametrize(
    ("status", "error", "retry"),
    [
        *((status, UrlExpired, False) for status in (400, 401, 403, 404, 410)),
        (429, FileServerRateLimited, True),
        *((status, FileServerError, True) for status in (408, 425, 500, 502, 503, 504, 599)),
        *((status, FileServerError, False) for status in (204, 205, 206, 300, 304, 402, 405, 406, 416, 418, 451)),
    ],
)
async def test_statuses_without_a_file(storage, client, status, error, retry):
    """One line with the host and the number, and whether trying again helps."""
    with pytest.raises(error, match=rf"127\.0\.0\.1.*{status}") as caught:
        await read(client(), storage.put("x", b"<Error>canary</Error>" * (status not in (204, 304)), status=status))
    assert type(caught.value) is error and caught.value.retry is retry
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "retry_after", "waits"),
    [(429, "7", 7.0), (503, "7", 7.0), (429, "99999", 300.0), (429, "x", None), (404, "7", None)],
)
async def test_the_wish_to_wait_is_heard_within_bounds(storage, client, status, retry_after, waits):
    """`Retry-After` counts for at most five minutes, and only if waiting helps."""
    with pytest.raises((FileServerRateLimited, FileServerError, UrlExpired)) as caught:
        await read(client(), storage.put("x", b"", status=status, headers={"Retry-After": retry_after}))
    assert caught.value.retry_after_s == waits


async def test_a_link_that_expired(storage, client):
    """A fresh one works again."""
    fetch, url = client(), storage.put("x", b"file", signed=True)
    assert (await read(fetch, url)).content == b"file"
    storage.expire()
    with pytest.raises(UrlExpired):
        await read(fetch, url)
    assert (await read(fetch, storage.sign("x"))).content == b"file"


async def test_nobody_listens(client):
    """A refused connection is trouble that may pass."""
    with pytest.raises(FileConnectionLost, match=r"^127\.0\.0\.1:1 refused the connection") as caught:
        await read(client(), "http://127.0.0.1:1/x")
    assert caught.value.retry


@pytest.mark.parametrize("answer", [b"\x16\x03\x01 no http\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000, b""])
async def test_no_http(serve, client, answer):
    """Garbage, a header without end, or nothing at all."""

    async def script(peer):
        await peer.request()
        await peer.send(answer)

    server = await serve(script)
    with pytest.raises(FileConnectionLost, match=r"did not speak HTTP|without an answer|broke"):
        await read(client(), f"http://127.0.0.1:{server.port}/x")


async def test_whatever_a_server_writes_ends_in_one_of_our_errors(serve, client):
    """Good answers with bytes changed, doubled, cut and swapped: never another exception, never a short file that looks
    whole."""
    rng = random.Random(5)
    body = rng.randbytes(2000)
    good = reply(
        "206 Partial Content", body, 'ETag: "x"', "Content-Range: bytes 0-1999/2000", "Content-Encoding: identity"
    )
    answers = []

    async def script(peer):
        await peer.request()
        await peer.send(answers[-1])

    server = await serve(script)
    fetch, ends = client(deadlines=FileTimeouts(head_s=1.0, stall_s=1.0)), Counter()
    for step in range(300):
        answers.append(_damaged(rng, good.replace(b"206 Partial Content", b"200 OK") if step % 2 else good))
        try:
            got = await read(fetch, f"http://127.0.0.1:{server.port}/x", limit=10_000)
            assert got.length is None or len(got.content) == got.length
            ends["read"] += 1
        except FileFetchError as error:
            assert "\n" not in str(error) and len(str(error)) <= 300
            ends[type(error).__name__] += 1
    assert ends["read"] and ends["FileConnectionLost"] and ends["FileServerError"], ends


def _damaged(rng: random.Random, answer: bytes) -> bytes:
    """`answer` with one to three wounds, mostly in its head."""
    wounded = bytearray(answer)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(120 if rng.random() < 0.7 else len(wounded))
        match rng.randrange(4):
            case 0:
                wounded[at] = rng.randrange(256)
            case 1:
                wounded[at:at] = wounded[at : at + rng.randrange(40)]
            case 2:
                del wounded[at : at + rng.randrange(20)]
            case _:
                del wounded[max(at, 100) :]
    return bytes(wounded)
