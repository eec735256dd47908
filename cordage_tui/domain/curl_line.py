"""curl commands that trigger a webhook: the vendor's quick start, a browser's `Copy as cURL`, or this program's own."""

import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import unquote, urlsplit

from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.json_text import InvalidJsonText, json_value
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.shell_line import InvalidShellLine, Word, parse_line

LONGEST: Final = 2**20
"""Characters of a command that is read."""
_CURL: Final = r"\s*(?:\$\s+)?curl\s"
_ANYWHERE: Final = r"(?i)curl(?:\.exe)?\s"
_NO_GLOB: Final = r"(?a)\$\{\w+\}|//\[[0-9a-fA-F:.%]+\]"
"""Variables and IPv6 addresses, whose braces and brackets stand for themselves."""
_JSON_BODY: Final = frozenset({"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"})
_OTHER_BODY: Final = {
    "-F": "its body is a form",
    "--form": "its body is a form",
    "--form-string": "its body is a form",
    "--data-urlencode": "its body is a form",
    "-T": "it uploads a file",
    "--upload-file": "it uploads a file",
}
_REFUSED: Final = {
    **_OTHER_BODY,
    "-G": "its body goes into the address",
    "--get": "its body goes into the address",
    "-I": "it asks for headers alone",
    "--head": "it asks for headers alone",
    "-K": "some of its options are in a file",
    "--config": "some of its options are in a file",
    "-:": "it makes several requests",
    "--next": "it makes several requests",
    "--request-target": "it asks for another address than it names",
    **dict.fromkeys(("-h", "--help", "-M", "--manual", "-V", "--version"), "it prints a text and sends nothing"),
}
"""Options of requests that are not taken, and why."""
_WITH_VALUE: Final = """
    -A -b -c -C -D -e -E -H -m -o -P -Q -r -t -u -U -w -x -X -y -Y -z
    --abstract-unix-socket --alt-svc --aws-sigv4 --cacert --capath --cert --cert-type --ciphers --connect-timeout --connect-to
    --continue-at --cookie --cookie-jar --create-file-mode --crlfile --curves --delegation --dns-interface --dns-ipv4-addr
    --dns-ipv6-addr --dns-servers --doh-url --dump-header --ech --egd-file --engine --etag-compare --etag-save
    --expect100-timeout --ftp-account --ftp-alternative-to-user --ftp-method --ftp-port --ftp-ssl-ccc-mode
    --happy-eyeballs-timeout-ms --haproxy-clientip --header --hostpubmd5 --hostpubsha256 --hsts --interface --ip-tos
    --ipfs-gateway --keepalive-cnt --keepalive-time --key --key-type --krb --libcurl --limit-rate --local-port --login-options
    --mail-auth --mail-from --mail-rcpt --max-filesize --max-redirs --max-time --netrc-file --noproxy --oauth2-bearer --output
    --output-dir --parallel-max --pass --pinnedpubkey --preproxy --proto --proto-default --proto-redir --proxy --proxy-cacert
    --proxy-capath --proxy-cert --proxy-cert-type --proxy-ciphers --proxy-crlfile --proxy-header --proxy-key --proxy-key-type
    --proxy-pass --proxy-pinnedpubkey --proxy-service-name --proxy-tls13-ciphers --proxy-tlsauthtype --proxy-tlspassword
    --proxy-tlsuser --proxy-user --proxy1.0 --pubkey --quote --random-file --range --rate --referer --request --resolve
    --retry --retry-delay --retry-max-time --sasl-authzid --service-name --sigalgs --socks4 --socks4a --socks5
    --socks5-gssapi-service --socks5-hostname --speed-limit --speed-time --ssl-sessions --stderr --telnet-option --tftp-blksize
    --time-cond --tls-max --tls13-ciphers --tlsauthtype --tlspassword --tlsuser --trace --trace-ascii --trace-config
    --unix-socket --upload-flags --url --url-query --user --user-agent --vlan-priority --write-out
"""
_VALUES: Final = frozenset(_WITH_VALUE.split())
"""Options that take a value, other than those of a body."""
_WITHOUT_VALUE: Final = """
    -0 -1 -2 -3 -4 -6 -a -B -f -g -i -j -J -k -l -L -n -N -O -p -q -R -s -S -v -Z -#
    --anyauth --append --basic --ca-native --cert-status --compressed --compressed-ssh --create-dirs --crlf --digest --disable
    --disable-eprt --disable-epsv --disallow-username-in-url --doh-cert-status --doh-insecure --fail --fail-early
    --fail-with-body --false-start --form-escape --ftp-create-dirs --ftp-pasv --ftp-pret --ftp-skip-pasv-ip --ftp-ssl-ccc
    --ftp-ssl-control --globoff --haproxy-protocol --http0.9 --http1.0 --http1.1 --http2 --http2-prior-knowledge --http3
    --http3-only --ignore-content-length --include --insecure --ipv4 --ipv6 --junk-session-cookies --list-only --location
    --location-trusted --mail-rcpt-allowfails --metalink --mptcp --negotiate --netrc --netrc-optional --ntlm --ntlm-wb
    --parallel --parallel-immediate --path-as-is --post301 --post302 --post303 --progress-bar --proxy-anyauth --proxy-basic
    --proxy-ca-native --proxy-digest --proxy-http2 --proxy-insecure --proxy-negotiate --proxy-ntlm --proxy-ssl-allow-beast
    --proxy-ssl-auto-client-cert --proxy-tlsv1 --proxytunnel --raw --remote-header-name --remote-name --remote-name-all
    --remote-time --remove-on-error --retry-all-errors --retry-connrefused --sasl-ir --show-error --show-headers --silent
    --skip-existing --socks5-basic --socks5-gssapi --socks5-gssapi-nec --ssl --ssl-allow-beast --ssl-auto-client-cert
    --ssl-no-revoke --ssl-reqd --ssl-revoke-best-effort --sslv2 --sslv3 --styled-output --suppress-connect-headers
    --tcp-fastopen --tcp-nodelay --tftp-no-options --tls-earlydata --tlsv1 --tlsv1.0 --tlsv1.1 --tlsv1.2 --tlsv1.3
    --tr-encoding --trace-ids --trace-time --use-ascii --verbose --xattr
    --alpn --buffer --clobber --keepalive --npn --progress-meter --sessionid
"""
_FLAGS: Final = frozenset(_WITHOUT_VALUE.split())
"""Options without a value; those with two dashes may begin with `--no-`."""


