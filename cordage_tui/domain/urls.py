"""Rules for base URLs and for output URLs."""

import ipaddress
import re
import unicodedata
from typing import Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.text import SafeText, one_line

# Where the key may go: the one rule of what a base URL may be (docs/faults.md rule 1, rule 3).

_ALLOWED: Final = re.compile(r"[A-Za-z0-9\-._~:/\[\]%!$&'()*+,;=]+", re.ASCII)
"""What may stand in a base URL: no user, no query, no fragment, no backslash, no white space."""
_LABEL: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?", re.ASCII)
PORTS: Final = {"https": 443, "http": 80}
"""The port of each scheme that may be used, where an address names none."""


@dataclass(frozen=True, slots=True)
class BaseUrl:
    """A base URL that has passed the rule."""

    scheme: str
    host: str
    """Lower case; an IPv6 address without brackets."""
    port: int
    path: str
    """Without a slash at its end; empty for the root."""

    @property
    def loopback(self) -> bool:
        """This machine by a literal address, or `localhost`."""
        return is_loopback(self.host)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    def url(self, *segments: str) -> str:
        """The URL of a call below the base; each segment is percent-encoded as one.

        Raises ValueError for a segment that no encoding keeps apart from the folder itself: empty, `.` or `..`.
        """
        return "/".join((str(self), *map(_segment, segments)))

    def is_origin_of(self, scheme: str, host: str, port: int | None) -> bool:
        """Whether a request to these goes to this very origin."""
        return (scheme, host.strip("[]").lower(), port or PORTS.get(scheme)) == (self.scheme, self.host, self.port)


def parse_base_url(text: str) -> BaseUrl:
    """`text` by the rule: https only; http only for a loopback literal or `localhost`; no user, query or fragment.

    Raises ValueError with what is wrong as a predicate, such as `is empty`, for a sentence of the caller's.
    """
    text = text.strip()
    if not _ALLOWED.fullmatch(text):
        raise ValueError(_unfit(text))
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("is not an address") from None
    host = parts.hostname or ""
    _check(parts, host, port)
    return BaseUrl(parts.scheme, host, PORTS[parts.scheme] if port is None else port, parts.path.rstrip("/"))


def leads_here(base_url: str) -> bool:
    """Whether that server is this machine, so that links of its runs may lead here too."""
    try:
        return parse_base_url(base_url).loopback
    except ValueError:
        return False


def _unfit(text: str) -> str:
    if not text:
        return "is empty"
    if "@" in text:
        return "has a user name or password in it"
    if "?" in text or "#" in text:
        return "has a ? or # part, and the webhook's key must follow it"
    return "has spaces or characters that no address may have (hosts beyond plain ASCII as xn--…)"


def _check(parts: SplitResult, host: str, port: int | None) -> None:
    if parts.scheme not in PORTS:
        raise ValueError("does not begin with https://")
    if port == 0 or parts.netloc.endswith(":") or not is_host(host, bracketed=parts.netloc.startswith("[")):
        raise ValueError("has no usable host")
    if any(segment in {".", ".."} for segment in parts.path.replace("%2e", ".").replace("%2E", ".").split("/")):
        raise ValueError("has . or .. in its path")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(
            "is plain http, which would send the API key unencrypted: use https; http is for this machine only "
            "(127.0.0.1, [::1], localhost)"
        )


def is_host(host: str, *, bracketed: bool) -> bool:
    """Whether it is a name or an address that everybody reads alike, in plain ASCII; `bracketed`: it stood in [ ]."""
    if bracketed:
        return ":" in host and "%" not in host and literal(host) is not None
    labels = host.removesuffix(".").split(".")
    if labels[-1].isdigit() or labels[-1].startswith("0x"):
        return literal(host) is not None  # 127.1, 2130706433 and 0x7f000001 are addresses in disguise
    return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in labels)


def is_loopback(host: str) -> bool:
    """This machine by a literal address, or `localhost`."""
    address = literal(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that `host` is; None: it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _segment(text: str) -> str:
    if not text.strip() or text in {".", ".."}:
        raise ValueError("an id that is empty, . or .. cannot be asked for")
    return quote(text, safe="", errors="replace")


# Where an output may lie: the one rule of what its link may be (docs/faults.md 121–126, rule 3, rule 5).
#
# The link comes from the server, so it is taken apart here once, strictly; where another reader of addresses could take
# it otherwise it is refused. Whoever follows it uses the parts and never the text.

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LONGEST: Final = 16_384
"""Characters of a link; signed ones have a few thousand."""
_SHAPE: Final = re.compile(r"(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?", re.IGNORECASE)
_AUTHORITY: Final = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:]+)(?::([0-9]{1,5}))?", re.IGNORECASE)
_UNFIT: Final = re.compile(r"[\x00-\x20\x7f-\xa0\\\s\ud800-\udfff]")
_FOREIGN: Final = re.compile(r"[^\x21-\x7e]+")
_HERE_ONLY: Final = ("localhost", "localdomain", "local", "internal", "home.arpa", "onion")
"""Names that mean something in one house only (RFC 6761, 6762, 8375, 7686, and ICANN's `internal`)."""
_READ_IN_TWO_WAYS: Final = frozenset("ßς")
"""The older and the newer rule of international names make different hosts of them."""


