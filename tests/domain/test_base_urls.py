"""Base URLs and the paths below them (docs/dev/faults.md rule 3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.urls import parse_base_url


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://api.trycordage.com/api/webhooks", "https://api.trycordage.com/api/webhooks"),
        ("https://api.trycordage.com/api/webhooks/", "https://api.trycordage.com/api/webhooks"),
        (" HTTPS://API.example.com:443 ", "https://api.example.com"),
        ("https://10.0.0.5:8443/x", "https://10.0.0.5:8443/x"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]/x"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.8.9.1", "http://127.8.9.1"),
        ("http://[::1]:9/api", "http://[::1]:9/api"),
        ("http://localhost:5000", "http://localhost:5000"),
    ],
)
def test_a_good_base_url_is_taken(text: str, shown: str) -> None:
    """https anywhere, http to this machine by literal address or `localhost`."""
    assert str(parse_base_url(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.trycordage.com",
        "ftp://api.example.com",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://api.trycordage.com",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://127.1",
        "http://2130706433",
        "http://0x7f000001",
        "http://0.0.0.0",
        "http://10.0.0.5",
        "http://[::]",
        "http://１２７.0.0.1",
        "http://ｌocalhost",
        "https://127.1",
        "https://0x7f.1",
        "https://user:pass@api.example.com",
        "https://api.example.com@evil.example",
        "https://good.example\\@evil.example",
        "https://good.example/?q=1",
        "https://good.example/#frag",
        "https://good.example/a b",
        "https://good.example/\r\nX: y",
        "https://good.example:0",
        "https://good.example:99999",
        "https://good.example:x",
        "https://good.example:",
        "https://good.example/a/../b",
        "https://good.example/%2e%2e/b",
        "https://",
        "https:///x",
        "https://-bad.example",
        "https://a..b",
        "https://" + "a" * 64 + ".example",
        "https://[::1",
        "https://[fe80::1%25eth0]",
        "https://bücher.example",
        "//api.example.com",
    ],
)
def test_a_bad_base_url_is_refused_in_words(text: str) -> None:
    """The error for a bad base URL is a predicate, for a sentence of the caller."""
    with pytest.raises(ValueError, match=r"^(is|has|does not|can) "):
        parse_base_url(text)


@pytest.mark.parametrize(
    ("scheme", "host", "port", "own"),
    [
        ("https", "api.example.com", None, True),
        ("https", "API.example.com", 443, True),
        ("http", "api.example.com", 443, False),
        ("https", "api.example.com", 8443, False),
        ("https", "api.example.com.evil.example", None, False),
        ("https", "evil.example", None, False),
    ],
)
def test_an_origin_is_scheme_host_and_port(scheme: str, host: str, port: int | None, own: bool) -> None:
    """Scheme, host and port each distinguish a foreign origin."""
    assert parse_base_url("https://api.example.com/x").is_origin_of(scheme, host, port) is own


@given(st.text(min_size=1))
def test_an_id_stays_one_segment(text: str) -> None:
    """An id never adds a slash, a query or a fragment, and never leaves its folder; an impossible id is refused."""
    base = parse_base_url("https://api.example.com/x")
    try:
        url = base.url(text, "runs")
    except ValueError:
        assert text.strip() in {"", ".", ".."}
        return
    prefix, segment, last = url.rsplit("/", 2)
    assert (prefix, last) == ("https://api.example.com/x", "runs")
    assert segment not in {".", ".."}
    assert not set(segment) & set("/?#\\ \r\n")