class InvalidCurlLine(Exception):
    """Error of a curl command that does not trigger a webhook; `words` says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.words: SafeText = one_line(message, 300)


@dataclass(frozen=True, slots=True)
class CurlLine:
    """Trigger of a webhook, as a curl command writes it. Its headers, and with them any API key, are left out."""

    webhook_key: str | None
    """None: the command has a variable in its place."""
    inputs: Inputs = field(repr=False)


def is_curl(text: str) -> bool:
    """Return whether that is a curl command."""
    return len(text) <= LONGEST and re.match(_CURL, text) is not None


def holds_curl(text: str) -> bool:
    """Return whether a text contains a curl command, such as after a letter typed before the paste."""
    command = re.search(_ANYWHERE, text)
    after_command = text[command.end() :] if command else ""
    return "/trigger" in after_command or (
        "://" in after_command and re.search(r"(?a)\s--?[A-Za-z]", after_command) is not None
    )


def parse_curl(text: str) -> CurlLine:
    """Parse a curl command as bash and curl read it. Raises InvalidCurlLine if it would not send exactly what it
    shows."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # as terminals paste the ends of lines
    try:
        line = parse_line(re.sub(r"^\s*(?:\$\s+)?", "", text.rstrip()))
    except InvalidShellLine as error:
        raise InvalidCurlLine(f"This curl command {error.what}.") from None
    if re.search(r"(?:^|[;&|\n(])\s*(?:\$\s+)?curl\s", line.rest):
        raise _refused("it is followed by another one; paste them one by one")
    request = _Request()
    for option, value in _arguments(line.words[1:]):
        request.take_option(option, value)
    return request.result()


def _refused(why: str) -> InvalidCurlLine:
    return InvalidCurlLine(f"This curl command cannot be read: {why}.")


