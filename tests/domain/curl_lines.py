"""Comparison of curl commands, run by bash and curl against a local server, with our parser.

`python -m tests.domain.curl_lines 5000` compares 5000 random commands; the tests compare the ones below.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cordage_tui.domain.curl_line import InvalidCurlLine, parse_curl

BODY = '{"prompt":"a fox","n":1}'
URL = "http://127.0.0.1:1/v1/wh_sunset/trigger"
"""Address in the lines; the port is replaced by that of the server."""

# fmt: off
SAME = (
    # Ways to write a body.
    f"curl -d '{BODY}' {URL}",
    f"curl -d'{BODY}' {URL}",
    f"curl -sSd '{BODY}' {URL}",
    f"curl -sSd'{BODY}' {URL}",
    f"curl -XPOST -sd '{BODY}' {URL}",
    f"curl -sXPOST {URL} -d '{BODY}'",
    f"curl -sSfLkd '{BODY}' {URL}",
    f"curl --data '{BODY}' {URL}",
    f"curl --data-raw '{BODY}' {URL}",
    f"curl --data-binary '{BODY}' {URL}",
    f"curl --data-ascii '{BODY}' {URL}",
    f"curl --json '{BODY}' {URL}",
    f"curl --json '{{\"prompt\":' --json '\"x\"}}' {URL}",
    f"curl {URL} --json '{{}}'",
    f"curl -d '{{}}' --url {URL}",
    f"curl -d '' {URL}",
    f"curl -X POST {URL}",
    f"curl -XPOST {URL}",
    f"curl --request POST {URL}",
    f"curl -X POST -d '{BODY}' {URL}?trace=1",
    f"curl -X POST -d '{BODY}' '{URL}?a=1&b=2'",
    f"curl -X POST -d '{BODY}' {URL}#part",
    f"curl -d '{BODY}' -- {URL}",
    # Other options beside it.
    f"curl -s -H 'Content-Type: application/json' -d '{BODY}' {URL}",
    f"curl -sH 'Content-Type: application/json' -d '{BODY}' {URL}",
    f"curl -H'Authorization: Bearer sk' -d '{BODY}' {URL}",
    f"curl --header 'Content-Type: application/json' -d '{BODY}' {URL}",
    f"curl -m 5 -d '{BODY}' {URL}",
    f"curl -m5 -d '{BODY}' {URL}",
    f"curl --max-time 5 --connect-timeout 5 -d '{BODY}' {URL}",
    f"curl -o out.json -d '{BODY}' {URL}",
    f"curl -so/dev/null -d '{BODY}' {URL}",
    f"curl -w '%{{http_code}}' -d '{BODY}' {URL}",
    f"curl -u user:pass -d '{BODY}' {URL}",
    f"curl -A agent -e https://x.example -b a=b -d '{BODY}' {URL}",
    f"curl --no-progress-meter --no-buffer -d '{BODY}' {URL}",
    f"curl --http1.1 --compressed --location --fail -d '{BODY}' {URL}",
    f"curl -4 -d '{BODY}' {URL}",
    f"curl --retry 1 -v -i -N -d '{BODY}' {URL}",
    f"curl -H -d -d '{BODY}' {URL}",
    f"curl -o -s -d '{BODY}' {URL}",
    f"curl -g -d '{BODY}' {URL}",
    # Quotes of bash.
    f'curl -d "{{\\"prompt\\":\\"a fox\\"}}" {URL}',
    f'curl -d "{{\\"p\\":\\"costs 5\\$ \\\\\\\\ \\`x\\` a$ b\\"}}" {URL}',
    f"curl -d \\{{\\\"a\\\":1\\}} {URL}",
    f"curl -d '{{\"prompt\":\"it'\\''s a fox\"}}' {URL}",
    f"curl -d '{{\"prompt\":'\"\\\"a fox\\\"\"'}}' {URL}",
    f"curl -d {{\\\"a\\\":1}} {URL}",
    f"cu\\\nrl -d '{{}}' {URL}".replace("cu\\\nrl", "curl \\\n "),
    f"curl \\\n  -X POST \\\n  -d '{BODY}' \\\n  {URL}",
    f"curl -d '{{\"prompt\":\"one\\ntwo\"}}' {URL}",
    f"curl -d '{{\"prompt\":\n\"x\"}}' {URL}",
    f"curl -d $'{{\"prompt\":\"it\\'s\"}}' {URL}",
    f"curl -d $'{{\"prompt\":\"\\u00e9 \\U1F600 \\U0001F98A\"}}' {URL}",
    f"curl -d $'{{\"prompt\":\"\\xc3\\xa9 \\303\\251 \\x41\\102\"}}' {URL}",
    f"curl -d $'{{\"prompt\":\"\\\\n \\\\\\\\ \\\\u00e9 \\\\\"x\\\\\"\"}}' {URL}",
    f"curl -d $'{{\"prompt\":\\t\"x\"}}\\n' {URL}",
    f"curl -d $'{{}}\\0 and more' {URL}",
    f"curl -d $'{{}}\\x00 and more' {URL}",
    f"curl -d $'{{\"a\":\"\\x{{41}}\"}}' {URL}",
    f"curl -d $'{{\"a\":\"\\q\"}}' {URL}".replace("\\q", "\\\\/"),
    f"curl -d $'{{\"a\":\\'' '1}}' {URL}".replace("\\'' '1", "'$'1"),
    f"curl -d $\"{{\\\"a\\\":1}}\" {URL}",
    f"curl -d '{{\"a\":\"'$'\\u00e9''\"}}' {URL}",
    f"curl -d '{{\"a\":\"caf\u00e9 \U0001f98a\"}}' {URL}",
    f"curl -d '{{\"a\":\"$HOME `x` $(x)\"}}' {URL}",
    # What stands around it.
    f"curl -d '{BODY}' {URL} # a comment with -d '{{}}'",
    f"curl -d '{BODY}' {URL} | cat",
    f"curl -d '{BODY}' {URL} > out.json",
    f"curl -d '{BODY}' {URL} >out.json 2>/dev/null",
    f"curl -d '{BODY}' {URL} 2>&1 | cat",
    f"curl 2>/dev/null -d '{BODY}' {URL}",
    f"curl -d '{BODY}' {URL} && echo done",
    f"curl -d '{BODY}' {URL}; echo done",
    f"  $ curl -d '{BODY}' {URL}",
    f"curl -d '{BODY}' {URL}\n",
    f"curl -d '{BODY}' {URL} &>out.json",
    # Bodies.
    f"curl -d '{{\"n\":1e3,\"m\":-0.5,\"t\":[true,null,{{}}]}}' {URL}",
    f"curl -d '{{\"n\":12345678901234567890}}' {URL}",
    f"curl -d ' {{ }} ' {URL}",
)
"""Lines that are read as they are carried out."""

REFUSED = (
    (f"curl -F prompt=x {URL}", "form"),
    (f"curl -sF prompt=x {URL}", "form"),
    (f"curl --form-string prompt=x {URL}", "form"),
    (f"curl --data-urlencode prompt=x {URL}", "form"),
    (f"curl --data-urlencode '{BODY}' {URL}", "form"),
    (f"curl -d prompt=x {URL}", "not JSON"),
    (f"curl --data-raw '@{BODY}' {URL}", "not JSON"),
    (f"curl {URL} -d '[]' -d '' -X POST", "not JSON"),
    (f"curl -d '{{\"a\":1}}' -d '{{\"b\":2}}' {URL}", "not JSON"),
    (f"curl -d @body.json {URL}", "in a file"),
    (f"curl -sd@body.json {URL}", "in a file"),
    (f"curl --json @body.json {URL}", "in a file"),
    (f"curl --data-binary @body.json {URL}", "in a file"),
    (f"curl -d @- {URL} <<< '{BODY}'", "in a file"),
    (f"curl -T body.json {URL}", "uploads a file"),
    (f"curl -G -d '{BODY}' {URL}", "address"),
    (f"curl -I {URL}", "headers"),
    (f"curl -K options.txt {URL}", "options are in a file"),
    (f"curl -d '{{}}' {URL} --next -d '{BODY}' {URL}", "several requests"),
    (f"curl -d '{{}}' {URL} {URL}", "several addresses"),
    ("curl -d '{}' http://127.0.0.1:1/v1/{wh_a,wh_b}/trigger", "several"),
    ("curl -d '{}' 'http://127.0.0.1:1/v1/wh_[1-2]/trigger'", "several"),
    (f"curl {URL}", "its method is GET; add -X POST"),
    (f"curl -X PUT -d '{BODY}' {URL}", "its method is PUT"),
    (f"curl -X GET -d '{BODY}' {URL}", "its method is GET"),
    (f"curl -d \"{{\\\"a\\\":\\\"$HOME\\\"}}\" {URL}", "variable"),
    (f"curl -d \"$(cat body.json)\" {URL}", "variable"),
    (f"curl -d \"`cat body.json`\" {URL}", "variable"),
    (f"curl $OPTIONS -d '{BODY}' {URL}", "variable"),
    (f"curl -d {{\"a\":1,\"b\":2}} {URL}", "braces"),
    (f"curl -d '{{}}' {URL}; curl -d '{BODY}' {URL}", "another"),
    (f"curl -d '{{}}' {URL}\ncurl -d '{BODY}' {URL}", "another"),
    (f"curl {URL}?a=1&b=2 -d '{BODY}'", "its method is GET"),
    (f"curl --data='{BODY}' {URL}", "takes a blank"),
    (f"curl --dat '{BODY}' {URL}", "not an option"),
    (f"curl -X '' -d '{BODY}' {URL}", "no value"),
    (f"curl - -d '{BODY}' {URL}", "not an option"),
    (f"curl -- {URL} -d '{BODY}'", "several addresses"),
    (f"curl {URL} -d", "no value"),
    (f"curl -d '{BODY}", "not whole"),
    (f"curl -d '{BODY}' http://127.0.0.1:1/v1/wh_sunset", "does not end in /trigger"),
    (f"curl -d $'{{\"a\":\"\\xe9\"}}' {URL}", "not UTF-8"),
    (f"curl -d '{{\"a\":1,\"a\":2}}' {URL}", "two values"),
    (f"curl -d '[1]' {URL}", "not a JSON object"),
    (f"curl -d NaN {URL}", "not JSON"),
    (f"curl \"{URL}\" ^\n -d \"{{}}\"", "Windows"),
)
"""Lines that are refused, and a word of the reason: another request, or one that only the shell knows."""
# fmt: on


@dataclass(frozen=True)
class Request:
    """Request that the server received."""

    method: str
    path: str
    body: bytes

    def triggers(self) -> tuple[str, Any] | None:
        """Return webhook key and inputs of a trigger that any server takes; None: it is none."""
        parts = self.path.partition("?")[0].split("/")
        try:
            inputs = json.loads(self.body.decode() or "{}")
        except (ValueError, RecursionError):
            return None
        is_trigger = self.method == "POST" and parts[-1] == "trigger" and isinstance(inputs, dict)
        return (parts[-2], inputs) if is_trigger else None


class Shell:
    """bash and curl, which send to a server of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._heard: list[Request] = []
        (folder / "body.json").write_text(BODY)
        (folder / "options.txt").write_text(f"data = {json.dumps(BODY)}\n")
        heard = self._heard

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                heard.append(Request(self.command, self.path, self.rfile.read(length)))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            do_GET = do_POST = do_PUT = do_HEAD = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def carry_out(self, line: str) -> list[Request]:
        """Return the requests of a line."""
        self._heard.clear()
        port = self.server.server_address[1]
        command = line.replace("127.0.0.1:1/", f"127.0.0.1:{port}/").removeprefix("  $ ")
        home = str(self._folder)
        env = {"PATH": os.environ["PATH"], "HOME": home, "LC_ALL": "C.UTF-8", "NO_PROXY": "*", "OPTIONS": "-s"}
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(["bash", "-c", command], cwd=home, env=env, timeout=60, check=False, **quiet)
        return [*self._heard]


