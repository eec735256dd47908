"""Certificate authorities of the user's own: `ca_file`, and OpenSSL's variables, against a server with such a certificate."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from cordage_tui.api.client import CordageClient
from cordage_tui.api.errors import ConnectFailed, Delivery
from tests.api.raw_server import RUN, WEBHOOK, Serve, always, reply
from tests.api.tls import PEM, server_context
from tests.api.triggering import failure

Connect = Callable[..., CordageClient]
CERTIFICATE = PEM[PEM.index("-----BEGIN CERTIFICATE") :]


def put(file: Path, text: str | None) -> None:
    """Write the file; None: there is none."""
    file.unlink(missing_ok=True) if text is None else file.write_text(text)


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """The file of the authority that has signed the server's certificate, in form of a certificate alone."""
    file = tmp_path / "company-ca.pem"
    put(file, CERTIFICATE)
    return file


async def test_a_certificate_of_the_users_own_authority_is_accepted(
    serve: Serve, connect: Connect, tmp_path: Path, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's own authority is accepted from `ca_file` or `SSL_CERT_FILE`, and from both together."""
    server = await serve(always(reply("200 OK", RUN)), ssl=server_context(tmp_path))
    url = f"https://127.0.0.1:{server.port}"
    assert (await connect(url, ca_file=authority).trigger(WEBHOOK, {})).run_id
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    assert (await connect(url).trigger(WEBHOOK, {})).run_id
    import certifi

    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert (await connect(url, ca_file=authority).trigger(WEBHOOK, {})).run_id


async def test_an_unknown_authority_was_surely_not_sent_and_names_ca_file(
    serve: Serve, connect: Connect, tmp_path: Path
) -> None:
    """An unknown authority is surely not sent, and the error names `ca_file`; a certificate for another name does
    not."""
    server = await serve(always(reply("200 OK", RUN)), ssl=server_context(tmp_path))
    error, announced = await failure(connect(f"https://127.0.0.1:{server.port}"))
    assert (type(error), error.delivery, announced) == (ConnectFailed, Delivery.NOT_SENT, 0)
    assert error.what.endswith("as ca_file under [network] in config.toml")
    own_file = tmp_path / "untrusted.pem"
    other, announced = await failure(connect(f"https://localhost:{server.port}", ca_file=own_file))
    assert (other.delivery, announced, server.requests) == (Delivery.NOT_SENT, 0, 0)
    assert "mismatch" in other.what and "ca_file" not in other.what


@pytest.mark.parametrize("text", [None, "", "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"])
async def test_authorities_that_cannot_be_read_are_never_replaced_by_the_usual_ones(
    connect: Connect, authority: Path, text: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gone or damaged since the start: nothing is sent, the source is named, and once they are back the next call goes."""
    await asyncio.to_thread(put, authority, text)
    client = connect("https://127.0.0.1:1", ca_file=authority)
    error, announced = await failure(client)
    assert (type(error), error.delivery, announced) == (ConnectFailed, Delivery.NOT_SENT, 0)
    assert error.what == "the certificate authorities of ca_file cannot be read"
    await asyncio.to_thread(put, authority, CERTIFICATE)
    assert "127.0.0.1:1 refused the connection" in (await failure(client))[0].what
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.with_name("none.pem")))
    assert "SSL_CERT_FILE" in (await failure(connect("https://127.0.0.1:1", ca_file=authority)))[0].what
