"""Reading a body that may be endless, a bomb or garbage (FAULTS.md C 17, C 68)."""

import zlib
from typing import Final

import httpx

MAX_BODY: Final = 8 * 1024 * 1024
"""Bytes of a body, on the wire and decoded."""


class InvalidBody(Exception):
    """The body is larger, or encoded otherwise, than we take. `str` is one sentence."""


async def read_body(response: httpx.Response) -> bytes:
    """The whole decoded body of a streamed response. We ask for `identity`; one layer of gzip is taken all the same.

    Raises InvalidBody, and what httpx raises while reading.
    """
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "", "gzip", "x-gzip"}:
        raise InvalidBody(f"the answer is encoded as {encoding[:40]}, which nobody asked for")
    zipped = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in encoding else None
    whole = bytearray()
    async for chunk in response.aiter_raw():
        whole += chunk if zipped is None else _inflated(zipped, chunk, MAX_BODY + 1 - len(whole))
        if len(whole) > MAX_BODY:
            raise InvalidBody(f"the answer is larger than {MAX_BODY // 1024 // 1024} MiB")
    if zipped is not None and whole and not zipped.eof:
        raise InvalidBody("the gzip of the answer is cut short")
    return bytes(whole)


def _inflated(zipped: "zlib._Decompress", chunk: bytes, room: int) -> bytes:
    if zipped.eof:
        raise InvalidBody("the answer goes on after the end of its gzip")
    try:
        return zipped.decompress(chunk, room)
    except zlib.error:
        pass
    raise InvalidBody("the gzip of the answer is damaged")