@contextmanager
def shell() -> Iterator[Shell]:
    """Serve for as long as lines are carried out."""
    with tempfile.TemporaryDirectory() as folder:
        made = Shell(Path(folder))
        thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            made.server.shutdown()
            made.server.server_close()
            thread.join()


def difference(line: str, sent: list[Request]) -> str | None:
    """Describe how our parser differs from the sent request; None: by nothing that would be charged by mistake."""
    try:
        read = parse_curl(line)
    except InvalidCurlLine:
        return None
    triggers = [request.triggers() for request in sent]
    if triggers != [(read.webhook_key, read.inputs)]:
        return f"read {read.webhook_key} {read.inputs!r}, sent {sent!r}"
    return None


# Random lines.

_TEXTS = (
    "a fox",
    "it's",
    'a "red" fox',
    "caf\u00e9",
    "\U0001f98a",
    "1\\n2",
    "$5 `x`",
    "{a,b}",
    "a\nb",
    "!#~*?[x]",
    "\\",
    "",
)
_BESIDE = (
    ("-s",), ("-sS",), ("-f",), ("-k",), ("-L",), ("-m", "9"), ("-m9",), ("--compressed",), ("-H", "X-A: b"), ("-HX-A: b"),
    ("-X", "POST"), ("-XPOST",), ("--request", "POST"), ("-o", "out"), ("-oout",), ("-sSo", "out"), ("-A", "-d"), ("-i",),
    ("--no-buffer",), ("-G",), ("-F", "a=b"), ("--url-query", "a=b"), ("-u", "a:b"), ("-w", "%{http_code}"),
)  # fmt: skip


