"""Links of outputs (docs/dev/faults.md 121–126, rule 3, rule 5)."""

import ipaddress
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.urls import OutputUrl, checked_link, is_public

REFUSED = [
    ("", "is empty"),
    ("javascript:alert(1)", "does not begin"),
    ("file:///etc/passwd", "does not begin"),
    ("data:text/html,x", "does not begin"),
    ("ftp://cdn.example.com/x", "does not begin"),
    ("gopher://cdn.example.com/x", "does not begin"),
    ("\\\\host\\share", "backslashes"),
    ("//cdn.example.com/x", "does not begin"),
    ("https:/cdn.example.com/x", "does not begin"),
    ("https:///x", "no usable host"),
    ("https://", "no usable host"),
    ("cdn.example.com/x.png", "does not begin"),
    ("http://cdn.example.com/x", "plain http"),
    ("http://localhost.evil.example/x", "plain http"),
    ("http://127.0.0.1.evil.example/x", "plain http"),
    ("https://user:pass@cdn.example.com/", "user name"),
    ("https://api.host@evil.example/", "user name"),
    ("https://user;x@evil.example/", "user name"),
    ("https://evil.example\\@api.host/", "backslashes"),
    ("https://evil.example\\.api.host/", "backslashes"),
    ("https://cdn.exa\tmple.com/x", "control"),
    ("https://cdn.example.com/x\r\nHost: evil", "control"),
    ("https://cdn.example.com/a b", "spaces"),
    ("https://cdn.example.com/a\u2028b", "spaces"),
    (" https://cdn.example.com/", "spaces"),
    ("https://cdn.example.com;evil.example/x", "no usable host"),
    ("https://cdn%2eexample.com/x", "% in its host"),
    ("https://%31%32%37.0.0.1/x", "% in its host"),
    ("https://cdn.example.com:0/x", "port"),
    ("https://cdn.example.com:99999/x", "port"),
    ("https://cdn.example.com:x/x", "no usable host"),
    ("https://cdn.example.com:/x", "no usable host"),
    ("https://cdn.example.com:443:80/x", "no usable host"),
    ("https://[fe80::1%25eth0]/x", "% in its host"),
    ("https://[fe80::1]/x", "not an address of the public"),
    ("https://[::1", "more than one way"),
    ("https://[cdn.example.com]/x", "more than one way"),
    ("https://a..b.example/x", "no usable host"),
    ("https://a.example../x", "no usable host"),
    ("https://-a.example/x", "no usable host"),
    (f"https://{'a' * 64}.example/x", "no usable host"),
    ("https://faß.example/x", "more than one way"),
    ("https://exam\u200bple.com/x", "more than one way"),
    ("https://cdn\u2024example.com/x", "more than one way"),
    ("https://１２７.0.0.1/x", "more than one way"),
    ("https://127。0。0。1/x", "more than one way"),
    ("https://cdn.example.com\uff0fevil/x", "more than one way"),
    ("https://127.1/x", "no usable host"),
    ("https://2130706433/x", "no usable host"),
    ("https://0x7f000001/x", "no usable host"),
    ("https://0177.0.0.1/x", "no usable host"),
    ("https://0.0.0.0/x", "not an address of the public"),
    ("https://10.0.0.5/x", "not an address of the public"),
    ("https://172.16.0.1./x", "not an address of the public"),
    ("https://192.168.1.1/x", "not an address of the public"),
    ("https://169.254.169.254/latest/meta-data", "not an address of the public"),
    ("https://100.64.0.1/x", "not an address of the public"),
    ("https://224.0.0.1/x", "not an address of the public"),
    ("https://255.255.255.255/x", "not an address of the public"),
    ("https://[::]/x", "not an address of the public"),
    ("https://[::ffff:10.0.0.1]/x", "not an address of the public"),
    ("https://[64:ff9b::10.0.0.1]/x", "not an address of the public"),
    ("https://[2002:7f00:1::]/x", "not an address of the public"),
    ("https://[fd00::1]/x", "not an address of the public"),
    ("https://intranet/x", "not a name of the public"),
    ("https://nas.local/x", "not a name of the public"),
    ("https://metadata.google.internal/x", "not a name of the public"),
    ("https://evil.localhost/x", "not a name of the public"),
    (f"https://cdn.example.com/{'a' * 20_000}", "longer than"),
]
THIS_MACHINE = [
    "http://127.0.0.1:8080/x",
    "https://127.8.9.1/x",
    "http://[::1]:9/x",
    "http://localhost:5000/x",
    "https://LOCALHOST./x",
]


@pytest.mark.parametrize(("url", "message"), REFUSED)
@pytest.mark.parametrize("loopback", [False, True])
def test_a_bad_link_is_refused_in_words(url: str, message: str, loopback: bool) -> None:
    """A bad link is refused with the reason, whether or not links may lead to this machine."""
    with pytest.raises(ValueError, match=message):
        checked_link(url, loopback=loopback)


@pytest.mark.parametrize("url", THIS_MACHINE)
def test_this_machine_is_reached_only_where_the_api_is_here_too(url: str) -> None:
    """A link to this machine is allowed, also by plain http, only if the API runs on this machine too."""
    assert checked_link(url, loopback=True).loopback
    with pytest.raises(ValueError, match="leads to this machine"):
        checked_link(url, loopback=False)


