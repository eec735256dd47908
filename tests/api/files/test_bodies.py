"""Bodies that lie, never end, stand still or blow up: each ends in one line (docs/dev/faults.md 137, 145, 146)."""

import asyncio
import gzip
import random
import tracemalloc

import pytest

from cordage_tui.api.errors import BodyTooLarge, FileConnectionLost, FileServerError
from cordage_tui.api.files.response import CHUNK
from cordage_tui.api.request import FileTimeouts
from tests.api.files.conftest import read

CONTENT = random.Random(2).randbytes(200_000)


@pytest.mark.parametrize("treatment", [{}, {"chunked": True}, {"headers": {"Content-Encoding": "aws-chunked"}}])
async def test_a_good_body_comes_in_small_pieces(storage, client, treatment):
    """A good body comes in small pieces, with a length or in chunks."""
    got = await read(client(), storage.put("x", CONTENT, **treatment))
    assert got.content == CONTENT and got.largest <= CHUNK
    assert got.length == (None if "chunked" in treatment else len(CONTENT))


async def test_an_empty_file_is_a_file(storage, client):
    """An empty file has no pieces and raises no error."""
    got = await read(client(), storage.put("x", b""))
    assert (got.content, got.length) == (b"", 0)


@pytest.mark.parametrize(
    ("treatment", "error", "message"),
    [
        ({"cut_every": 1000}, FileConnectionLost, "cut its answer short"),
        ({"cut_every": 1000, "chunked": True}, FileConnectionLost, "cut its answer short"),
        ({"cut_every": 1000, "reset": True}, FileConnectionLost, "broke|cut its answer short"),
        ({"told_length": 300_000}, FileConnectionLost, "cut its answer short"),
        ({"delimited": False}, FileServerError, "does not say where the file ends"),
        ({"headers": {"Content-Encoding": "br"}}, FileServerError, "encoded as br"),
        ({"headers": {"Content-Encoding": "gzip, gzip"}}, FileServerError, "encoded as gzip, gzip"),
        ({"headers": {"Content-Encoding": "gzip"}}, FileServerError, "damaged"),
        ({"headers": {"Content-Length": "1, 2"}}, FileConnectionLost, "did not speak HTTP"),
        ({"zipped": True, "cut_every": 1000}, FileConnectionLost, "cut its answer short"),
    ],
)
async def test_a_body_that_is_not_whole_never_ends_well(storage, client, treatment, error, message):
    """A body that is too short, has no end, or has an unrequested encoding raises an error."""
    with pytest.raises(error, match=message) as caught:
        await read(client(), storage.put("x", CONTENT, **treatment))
    assert "\n" not in str(caught.value) and caught.value.__context__ is None


async def test_more_than_was_told_is_cut_off(storage, client):
    """Bytes after the announced length are dropped, and never become part of a later answer."""
    fetch = client()
    got = await read(fetch, storage.put("x", CONTENT, told_length=150_000))
    assert got.content == CONTENT[:150_000]
    assert (await read(fetch, storage.put("y", b"other"))).content == b"other"


async def test_the_limit_holds_for_told_and_for_endless_bodies(storage, client):
    """A body over the limit is refused before its first byte, or cut off at the limit if it has no length."""
    fetch = client()
    fits = await read(fetch, storage.put("x", CONTENT), limit=len(CONTENT))
    assert fits.content == CONTENT
    with pytest.raises(BodyTooLarge, match="more than the 199,999 bytes"):
        await read(fetch, storage.link("x"), limit=len(CONTENT) - 1)
    with pytest.raises(BodyTooLarge, match="more than the 1,000,000 bytes"):
        await read(fetch, storage.put("endless", CONTENT, endless=True), limit=1_000_000)
    with pytest.raises(BodyTooLarge):
        await read(fetch, storage.link("x"), limit=len(CONTENT) - 1, offset=150_000, validator=fits.validator)


async def test_gzip_that_nobody_asked_for_is_unpacked(storage, client):
    """An unrequested gzip is unpacked, and its length and tag are ignored, because they belong to the gzip."""
    got = await read(client(), storage.put("x", CONTENT, zipped=True))
    assert (got.content, got.length, got.validator) == (CONTENT, None, None) and got.largest <= CHUNK


async def test_gzip_of_several_members_is_refused_not_cut(storage, client):
    """A gzip body of several members is refused, instead of being cut to a short file that looks complete."""
    twice = gzip.compress(CONTENT) + gzip.compress(CONTENT)
    with pytest.raises(FileServerError, match="damaged"):
        await read(client(), storage.put("x", twice, headers={"Content-Encoding": "gzip"}))


async def test_a_gzip_bomb_ends_early_and_in_little_memory(storage, client):
    """A gzip bomb ends at the limit of decoded bytes, with only a few pieces in memory."""
    bomb = gzip.compress(bytes(80 << 20), 1)
    url, fetch, received = storage.put("x", bomb, headers={"Content-Encoding": "gzip"}), client(), 0
    await read(fetch, storage.put("first", b"imports httpcore"))
    tracemalloc.start()
    with pytest.raises(BodyTooLarge, match="decodes to more than 64 MiB"):
        async with fetch.open(url) as incoming:
            async for chunk in incoming.chunks():
                received += len(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert received <= 64 << 20 and peak < 4 << 20


@pytest.mark.parametrize("treatment", [{"stall_after": 1000}, {"silent": True}])
async def test_silence_ends(storage, client, treatment):
    """Silence before the head or in the body ends the request, which may be retried."""
    fetch = client(deadlines=FileTimeouts(head_s=0.2, stall_s=0.2))
    with pytest.raises(FileConnectionLost, match="no whole answer in time") as caught:
        await read(fetch, storage.put("x", CONTENT, **treatment))
    assert caught.value.retry


async def test_a_body_that_crawls_ends(storage, client):
    """A body that never pauses for long but arrives too slowly ends the request."""
    fetch = client(deadlines=FileTimeouts(crawl_s=0.1, crawl_bytes=1 << 20))
    with pytest.raises(FileConnectionLost, match="is too slow"):
        await read(fetch, storage.put("x", CONTENT, pace_s=0.02))


async def test_a_reader_that_takes_its_time_is_no_crawl(storage, client):
    """A slow reader does not count as a slow server."""
    fetch = client(deadlines=FileTimeouts(crawl_s=0.15, crawl_bytes=1 << 20))
    async with fetch.open(storage.put("x", CONTENT)) as incoming:
        async for _ in incoming.chunks():
            await asyncio.sleep(0.06)