def _quoted(text: str, draw: random.Random) -> str:
    """Write a text in one of bash's ways."""
    way = draw.choice(("single", "double", "ansi", "mixed"))
    if way == "single":
        return "'" + text.replace("'", "'\\''") + "'"
    if way == "double":
        return '"' + "".join(f"\\{char}" if char in '"\\$`' else char for char in text) + '"'
    if way == "mixed":
        middle = draw.randrange(len(text) + 1)
        return _quoted(text[:middle], draw) + _quoted(text[middle:], draw)
    return "$'" + "".join(_ansi(char, draw) for char in text) + "'"


def _ansi(char: str, draw: random.Random) -> str:
    if char in "'\\":
        return f"\\{char}"
    if char == "\n":
        return "\\n"
    ways = (char, f"\\U{ord(char):08x}", "".join(f"\\x{byte:02x}" for byte in char.encode()))
    octal = "".join(f"\\{byte:03o}" for byte in char.encode())
    return draw.choice((char, char, char, *ways, octal))


def random_line(draw: random.Random) -> str:
    """Make a line of options, bodies and addresses."""
    inputs = {draw.choice(("prompt", "a", "n")): draw.choice((draw.choice(_TEXTS), 1, None, True, [1.5]))}
    body = json.dumps(inputs, ensure_ascii=draw.random() < 0.5)
    option = draw.choice(("-d", "-sd", "--data", "--data-raw", "--data-binary", "--json", "-sSfd", "-XPOSTd"))
    glue = "" if option in ("-d", "-sd", "-sSfd") and draw.random() < 0.4 else " "
    parts = [f"{option}{glue}{_quoted(body, draw)}", draw.choice((URL, f"'{URL}'", f'"{URL}"', f"--url {URL}"))]
    beside = draw.choices(_BESIDE, k=draw.randrange(4))
    parts += [
        " ".join(word if word.startswith("-") else _quoted(word, draw) for word in option_words)
        for option_words in beside
    ]
    draw.shuffle(parts)
    between = draw.choice((" ", " \\\n  "))
    return "curl " + between.join(parts) + draw.choice(("", "", " | cat", " # -d x", " >out"))


def main(count: int) -> int:
    """Compare `count` random lines, and print those that differ."""
    draw = random.Random(7)
    differ = refused = 0
    with shell() as bash:
        for number in range(count):
            line = random_line(draw)
            sent = bash.carry_out(line)
            if (problem := difference(line, sent)) is not None:
                differ += 1
                print(f"{number}: {line!r}\n   {problem}")
            try:
                parse_curl(line)
            except InvalidCurlLine:
                refused += 1
    print(f"{count:,} lines: {differ:,} read otherwise than they are carried out, {refused:,} refused")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000))