@pytest.mark.parametrize(
    ("url", "shown", "host"),
    [
        (
            "https://cdn.example.com/a/b.png?sig=%2B+~#top",
            "https://cdn.example.com/a/b.png?sig=%2B+~",
            "cdn.example.com",
        ),
        ("HTTPS://CDN.Example.com:443", "https://cdn.example.com/", "cdn.example.com"),
        ("https://cdn.example.com.:8443?x=1", "https://cdn.example.com:8443/?x=1", "cdn.example.com:8443"),
        ("https://8.8.8.8/x", "https://8.8.8.8/x", "8.8.8.8"),
        ("https://[2606:4700:0::1111]:8443/x", "https://[2606:4700::1111]:8443/x", "[2606:4700::1111]:8443"),
        ("https://BÜCHER.example/ü|x", "https://xn--bcher-kva.example/%C3%BC|x", "xn--bcher-kva.example"),
        ("https://аррӏе.com/x", "https://xn--80ak6aa92e.com/x", "xn--80ak6aa92e.com"),
        ("https://a_b.s3.example.com/x@y:z;w", "https://a_b.s3.example.com/x@y:z;w", "a_b.s3.example.com"),
    ],
)
def test_a_good_link_is_taken_apart_and_its_signature_left_alone(url: str, shown: str, host: str) -> None:
    """Path and query keep every ASCII character, and names beyond ASCII are shown in their encoded form."""
    link = checked_link(url, loopback=False)
    assert (str(link), link.place) == (shown, host)


def test_its_repr_shows_no_signature() -> None:
    """The repr of a link shows no signature, so no log contains a token."""
    assert "canary" not in repr(checked_link("https://cdn.example.com/x?sig=canary", loopback=False))


@given(st.one_of(st.text(), st.text("ab.:/@%\\[]-?#;127x", max_size=30)).map("https://".__add__))
def test_what_passes_is_read_alike_by_everybody(url: str) -> None:
    """An accepted link has one host, which Python's parser also finds, and is accepted again unchanged."""
    try:
        link = checked_link(url, loopback=True)
    except ValueError:
        return
    parts = urlsplit(str(link))
    assert (parts.hostname, parts.port or 443, parts.username) == (link.host, link.port, None)
    assert str(link).isascii() and str(link).isprintable() and " " not in str(link)
    assert checked_link(str(link), loopback=True) == link


def _link(url: str) -> OutputUrl:
    return checked_link(url, loopback=True)


@pytest.mark.parametrize(
    ("start", "location", "end"),
    [
        ("https://a.example/x/y?z", "w", "https://a.example/x/w"),
        ("https://a.example/x/y?z", "/w?q", "https://a.example/w?q"),
        ("https://a.example/x", "//b.example/y", "https://b.example/y"),
        ("https://a.example/x", "https://b.example/y", "https://b.example/y"),
        ("http://127.0.0.1:1/x", "http://127.0.0.1:2/y", "http://127.0.0.1:2/y"),
        ("http://127.0.0.1:1/x", "https://b.example/y", "https://b.example/y"),
    ],
)
def test_redirects_that_may_be_followed(start: str, location: str, end: str) -> None:
    """Redirects are followed on the same host, to another public host, and within this machine."""
    assert str(_link(start).resolve_redirect(location)) == end


@pytest.mark.parametrize(
    ("start", "location", "message"),
    [
        ("https://a.example/x", "http://b.example/y", "plain http"),
        ("https://127.0.0.1/x", "http://127.0.0.1/y", "from https to plain http"),
        ("https://a.example/x", "http://127.0.0.1/y", "this machine"),
        ("https://a.example/x", "https://localhost/y", "this machine"),
        ("https://a.example/x", "//10.0.0.1/y", "not an address of the public"),
        ("https://a.example/x", "file:///etc/passwd", "does not begin"),
        ("https://a.example/x", "/\\evil.example/y", "backslashes"),
        ("https://a.example/x", "", "is empty"),
        ("https://a.example/x", "https://[::1", "more than one way"),
    ],
)
def test_redirects_that_are_refused(start: str, location: str, message: str) -> None:
    """Each step passes the rule again, and none leads from a safer place to a less safe one."""
    with pytest.raises(ValueError, match=message):
        _link(start).resolve_redirect(location)


@pytest.mark.parametrize(
    "address",
    [
        *("0.1.2.3", "10.1.1.1", "100.64.1.1", "100.127.255.255", "127.0.0.1", "169.254.169.254", "172.31.255.255"),
        *("192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.19.0.1", "198.51.100.1", "203.0.113.1"),
        *("224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::127.0.0.1", "64:ff9b:1::1", "100::1", "2001::1"),
        *("2001:db8::1", "2002:808:808::1", "3fff::1", "fc00::1", "fe80::1", "fe80::1%eth0", "ff02::1", "5f00::1"),
        *("2606:4700::1%1", "nonsense", ""),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    """Addresses of this machine, its neighbours, groups, reserved and documentation ranges, and tunnels are not
    public."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1111", "2a00::1", "64:ff9b::8.8.8.8"],
)
def test_addresses_that_are_public(address: str) -> None:
    """All other addresses are public, also public IPv4 addresses behind a NAT64."""
    assert is_public(address)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_nothing_that_python_calls_private_is_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    """Our table is never wider than that of the standard library, but for NAT64."""
    if is_public(address) and address not in ipaddress.ip_network("64:ff9b::/96"):
        assert address.is_global and not address.is_multicast