class _Request:
    """Request that a command asks curl to send."""

    def __init__(self) -> None:
        self._urls: list[Word] = []
        self._body: Word | None = None
        self._method = ""
        self._globs = True

    def take_option(self, option: str, value: Word) -> None:
        """Take an option with its value, or an address, whose option is empty. Raises InvalidCurlLine."""
        if option in _JSON_BODY:
            self._take_body(option, value)
        elif option in ("", "--url"):
            self._take_address(value)
        elif option in ("-X", "--request"):
            if not value.text:
                raise _refused(f"{option} has no value")
            self._method = value.text
        elif option in ("-g", "--globoff"):
            self._globs = False
        elif option == "--no-globoff":
            self._globs = True

    def _take_address(self, value: Word) -> None:
        if value.varies and "/" not in value.text:
            raise _refused("a variable stands for a whole word of it, which only your shell knows")
        if value.text.strip() == "^":
            raise _refused("it is for the command prompt of Windows; copy it as cURL (bash)")
        self._urls.append(value)
        if len(self._urls) > 1:
            raise _refused("it has several addresses")

    def _take_body(self, option: str, value: Word) -> None:
        """Add a part of the body; curl puts `&` between the parts of a form. Raises InvalidCurlLine."""
        if value.varies:
            raise _refused("its body has a variable in it, which only your shell knows")
        if value.text.startswith("@") and option != "--data-raw":
            raise _refused("its body is in a file; write the JSON into the command")
        before = None if self._body is None else self._body.text
        between = "" if before is None or option == "--json" else "&"
        self._body = Word(f"{before or ''}{between}{value.text}")

    def result(self) -> CurlLine:
        """Return the webhook and the inputs that it triggers. Raises InvalidCurlLine."""
        url = self._urls[0] if self._urls else Word("")
        path = _path(url.text)
        if not path.endswith("/trigger") or path.count("/") < 2:
            raise InvalidCurlLine("This curl command does not trigger a webhook: its URL does not end in /trigger.")
        if self._globs and re.search(r"[{}\[\]]", re.sub(_NO_GLOB, "", url.text)):
            raise _refused("its address stands for several, by its braces or brackets")
        method = self._method or ("GET" if self._body is None else "POST")
        if method != "POST":
            more = "; add -X POST, or a body" if not self._method else ""
            raise InvalidCurlLine(f"This curl command does not trigger a webhook: its method is {method}{more}.")
        key = path.split("/")[-2]
        return CurlLine(None if not key or (url.varies and "$" in key) else unquote(key), self._inputs())

    def _inputs(self) -> Inputs:
        if self._body is None or not self._body.text:
            return {}
        try:
            inputs = json_value(self._body.text)
        except InvalidJsonText as error:
            raise InvalidCurlLine(f"The body of this curl command is not JSON. {error}") from None
        if not isinstance(inputs, dict):
            raise InvalidCurlLine("The body of this curl command is not a JSON object.")
        return inputs


def _path(url: str) -> str:
    """Return the path of an address without slashes at its end; empty if it is not an address."""
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""


def _arguments(words: Sequence[Word]) -> Iterator[tuple[str, Word]]:
    """Yield each option with its value, and addresses with an empty option. Raises InvalidCurlLine."""
    remaining = iter(words)
    only_addresses = False
    for word in remaining:
        if only_addresses or not word.text.startswith("-"):
            yield "", word
        elif word.text == "--":
            only_addresses = True
        elif word.text.startswith("--"):
            yield word.text, _value(word.text, remaining) if _takes_value(word.text) else Word("")
        else:
            yield from _short_options(word, remaining)


def _short_options(word: Word, remaining: Iterator[Word]) -> Iterator[tuple[str, Word]]:
    """Yield the options of `-sSd`: the first that takes a value has the rest of the word, or the next one."""
    for place, letter in enumerate(word.text[1:] or " ", 2):
        option = f"-{letter}"
        if not _takes_value(option):
            yield option, Word("")
            continue
        attached = word.text[place:]
        yield option, Word(attached, word.varies) if attached else _value(option, remaining)
        return


def _takes_value(option: str) -> bool:
    """Return whether an option takes a value. Raises InvalidCurlLine for one that is not taken."""
    if option in _REFUSED:
        raise _refused(_REFUSED[option])
    if option in _JSON_BODY or option in _VALUES:
        return True
    plain = option.replace("--no-", "--", 1) if option.startswith("--no-") else option
    if option in _FLAGS or (plain in _FLAGS and plain != option):
        return False
    name, sign, _ = option.partition("=")
    advice = f"; curl takes a blank, no =, after {name}" if sign and name.startswith("--") else ""
    raise _refused(f"{str(one_line(name, 40))!r} is not an option of curl that is known here{advice}")


def _value(option: str, remaining: Iterator[Word]) -> Word:
    value = next(remaining, None)
    if value is None:
        raise _refused(f"{option} has no value")
    return value
