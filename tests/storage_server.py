"""A storage server of its own, for tests: it shares no line with the simulator or the client, misbehaves as it is told, and
remembers every request to the letter.

    with StorageServer() as storage:
        url = storage.put("cat.png", content, cut_every=65536)
        ...
        assert storage.seen[0].headers == (("Host", ...), ...)
"""

import contextlib
import gzip
import hashlib
import re
import secrets
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_PIECE = 16_384


@dataclass(frozen=True)
class Stored:
    """One file, and how the server treats whoever asks for it."""

    content: bytes = b""
    media_type: str = "application/octet-stream"
    etag: str | None = ""
    """As it stands in the header; "": a strong one from the content; None: none."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Added to every answer, or put in place of the server's own."""
    status: int | None = None
    """Answer with this and `content`, whatever was asked for."""
    location: str | None = None
    """Redirect there, with `status` or 302."""
    signed: bool = False
    """Only links from `StorageServer.put` and `StorageServer.sign` work, until `expire`; else 403."""
    ranges: bool = True
    """False: Range is not understood, and the whole is sent."""
    wrong_range: int = 0
    """A 206 begins so many bytes after what was asked for, and says so."""
    cut_every: int | None = None
    """The connection is closed after so many bytes of each answer's body."""
    reset: bool = False
    """A cut is a RST instead of an orderly end."""
    stall_after: int | None = None
    """After so many bytes of the body nothing more comes, until the client is gone."""
    pace_s: float = 0.0
    """Seconds to wait before each 16 KiB of the body."""
    told_length: int | None = None
    """What Content-Length says, in place of the truth."""
    delimited: bool = True
    """False: no length at all; the end of the connection is the end of the file."""
    chunked: bool = False
    endless: bool = False
    """The content is sent again and again in chunks, without end."""
    zipped: bool = False
    """It is sent as gzip, though nobody asked for that."""
    silent: bool = False
    """No answer at all, until the client is gone."""


