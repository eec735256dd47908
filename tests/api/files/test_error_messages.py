"""Requests to storage: an exact list of headers, for every host and every way to it (docs/dev/faults.md 126–127, rule
2)."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from cordage_tui import __version__
from tests.api.files.conftest import read


def allowed(place, **more):
    """The headers of a request, in their order."""
    expected = {
        "Host": place,
        "User-Agent": f"cordage-tui/{__version__}",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "keep-alive",
    }
    return tuple({**expected, **more}.items())


@pytest.fixture
def tempting(monkeypatch, tmp_path):
    """A machine full of things that other clients would send along."""
    (tmp_path / ".netrc").write_text("default login canary password canary\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("CORDAGE_API_KEY", "cordage_canary")


async def test_each_server_on_the_way_sees_the_list_and_nothing_else(storage, other, client, tempting):
    """First server, redirect, second server, resumed part, cookies offered by both: the requests are the list's."""
    file = other.put("cat.png", b"cat" * 1000, headers={"Set-Cookie": "canary=1"})
    moved = storage.put("moved.png", location=file, headers={"Set-Cookie": "canary=2"})
    fetch = client()
    whole = await read(fetch, moved)
    await read(fetch, moved, offset=5, validator=whole.validator)
    storage_host, other_host = (f"127.0.0.1:{server.port}" for server in (storage, other))
    part = {"Range": "bytes=5-", "If-Range": whole.validator}
    assert [request.headers for request in storage.seen] == [allowed(storage_host), allowed(storage_host, **part)]
    assert [request.headers for request in other.seen] == [allowed(other_host), allowed(other_host, **part)]
    assert {request.method for request in storage.seen + other.seen} == {"GET"}


async def test_a_link_is_asked_for_as_it_was_signed(storage, client):
    """Path and query reach the server to the letter; a fragment does not."""
    storage.put("a b.png", b"x", signed=True)
    url = storage.sign("a b.png") + "&x=%2f%2F+~'()*!;:@,$"
    await read(client(), url + "#fragment")
    assert storage.seen[0].target == url.removeprefix(storage.origin)


async def test_no_log_holds_a_signature(storage, client, caplog):
    """No log contains a signature, even at the most verbose level."""
    with caplog.at_level(logging.DEBUG):
        await read(client(), storage.put("x", b"x", signed=True))
    assert not [record for record in caplog.records if "signature" in record.getMessage()]


def test_making_one_imports_no_http():
    """httpx and httpcore come with the first file, not with the first screen."""
    code = (
        "import sys; from cordage_tui.api.files.client import FileClient; FileClient(loopback=True);"
        "sys.exit(int('httpx' in sys.modules or 'httpcore' in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False).returncode == 0
