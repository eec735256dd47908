"""Continuing after a break: a part is used only if it surely continues the same file (docs/dev/faults.md 137, 138)."""

import random

import pytest

from cordage_tui.api.errors import FileConnectionLost, FileFetchError
from tests.api.files.conftest import read

CONTENT = random.Random(1).randbytes(300_000)


async def test_the_rest_of_the_same_file(storage, client):
    """A continued file starts at our offset, and its length is that of the whole file."""
    url, fetch = storage.put("x", CONTENT), client()
    whole = await read(fetch, url)
    assert (whole.offset, whole.length, whole.content) == (0, len(CONTENT), CONTENT)
    rest = await read(fetch, url, offset=100_000, validator=whole.validator)
    assert (rest.offset, rest.length, rest.content) == (100_000, len(CONTENT), CONTENT[100_000:])
    assert rest.validator == whole.validator


@pytest.mark.parametrize(
    ("treatment", "requests"),
    [
        ({"ranges": False}, 1),
        ({"wrong_range": 7}, 2),
        ({"wrong_range": -7}, 2),
        ({"headers": {"Content-Range": "bytes 100-199/*"}}, 2),
        ({"headers": {"Content-Range": f"bytes 100-199/{len(CONTENT)}"}}, 2),
        ({"headers": {"Content-Range": f"bytes 100-{len(CONTENT)}/{len(CONTENT) + 1}"}}, 2),
        ({"headers": {"Content-Range": "nonsense"}}, 2),
        ({"headers": {"Content-Type": "multipart/byteranges; boundary=x", "Content-Range": ""}}, 2),
        ({"content": CONTENT[:50]}, 2),
        ({"content": CONTENT[::-1], "etag": ""}, 1),
        ({"zipped": True}, 2),
    ],
)
async def test_all_else_ends_with_the_whole_file(storage, client, treatment, requests):
    """A 200, a wrong part, a 416 or a changed file gives the whole file with `offset` 0, so earlier bytes must go."""
    url, fetch = storage.put("x", CONTENT), client()
    validator = (await read(fetch, url)).validator
    storage.change("x", **{"etag": validator, **treatment})
    got = await read(fetch, url, offset=100, validator=validator)
    assert (got.offset, got.content) == (0, treatment.get("content", CONTENT))
    assert len(storage.seen) == 1 + requests
    assert storage.seen[1].header("range") == "bytes=100-"


async def test_a_part_of_another_file_is_not_taken(storage, client):
    """A server that ignores If-Range and sends a part with another tag is asked for the whole."""
    url, fetch = storage.put("x", CONTENT, etag='"new"'), client()
    storage.change("x", headers={"ETag": '"newer"'}, etag='"old"')
    got = await read(fetch, url, offset=100, validator='"old"')
    assert (got.offset, got.content) == (0, CONTENT)


@pytest.mark.parametrize("validator", [None, 'W/"weak"', "bare", '""', '"a"b"', '"ü"', '"a b"', "*", '"x"\r\nX: y'])
async def test_without_a_strong_tag_nothing_is_gone_on_with(storage, client, validator):
    """A tag that is not strong is never stored from an answer, and never used to request a part."""
    url = storage.put("x", CONTENT, etag=None if validator is None or "\r" in validator else validator)
    try:
        got = await read(client(), url, offset=100, validator=validator)
    except FileFetchError:  # the server itself could not put it into a header
        assert validator == '"ü"'
        return
    assert (got.offset, got.validator, got.content) == (0, None, CONTENT)
    assert storage.seen[0].header("range") is None


async def test_cut_at_every_64_kib_it_comes_whole_in_the_end(storage, client):
    """Piece after piece, none twice and none missing."""
    url, fetch = storage.put("x", CONTENT, cut_every=65_536), client()
    got, validator = b"", None
    while len(got) < len(CONTENT):
        try:
            async with fetch.open(url, offset=len(got), validator=validator) as incoming:
                assert incoming.offset == len(got)
                validator = incoming.validator
                async for chunk in incoming.chunks():
                    got += chunk
        except FileConnectionLost as broken:
            assert broken.retry
    assert got == CONTENT and len(storage.seen) == 5
