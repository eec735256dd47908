"""An unrequested answer is never taken as the answer to the next call."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from cordage_tui.api.client import CordageClient
from cordage_tui.domain.rate_limit import Priority
from tests.api.raw_server import Peer, Serve, reply
from tests.api.tls import PEM, server_context

Connect = Callable[..., CordageClient]
EXTRA = reply("200 OK", [{"run_id": "nobody-asked", "status": "completed"}])


def own(request: bytes) -> bytes:
    """The honest list: one run, named as the webhook that was asked for."""
    webhook = request.split(b"/")[3].decode()
    return reply("200 OK", [{"run_id": f"run-of-{webhook}", "status": "running"}])


def chunked(request: bytes) -> bytes:
    body = own(request).partition(b"\r\n\r\n")[2]
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


async def in_one_piece(peer: Peer, request: bytes) -> None:
    await peer.send(own(request) + EXTRA)


async def in_two_pieces(peer: Peer, request: bytes) -> None:
    await peer.send(own(request))
    await peer.send(EXTRA)


async def after_a_chunked_one(peer: Peer, request: bytes) -> None:
    await peer.send(chunked(request) + EXTRA)


async def a_moment_later(peer: Peer, request: bytes) -> None:
    await peer.send(own(request))
    await asyncio.sleep(0)
    await peer.send(EXTRA)


async def half_of_it(peer: Peer, request: bytes) -> None:
    await peer.send(own(request) + EXTRA[:40])


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("answers", [in_one_piece, in_two_pieces, after_a_chunked_one, a_moment_later, half_of_it])
async def test_each_webhook_gets_its_own_list(
    serve: Serve, connect: Connect, tmp_path: Path, answers: Callable[..., object], secure: bool
) -> None:
    """The connection on which the extra answer came is closed; every list that is read is the one that was asked for."""
    extra_sent, authority = asyncio.Event(), tmp_path / "authority.pem"
    authority.write_text(PEM[PEM.index("-----BEGIN CERT") :])

    async def script(peer: Peer) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                request = await peer.request()
                await answers(peer, request)  # type: ignore[misc]
                extra_sent.set()

    server = await serve(script, **({"ssl": server_context(tmp_path)} if secure else {}))
    base = server.base.replace("http:", "https:") if secure else server.base
    client = connect(base, **({"ca_file": authority} if secure else {}))
    for webhook in ("wh_a", "wh_b", "wh_c", "wh_d"):
        extra_sent.clear()
        listed = await client.list_runs(webhook, Priority.USER)
        assert [run.run_id for run in listed] == [f"run-of-{webhook}"]
        await extra_sent.wait()
    assert len(server.got) == 4
