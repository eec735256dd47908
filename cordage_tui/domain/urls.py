"""Rules for base URLs and for output URLs.

Both come from outside, so they are parsed once, strictly (docs/dev/faults.md 121–126, rules 1, 3 and 5). A URL that
another parser could read otherwise is refused. Use the parsed parts, never the text.
"""

import ipaddress
import re
from collections.abc import Sequence
from functools import cache
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.safe_text import SafeText, is_word_character, normalized, one_line

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PORTS: Final = {"https": 443, "http": 80}
"""Allowed schemes, with the default port of each."""
_LONGEST: Final = 16_384
"""Characters of a URL; signed ones have a few thousand."""
_SHAPE: Final = re.compile(r"(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?", re.IGNORECASE)
_AUTHORITY: Final = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:]+)(?::([0-9]{1,5}))?", re.IGNORECASE)
_UNFIT: Final = r"[\x00-\x20\x7f-\xa0\\\s\ud800-\udfff]"
"""Compiled at its use: that takes a millisecond, and most URLs are plain ASCII."""
_LABEL: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
"""Characters of a part of a name between dots."""
_BASE: Final = _LABEL.union(".~:/[]%!$&'()*+,;=")
"""Characters of a base URL."""
_FOREIGN: Final = r"[^\x21-\x7e]+"
_LOCAL_NAMES: Final = ("localhost", "localdomain", "local", "internal", "home.arpa", "onion")
"""Names that mean something in one network only (RFC 6761, 6762, 8375, 7686, and ICANN's `internal`)."""
_READ_IN_TWO_WAYS: Final = frozenset("ßς")
"""The older and the newer rule of international names make different hosts of them."""


