"""Errors for files of certificate authorities that cannot be used, before any connection."""

import os
from pathlib import Path

import pytest

from cordage_tui.config.certificates import check_authorities
from cordage_tui.config.errors import ConfigError
from tests.api.tls import PEM


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    file = tmp_path / "company-ca.pem"
    file.write_text(PEM)
    return file


def test_ca_file_is_absolute_or_in_the_home_folder(config, refused, monkeypatch):
    """`ca_file` must be absolute or in the home folder; commands that only read the history do not need the file."""
    monkeypatch.setenv("HOME", "/home/me")
    assert config("[network]\nca_file = '~/ca.pem'\n").ca_file == Path("/home/me/ca.pem")
    assert config("").ca_file is None
    assert "network.ca_file must begin with / or ~/." in refused("[network]\nca_file = 'ca.pem'\n")
    assert "did you mean 'ca_file'" in config("[network]\nca_fil = '/ca.pem'\n").warnings[0].lower()


@pytest.mark.parametrize("kind", ["missing", "empty", "no certificate", "folder", "fifo", "unreadable"])
def test_what_cannot_be_read_is_an_error_that_names_the_file(authority, kind):
    """A file that cannot be read is an error that names it, also one that would block forever."""
    authority.unlink()
    match kind:
        case "empty" | "no certificate":
            authority.write_text("" if kind == "empty" else PEM[: PEM.index("-----BEGIN CERT")])
        case "folder":
            authority.mkdir()
        case "fifo":
            os.mkfifo(authority)
        case "unreadable":
            if os.geteuid() == 0:
                pytest.skip("root reads everything")
            authority.touch(0)
    with pytest.raises(ConfigError, match="ca_file in ") as caught:
        check_authorities(authority, {})
    assert str(authority) in caught.value.happened and "PEM" in caught.value.advice
    with pytest.raises(ConfigError, match="SSL_CERT_FILE") as caught:
        check_authorities(None, {"SSL_CERT_FILE": str(authority)})
    assert str(authority) in caught.value.happened and "Unset it" in caught.value.advice


def test_what_can_be_read_is_passed(authority):
    """An empty variable is an unset one; of several folders one is enough, as for OpenSSL."""
    folders = f"/nowhere:{authority.parent}"
    check_authorities(authority, {"SSL_CERT_FILE": str(authority), "SSL_CERT_DIR": folders})
    check_authorities(None, {"SSL_CERT_FILE": "", "SSL_CERT_DIR": ""})
    with pytest.raises(ConfigError, match="SSL_CERT_DIR"):
        check_authorities(None, {"SSL_CERT_DIR": "/nowhere:/neither"})