@dataclass(frozen=True, slots=True)
class OutputUrl:
    """A link that has passed the rule."""

    scheme: str
    host: str
    """Lower case ASCII, names beyond it as `xn--…`; an IPv6 address without brackets; no dot at its end."""
    port: int
    target: str = field(repr=False)
    """Path and query as they are asked for. Whoever sees a signed one can fetch the file, so it is not shown."""

    @property
    def loopback(self) -> bool:
        """It leads to this machine."""
        return is_loopback(self.host)

    @property
    def place(self) -> SafeText:
        """Host, and port where it is not the scheme's own, as they are shown and asked for."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return one_line(host if self.port == PORTS[self.scheme] else f"{host}:{self.port}")

    def __str__(self) -> str:
        """All of it, for fetching only."""
        return f"{self.scheme}://{self.place}{self.target}"

    def resolve_redirect(self, location: str) -> "OutputUrl":
        """Where an answer with `location` leads. Raises ValueError as `checked_link` does; the way never goes on from
        https to http, nor from elsewhere to this machine."""
        _check_text(location)
        try:
            whole = urljoin(str(self), location)
        except ValueError:
            whole = location
        link = checked_link(whole, loopback=self.loopback)
        if self.scheme == "https" and link.scheme == "http":
            raise ValueError("leads from https to plain http")
        return link


def checked_link(url: str, *, loopback: bool) -> OutputUrl:
    """`url` by the rule: https to a public host; with `loopback` also to this machine, then by http too.

    Raises ValueError with what is wrong as a predicate, such as `is empty`, for a sentence of the caller's. A public name
    may still have an address that is not: `is_public` tells, once it is looked up.
    """
    _check_text(url)
    shape = _SHAPE.fullmatch(url)
    if shape is None:
        raise ValueError("does not begin with https://")
    scheme, authority, path, query = (part or "" for part in shape.groups())
    if not _is_read_alike(url, scheme.lower(), authority, path, query):
        raise ValueError("can be read in more than one way")
    host, port = _place(authority)
    link = OutputUrl(scheme.lower(), host, port or PORTS[scheme.lower()], _target(path or "/", query))
    _check_reach(link, loopback=loopback)
    return link


def is_public(address: str | Address) -> bool:
    """Whether an address belongs to the public network: not to this machine, its neighbours, a group, nor nobody.

    RFC 6890 and IANA's registries of special addresses, written out here because `ipaddress` has told it differently from
    one version of Python to the next. Of an address that a NAT64 made, the IPv4 address in it decides.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.scope_id is not None:
            return False
        if found in _NAT64:
            return is_public(ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF))
        return found in _GLOBAL_6 and not any(found in network for network in _SPECIAL_6)
    return not any(found in network for network in _SPECIAL_4)


_SPECIAL_4: Final = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
    )
)
_GLOBAL_6: Final = ipaddress.IPv6Network("2000::/3")
_SPECIAL_6: Final = tuple(
    ipaddress.IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
"""Within `_GLOBAL_6`; what lies outside it, IPv4-mapped addresses too, is special anyway."""
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def _check_text(url: str) -> None:
    if not url:
        raise ValueError("is empty")
    if len(url) > _LONGEST:
        raise ValueError(f"is longer than {_LONGEST:,} characters")
    if _UNFIT.search(url):
        raise ValueError("has spaces, backslashes or control characters in it")


def _is_read_alike(url: str, scheme: str, authority: str, path: str, query: str) -> bool:
    """Whether Python's own reader sees the same parts."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return (parts.scheme, parts.netloc, parts.path, parts.query) == (scheme, authority, path, query.removeprefix("?"))


def _place(authority: str) -> tuple[str, int | None]:
    """Host and port of an authority."""
    if "@" in authority:
        raise ValueError("has a user name or password in it")
    if "%" in authority:
        raise ValueError("has a % in its host")
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise ValueError("has no usable host")
    port = None if match[2] is None else int(match[2])
    if port is not None and not 0 < port < 65_536:
        raise ValueError("has a port that there is not")
    return _host(match[1].lower()), port


def _host(text: str) -> str:
    bare = text.strip("[]")
    host = _in_ascii(bare.removesuffix("."))
    if host.endswith(".") or not is_host(host, bracketed=text.startswith("[")):
        raise ValueError("has no usable host")
    found = literal(host)
    return host if found is None else str(found)


def _in_ascii(host: str) -> str:
    """A name as it is looked up (IDNA, RFC 3490); only of letters, marks and digits that stand for themselves."""
    if host.isascii():
        return host
    plain = all(c.isascii() or unicodedata.category(c)[0] in "LM" or unicodedata.category(c) == "Nd" for c in host)
    if (
        len(host) <= 253
        and plain
        and unicodedata.normalize("NFKC", host) == host
        and _READ_IN_TWO_WAYS.isdisjoint(host)
    ):
        try:
            return host.encode("idna").decode("ascii").lower()
        except UnicodeError:
            pass
    raise ValueError("has a host that can be read in more than one way")


def _target(path: str, query: str) -> str:
    """Nothing that is ASCII is touched: a signature covers it as it stands."""
    return _FOREIGN.sub(lambda match: quote(match[0]), path + query)


def _check_reach(link: OutputUrl, *, loopback: bool) -> None:
    if link.loopback and not loopback:
        raise ValueError("leads to this machine")
    if link.loopback:
        return
    if link.scheme == "http":
        raise ValueError("is plain http, so anybody on the way could read or change it")
    address = literal(link.host)
    if address is not None and not is_public(address):
        raise ValueError(f"leads to {link.host}, which is not an address of the public network")
    if address is None and ("." not in link.host or any(f".{link.host}".endswith(f".{name}") for name in _HERE_ONLY)):
        raise ValueError(f"leads to {link.host}, which is not a name of the public network")