class _HttpUrl:
    """Methods of URLs whose fields are scheme, host and port."""

    __slots__ = ()
    scheme: str
    host: str
    port: int

    @property
    def loopback(self) -> bool:
        """True if the host is this machine by a literal address, or `localhost`."""
        return is_loopback(self.host)

    @property
    def place(self) -> SafeText:
        """Host, and port if it is not the scheme's own, as shown and sent."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return one_line(host if self.port == PORTS[self.scheme] else f"{host}:{self.port}")


@dataclass(frozen=True, slots=True)
class BaseUrl(_HttpUrl):
    """A base URL that has passed the rule, so that the API key may go there."""

    scheme: str
    host: str
    """Lower case; an IPv6 address without brackets; no dot at its end."""
    port: int
    path: str
    """Without a slash at its end; empty for the root."""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.place}{self.path}"

    def url(self, *segments: str) -> str:
        """The URL of a call below the base; each segment is percent-encoded as one.

        Raises ValueError for a segment that no encoding keeps apart from the folder itself: empty, `.` or `..`.
        """
        if any(not segment.strip() or segment in {".", ".."} for segment in segments):
            raise ValueError("an id that is empty, . or .. cannot be asked for")
        return "/".join((str(self), *(quote(segment, safe="", errors="replace") for segment in segments)))

    def is_origin_of(self, scheme: str, host: str, port: int | None) -> bool:
        """Return whether a request with this scheme, host and port has exactly this origin."""
        return (scheme, host.strip("[]").lower(), port or PORTS.get(scheme)) == (self.scheme, self.host, self.port)


@dataclass(frozen=True, slots=True)
class OutputUrl(_HttpUrl):
    """A link that has passed the rule."""

    scheme: str
    host: str
    """Lower case ASCII, names beyond it as `xn--…`; an IPv6 address without brackets; no dot at its end."""
    port: int
    target: str = field(repr=False)
    """Path and query as sent. A signed one lets anyone fetch the file, so it is not shown."""

    def __str__(self) -> str:
        """The whole URL, for fetching only."""
        return f"{self.scheme}://{self.place}{self.target}"

    def resolve_redirect(self, location: str) -> "OutputUrl":
        """Resolve the target of a redirect. Raises ValueError as `checked_link` does; it never leads from https to http,
        nor from elsewhere to this machine."""
        _check_text(location)
        try:
            whole = urljoin(str(self), location)
        except ValueError:
            whole = location
        link = checked_link(whole, loopback=self.loopback)
        if self.scheme == "https" and link.scheme == "http":
            raise ValueError("leads from https to plain http")
        return link


def parse_base_url(text: str) -> BaseUrl:
    """Parse a base URL: https only; http only for a loopback literal or `localhost`; no user, query or fragment.

    Raises ValueError with the problem as a predicate, such as `is empty`, for the caller's sentence.
    """
    text = text.strip()
    scheme, host, port, path, query = _split(text)
    if query or "#" in text:
        raise ValueError("has a ? or # part, and the webhook's key must follow it")
    if not _BASE.issuperset(text):
        raise ValueError("has characters that no address may have (hosts beyond plain ASCII as xn--…)")
    if any(segment in {".", ".."} for segment in path.replace("%2e", ".").replace("%2E", ".").split("/")):
        raise ValueError("has . or .. in its path")
    base = BaseUrl(scheme, host, port, path.rstrip("/"))
    if scheme == "http" and not base.loopback:
        raise ValueError(
            "is plain http, which would send the API key unencrypted: use https; http is for this machine only "
            "(127.0.0.1, [::1], localhost)"
        )
    return base


def leads_here(base_url: str) -> bool:
    """Return whether that server is this machine, so that links of its runs may lead here too."""
    try:
        return parse_base_url(base_url).loopback
    except ValueError:
        return False


def checked_link(url: str, *, loopback: bool) -> OutputUrl:
    """Parse the link of an output: https to a public host; with `loopback` also this machine, including http.

    Raises ValueError with the problem as a predicate, such as `is empty`, for the caller's sentence. A public name
    may still have an address that is not public: check it with `is_public` after the look-up.
    """
    scheme, host, port, path, query = _split(url)
    link = OutputUrl(scheme, host, port, re.sub(_FOREIGN, lambda match: quote(match[0]), (path or "/") + query))
    if link.loopback and not loopback:
        raise ValueError("leads to this machine")
    if link.loopback:
        return link
    if scheme == "http":
        raise ValueError("is plain http, so anybody on the way could read or change it")
    address = literal(host)
    if address is not None and not is_public(address):
        raise ValueError(f"leads to {host}, which is not an address of the public network")
    if address is None and ("." not in host or any(f".{host}".endswith(f".{name}") for name in _LOCAL_NAMES)):
        raise ValueError(f"leads to {host}, which is not a name of the public network")
    return link


def _split(url: str) -> tuple[str, str, int, str, str]:
    """Split a URL into scheme, host, port, path and query; the query begins with its `?`, or is empty."""
    _check_text(url)
    shape = _SHAPE.fullmatch(url)
    if shape is None:
        raise ValueError("does not begin with https://")
    scheme, authority, path, query = (part or "" for part in shape.groups())
    scheme = scheme.lower()
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = None
    if parts is None or (parts.scheme, parts.netloc, parts.path, parts.query) != (
        *(scheme, authority, path),
        query.removeprefix("?"),
    ):
        raise ValueError("can be read in more than one way")
    host, port = _split_authority(authority)
    return scheme, host, port or PORTS[scheme], path, query


def _check_text(url: str) -> None:
    if not url:
        raise ValueError("is empty")
    if len(url) > _LONGEST:
        raise ValueError(f"is longer than {_LONGEST:,} characters")
    is_plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not is_plain and re.search(_UNFIT, url):
        raise ValueError("has spaces, backslashes or control characters in it")


def _split_authority(authority: str) -> tuple[str, int | None]:
    """Split an authority into host and port."""
    if "@" in authority:
        raise ValueError("has a user name or password in it")
    if "%" in authority:
        raise ValueError("has a % in its host")
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise ValueError("has no usable host")
    port = None if match[2] is None else int(match[2])
    if port is not None and not 0 < port < 65_536:
        raise ValueError("has a port that does not exist")
    text = match[1].lower()
    host = _in_ascii(text.strip("[]").removesuffix("."))
    if host.endswith(".") or not _is_host(host, bracketed=text.startswith("[")):
        raise ValueError("has no usable host")
    address = literal(host)
    return host if address is None else str(address), port


def _in_ascii(host: str) -> str:
    """Encode a name for its look-up (IDNA, RFC 3490); only letters, marks and digits that normalize to themselves."""
    if host.isascii():
        return host
    plain = all(c.isascii() or is_word_character(c) for c in host)
    if len(host) <= 253 and plain and normalized(host, "NFKC") == host and _READ_IN_TWO_WAYS.isdisjoint(host):
        try:
            return host.encode("idna").decode("ascii").lower()
        except UnicodeError:
            pass
    raise ValueError("has a host that can be read in more than one way")


def _is_host(host: str, *, bracketed: bool) -> bool:
    """Return whether it is a name or an address that every parser reads alike; `bracketed`: it was in [ ]."""
    if bracketed:
        return ":" in host and "%" not in host and literal(host) is not None
    labels = host.split(".")
    if labels[-1].isdigit() or labels[-1].startswith("0x"):
        return literal(host) is not None  # 127.1, 2130706433 and 0x7f000001 are addresses in disguise
    return len(host) <= 253 and all(map(_is_label, labels))


def _is_label(text: str) -> bool:
    return 0 < len(text) <= 63 and _LABEL.issuperset(text) and "-" not in (text[0], text[-1])


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine by a literal address, or `localhost`. Not by an IPv4-mapped address, whose
    `ipaddress.is_loopback` differs from one version of Python to the next."""
    address = literal(host)
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_loopback
    return host == "localhost" or (address is not None and int(address) == 1)


