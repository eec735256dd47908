"""The address connected to is checked, not only the name (docs/dev/faults.md 125, rule 5)."""

import asyncio
import socket
import ssl

import pytest

from cordage_tui.api.errors import FileConnectionLost, FileServerError, UrlNotAllowed
from cordage_tui.api.files.connections import Resolver
from cordage_tui.api.request import FileTimeouts
from tests.api.files.conftest import read
from tests.api.raw_server import Peer

PUBLIC, OTHER, SIX = "93.184.216.34", "1.1.1.1", "2606:4700::1111"


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1", "64:ff9b::7f00:1"])
async def test_a_public_name_with_a_private_address_is_refused(secure, public, outside, address):
    """A public name with a private address is refused before any connection is made."""
    public.add("a.example", address, secure)
    with pytest.raises(UrlNotAllowed, match="which is not public"):
        await read(outside, "https://a.example/x")
    assert not public.dialled


async def test_a_name_that_is_bound_anew_between_two_looks_is_refused(secure, public, outside):
    """A name that resolves to this machine at the second look-up is refused, because the connection uses the checked
    address."""
    secure.put("x", b"file", headers={"Connection": "close"})
    public.add("a.example", PUBLIC, secure)
    public.servers["127.0.0.1"] = secure
    public.names["a.example"] = [[PUBLIC], ["127.0.0.1"]]
    assert (await read(outside, "https://a.example/x")).content == b"file"
    with pytest.raises(UrlNotAllowed):
        await read(outside, "https://a.example/x")
    assert public.dialled == [PUBLIC]


async def test_a_redirect_to_a_name_of_this_machine_is_refused(secure, public, outside):
    """The rule holds at every step, after the look-up too."""
    public.add("a.example", PUBLIC, secure)
    public.add("b.example", "127.0.0.1", secure)
    secure.put("x", location="https://b.example/x")
    with pytest.raises(UrlNotAllowed, match=r"b\.example has the address 127\.0\.0\.1"):
        await read(outside, "https://a.example/x")
    assert public.dialled == [PUBLIC]


async def test_of_several_addresses_only_public_ones_are_tried(secure, public, outside):
    """Only public addresses of a name are tried, and the next one if one refuses."""
    secure.put("x", b"file")
    public.add("a.example", PUBLIC, secure)
    public.names["a.example"] = [["10.0.0.1", OTHER, "127.0.0.1", PUBLIC]]
    assert (await read(outside, "https://a.example/x")).content == b"file"
    assert public.dialled == [OTHER, PUBLIC]


async def test_an_address_that_says_nothing_does_not_hold_up_the_next(secure, public, outside):
    """An IPv6 that leads nowhere costs a quarter of a second, not a deadline; the kinds take turns."""
    secure.put("x", b"file")
    public.add("a.example", SIX, None)
    public.servers[PUBLIC] = secure
    public.names["a.example"] = [[SIX, "2606:4700::2222", PUBLIC]]
    async with asyncio.timeout(5):
        assert (await read(outside, "https://a.example/x")).content == b"file"
    assert public.dialled == [SIX, PUBLIC]


async def test_nobody_answers_at_any_address(public, client):
    """One line, after the time that a connection may take."""
    public.add("a.example", PUBLIC, None)
    fetch = client(
        loopback=False,
        deadlines=FileTimeouts(connect_s=0.1),
        network=Resolver(public.resolve, public.dial, ssl.create_default_context()),
    )
    with pytest.raises(FileConnectionLost, match=r"no connection to a\.example in time") as caught:
        await read(fetch, "https://a.example/x")
    assert caught.value.retry


async def test_this_machine_is_out_of_reach_of_public_names_even_where_the_api_is_here(secure, public, client):
    """`loopback` opens this machine to links that say so, not to names that turn out to lead here."""
    public.add("a.example", "127.0.0.1", secure)
    fetch = client(network=Resolver(public.resolve, public.dial, ssl.create_default_context()))
    with pytest.raises(UrlNotAllowed):
        await read(fetch, "https://a.example/x")
    assert not public.dialled


async def test_localhost_is_this_machine_whatever_kind_of_address_it_has(storage, client):
    """If one address of `localhost` refuses, the other is tried."""
    url = storage.put("x", b"file").replace("127.0.0.1", "localhost")
    assert (await read(client(), url)).content == b"file"


async def test_a_certificate_that_nobody_vouches_for_is_refused(secure, client):
    """A certificate of an unknown authority is refused, and the request is not retried automatically."""
    secure.put("x", b"file")
    with pytest.raises(FileConnectionLost, match=r"certificate of 127\.0\.0\.1 is not accepted") as caught:
        await read(client(), secure.link("x"))
    assert not caught.value.retry and not secure.seen
    assert "ca_file" in str(caught.value)


async def test_the_users_own_authority_vouches_for_a_file_server_too(secure, client, tmp_path):
    """`ca_file` is for downloads as it is for calls; one that cannot be read is never passed over."""
    link = secure.put("x", b"file")
    assert (await read(client(ca_file=tmp_path / "untrusted.pem"), link)).content == b"file"
    with pytest.raises(FileServerError, match="ca_file cannot be read"):
        await read(client(ca_file=tmp_path / "none.pem"), link)


async def test_a_name_that_is_not_there(client):
    """A name that cannot be resolved is retried later, because it may return."""

    async def nothing(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(FileConnectionLost, match=r"could not resolve a\.example") as caught:
        await read(client(loopback=False, network=Resolver(nothing)), "https://a.example/x")
    assert caught.value.retry


async def _refusing(peer: Peer) -> None:
    await peer.request()
    await peer.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


async def test_a_proxy_of_the_environment_is_used_for_public_names_only(storage, serve, client, monkeypatch):
    """A proxy receives only host and port; this machine is reached without it, and bare addresses are not sent
    through it."""
    proxy = await serve(_refusing)
    for name in ("https_proxy", "http_proxy", "HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    fetch = client()
    with pytest.raises(FileConnectionLost, match=r"the proxy did not connect us to a\.example"):
        await read(fetch, "https://a.example/x?token=canary")
    assert bytes(proxy.got[0]).startswith(b"CONNECT a.example:443 ") and b"canary" not in bytes(proxy.got[0])
    with pytest.raises(UrlNotAllowed, match="bare address"):
        await read(fetch, "https://1.1.1.1/x")
    assert (await read(fetch, storage.put("x", b"file"))).content == b"file"
    assert len(proxy.got) == 1


async def test_a_proxy_that_is_not_reached_is_named(client, monkeypatch):
    """The error for an unreachable proxy names the proxy, and not the storage."""
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(FileConnectionLost, match=r"through the proxy: 127\.0\.0\.1:1 refused the connection"):
        await read(client(), "https://a.example/x")


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://x:abc", "nonsense://x"])
async def test_a_proxy_that_cannot_be_used_is_said(client, monkeypatch, proxy):
    """A proxy setting that cannot be used is an error, and never bypassed."""
    monkeypatch.setenv("https_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(FileServerError, match="proxy named in the environment"):
        await read(client(), "https://a.example/x")