@dataclass(frozen=True)
class Seen:
    """One request."""

    method: str
    target: str
    """Path and query as they stood in the request line."""
    headers: tuple[tuple[str, str], ...]
    """As they came: order, letters and all."""
    peer: tuple[str, int]

    def header(self, name: str) -> str | None:
        """The first header of that name, in any case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class StorageServer:
    """Listens on a free loopback port while it is entered."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self._files: dict[str, Stored] = {}
        self._tokens: set[str] = set()
        self._gone = threading.Event()
        self._open: set[socket.socket] = set()
        self._left = threading.Condition()
        self._tls = tls
        self._server = _Listener(self)
        self.port: int = self._server.server_address[1]
        self.origin = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> "StorageServer":
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._gone.set()
        self._server.shutdown()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._thread.join(5)

    def put(self, name: str, content: bytes = b"", **treatment: Any) -> str:
        """Stores `content` as `name`, treated as the fields of `Stored` say; its link, signed if it must be."""
        self._files[f"/{name}"] = Stored(content, **treatment)
        return self.sign(name) if treatment.get("signed") else self.link(name)

    def change(self, name: str, **treatment: Any) -> None:
        """From now on `name` is treated (or its content is) so."""
        self._files[f"/{name}"] = replace(self._files[f"/{name}"], **treatment)

    def remove(self, name: str) -> None:
        """From now on `name` is a 404."""
        del self._files[f"/{name}"]

    def link(self, name: str) -> str:
        """The bare link of a file, be it there or not."""
        return f"{self.origin}/{quote(name)}"

    def sign(self, name: str) -> str:
        """A fresh signed link."""
        token = secrets.token_hex(16)
        self._tokens.add(token)
        return f"{self.link(name)}?expires=1&signature={token}"

    def expire(self) -> None:
        """No link signed until now works any more."""
        self._tokens.clear()

    def requests(self, name: str) -> list[Seen]:
        """What was asked about one file."""
        return [seen for seen in self.seen if unquote(urlsplit(seen.target).path) == f"/{name}"]

    def wait_until_left(self, seconds: float = 10.0) -> None:
        """Returns when no connection is open any more. Raises TimeoutError."""
        with self._left:
            if not self._left.wait_for(lambda: not self._open, seconds):
                raise TimeoutError(f"{len(self._open)} connections are still open")

    # --- one connection, in a thread of its own ---

    def converse(self, connection: socket.socket, peer: tuple[str, int]) -> None:
        """Answers requests until either side has enough."""
        with contextlib.suppress(OSError, ssl.SSLError):
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            self._open.add(connection)
            with connection.makefile("rb") as reader:
                while (seen := _read(reader, peer)) is not None:
                    self.seen.append(seen)
                    if not self._answer(connection, seen):
                        break
        with contextlib.suppress(OSError):
            connection.close()
        with self._left:
            self._open.discard(connection)
            self._left.notify_all()

    def _answer(self, connection: socket.socket, seen: Seen) -> bool:
        """Whether the connection can be used further."""
        target = urlsplit(seen.target)
        file = self._files.get(unquote(target.path))
        if file is None:
            file = Stored(b"no such key", status=404, media_type="text/plain")
        elif file.signed and parse_qs(target.query).get("signature", [""])[0] not in self._tokens:
            file = Stored(b"access denied", status=403, media_type="text/plain")
        if file.silent:
            self._wait_until_gone(connection)
            return False
        status, headers, body = _composed(file, seen)
        if file.delimited and not (file.chunked or file.endless):
            headers["Content-Length"] = str(len(body) if file.told_length is None else file.told_length)
        if file.chunked or file.endless:
            headers["Transfer-Encoding"] = "chunked"
        headers.update(file.headers)
        lines = [f"HTTP/1.1 {status} -", *(f"{name}: {value}" for name, value in headers.items())]
        connection.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")
        if seen.method == "HEAD":
            return True
        return self._send_body(connection, file, body)

    def _send_body(self, connection: socket.socket, file: Stored, body: bytes) -> bool:
        stop = min((n for n in (file.cut_every, file.stall_after) if n is not None), default=None)
        sent = 0
        for piece in _pieces(body, endless=file.endless):
            if file.pace_s and self._gone.wait(file.pace_s):
                return False
            piece = piece if stop is None else piece[: stop - sent]
            framed = b"%x\r\n%s\r\n" % (len(piece), piece) if piece and (file.chunked or file.endless) else piece
            connection.sendall(framed)
            sent += len(piece)
            if sent == stop:
                break
        if stop is not None and sent >= stop and (sent < len(body) or file.endless):
            if file.stall_after is not None:
                self._wait_until_gone(connection)
            elif file.reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if file.chunked:
            connection.sendall(b"0\r\n\r\n")
        return file.delimited and file.told_length is None

    def _wait_until_gone(self, connection: socket.socket) -> None:
        connection.settimeout(0.05)
        while not self._gone.is_set():
            try:
                if not connection.recv(4096):
                    return
            except TimeoutError:
                continue


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, storage: StorageServer) -> None:
        self._storage = storage
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        self._storage.converse(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with contextlib.suppress(OSError):
            request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nobody to tell: a client may leave whenever it likes."""


def _read(reader: Any, peer: tuple[str, int]) -> Seen | None:
    line = reader.readline(65_536).decode("latin-1").rstrip("\r\n")
    if not line:
        return None
    method, target, _ = line.split(" ", 2)
    headers = []
    while header := reader.readline(65_536).decode("latin-1").rstrip("\r\n"):
        name, _, value = header.partition(":")
        headers.append((name, value.strip()))
    return Seen(method, target, tuple(headers), peer)


def _composed(file: Stored, seen: Seen) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer, lies not yet told."""
    headers = {"Content-Type": file.media_type}
    if file.location is not None:
        return file.status or 302, {**headers, "Location": file.location}, file.content
    if file.status is not None:
        return file.status, headers, file.content
    etag = f'"{hashlib.md5(file.content).hexdigest()}"' if file.etag == "" else file.etag
    if etag is not None:
        headers["ETag"] = etag
    content = file.content
    if file.zipped:
        headers["Content-Encoding"] = "gzip"
        content = gzip.compress(content, 6, mtime=0)
    asked = _RANGE.fullmatch(seen.header("range") or "") if file.ranges else None
    if asked is None or seen.header("if-range") not in (None, etag):
        return 200, headers, content
    first = int(asked[1]) + file.wrong_range
    last = min(int(asked[2] or len(content)), len(content) - 1)
    if first > last:
        return 416, {"Content-Range": f"bytes */{len(content)}"}, b""
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return 206, headers, content[first : last + 1]


def _pieces(body: bytes, *, endless: bool) -> Iterator[bytes]:
    while True:
        for start in range(0, len(body), _PIECE):
            yield body[start : start + _PIECE]
        if not endless:
            return
        if not body:
            time.sleep(0.01)