def literal(host: str) -> Address | None:
    """The address that `host` is; None: it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_public(address: str | Address) -> bool:
    """Return whether an address belongs to the public network: not to this machine, its neighbours, a group, or no
    host.

    It follows RFC 6890 and IANA's registries of special addresses. They are written out here because `ipaddress`
    differs between Python versions. A NAT64 address is judged by the IPv4 address in it.
    """
    try:
        parsed_address = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed_address, ipaddress.IPv6Address):
        if parsed_address.scope_id is not None:
            return False
        if _is_in(parsed_address, _NAT64):
            return is_public(ipaddress.IPv4Address(int(parsed_address) & 0xFFFF_FFFF))
        return _is_in(parsed_address, _GLOBAL_6) and not _is_in(parsed_address, _SPECIAL_6)
    return not _is_in(parsed_address, _SPECIAL_4)


_SPECIAL_4: Final = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
    *("224.0.0.0/4", "240.0.0.0/4"),
)
_GLOBAL_6: Final = ("2000::/3",)
_SPECIAL_6: Final = ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
"""Within `_GLOBAL_6`; addresses outside it, IPv4-mapped ones too, are special anyway."""
_NAT64: Final = ("64:ff9b::/96",)


def _is_in(address: Address, networks: tuple[str, ...]) -> bool:
    return any(address in network for network in _parsed(networks))


@cache
def _parsed(networks: tuple[str, ...]) -> Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Parse networks when an address is first compared with them: a command that fetches nothing needs none."""
    return [ipaddress.ip_network(network) for network in networks]


# Signatures of links, which change each time a link is given.

_SIGNING: Final = frozenset(
    {"expires", "signature", "sig", "se", "sp", "sv", "sr", "st", "spr", "skoid", "sktid", "ske", "sks", "skt", "skv"}
    | {"key-pair-id", "policy", "token", "hdnea", "awsaccesskeyid", "googleaccessid", "response-expires"}
)
"""Query parameters, in lower case, that sign a link and change each time it is given: CloudFront's, S3's, Google's, Azure's."""
_SIGNING_PREFIXES: Final = ("x-amz-", "x-goog-")


def unsigned(url: str) -> str:
    """Remove the signature of a link, so that two links to the same file are equal; other text stays unchanged."""
    try:
        parts = urlsplit(url)
        query = urlencode([pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _signs(pair[0])])
        return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
    except ValueError:
        return url


def is_signed(url: str) -> bool:
    """Return whether a link has a signature, and so may expire."""
    return any(map(_signs, _parameters(url)))


def expires_at(url: str) -> float | None:
    """Return when a signed link expires, epoch seconds; None: it does not say.

    It reads CloudFront's and S3's `Expires`, a date and a duration of S3 and Google, and Azure's `se`.
    """
    parameters = _parameters(url)
    if (whole := parameters.get("expires", "")).isascii() and whole.isdigit() and len(whole) < _LONGEST_NUMBER:
        return float(whole)
    for prefix in _SIGNING_PREFIXES:
        begun, lasting = _epoch(parameters.get(f"{prefix}date", "")), parameters.get(f"{prefix}expires", "")
        if begun is not None and lasting.isascii() and lasting.isdigit() and len(lasting) < _LONGEST_NUMBER:
            return begun + float(lasting)
    return _epoch(parameters.get("se", ""))


_LONGEST_NUMBER: Final = 12
"""Digits of a time that are more than any has."""


def _epoch(text: str) -> float | None:
    """Parse a time in UTC, as `20260115T103000Z` or with dashes and colons."""
    from calendar import timegm  # 2 ms: few links say when they expire in this way

    shape = re.fullmatch(r"(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)(?:\.\d+)?Z", text, re.ASCII)
    return None if shape is None else float(timegm((*map(int, shape.groups()), 0, 0, 0)))


def _parameters(url: str) -> dict[str, str]:
    """Parse the query of a URL, names in lower case; empty for text that is none."""
    try:
        return {name.lower(): value for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    except ValueError:
        return {}


def _signs(name: str) -> bool:
    name = name.lower()
    return name in _SIGNING or name.startswith(_SIGNING_PREFIXES)
