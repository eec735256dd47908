"""Starts the program as forks of a process that has imported it: the same program, without the third of a second that an
interpreter and its imports take. For tests to which a start as such does not matter.

`python -m tests.fork_server FD` is the server: it forks once for each byte on that socket, which brings the child's end of a
`ForkedProcess` and its stdin, stdout and stderr.
"""

import atexit
import fcntl
import functools
import gc
import io
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import termios
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import IO, BinaryIO, NoReturn, cast

import cordage_tui
from cordage_tui.store.file import database
from tests.homes import UNSYNCED

ROOT = Path(__file__).parents[1]
STOPPED = b"stopped\n"
"""What the server says of a program instead of an exit code."""


class ForkedProcess:
    """One run of the program, with as much of `subprocess.Popen` as the tests use; text streams."""

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        *,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.DEVNULL,
        stderr: int = subprocess.DEVNULL,
        start_new_session: bool = False,
        controlling: bool = False,
        nohup: bool = False,
    ) -> None:
        """Streams are those of `Popen`: DEVNULL, a file descriptor, and PIPE or STDOUT for what is written. `controlling`: the
        terminal that stdin is becomes that of the new session; `nohup`: SIGHUP is ignored."""
        self.returncode: int | None = None
        self._life, life = socket.socketpair()
        nowhere = os.open(os.devnull, os.O_RDWR)
        taken = nowhere if stdin == subprocess.DEVNULL else stdin
        self.stdout, out, made = _stream(stdout, nowhere)
        self.stderr, err, made_too = _stream(stderr, nowhere if stderr != subprocess.STDOUT else out)
        told = {
            "argv": [*argv],
            "env": dict(env),
            "cwd": str(Path.cwd()),
            "session": start_new_session,
            "controlling": controlling,
            "nohup": nohup,
        }
        with life:
            _ask(life.fileno(), taken, out, err)
        for own in (nowhere, *made, *made_too):
            os.close(own)
        self._life.sendall(json.dumps(told).encode())
        self._life.shutdown(socket.SHUT_WR)
        self._said = self._life.makefile("rb", buffering=0)
        self.pid = int(self._said.readline())
        self._stops = 0

    def poll(self) -> int | None:
        """Exit code, if it has ended."""
        return self._ended(0.0)

    def wait(self, timeout: float | None = None) -> int:
        """Exit code, negative for a signal. TimeoutExpired."""
        if (code := self._ended(timeout)) is None:
            raise subprocess.TimeoutExpired("cordage-tui", timeout or 0.0)
        return code

    def wait_stopped(self, timeout: float | None = None) -> None:
        """Until it has been stopped once more, or has stopped itself. TimeoutExpired."""
        while not self._stops:
            if self.returncode is not None or not self._hears(timeout):
                raise subprocess.TimeoutExpired("cordage-tui", timeout or 0.0)
        self._stops -= 1

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it writes to pipes until they are closed; then `wait`."""
        written: dict[int, str] = {}

        def read(number: int, stream: IO[str] | None) -> None:
            with stream or io.StringIO() as readable:
                written[number] = readable.read()

        readers = [threading.Thread(target=read, args=pair) for pair in enumerate((self.stdout, self.stderr))]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        self.wait(timeout)
        return written[0], written[1]

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: float | None) -> int | None:
        while self.returncode is None and self._hears(timeout):
            pass
        return self.returncode

    def _hears(self, timeout: float | None) -> bool:
        """Whether the server has told what became of it: a stop, or its end."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._life, selectors.EVENT_READ)
            if not selector.select(timeout):
                return False
        if (told := self._said.readline()) == STOPPED:
            self._stops += 1
        else:
            self.returncode = int(told)
            self._said.close()
            self._life.close()
        return True


def _stream(asked: int, otherwise: int) -> tuple[IO[str] | None, int, tuple[int, ...]]:
    """Our end, the program's end, and what is to be closed here once the program has it."""
    if asked in {subprocess.DEVNULL, subprocess.STDOUT}:
        return None, otherwise, ()
    if asked != subprocess.PIPE:
        return None, asked, ()
    ours, theirs = os.pipe()
    return os.fdopen(ours), theirs, (theirs,)


def _ask(*descriptors: int) -> None:
    socket.send_fds(_server(), [b"+"], descriptors)


@functools.cache
def _server() -> socket.socket:
    """The server of this process; it ends with it."""
    ours, theirs = socket.socketpair()
    environ = {name: value for name, value in os.environ.items() if name in {"PATH", "LD_LIBRARY_PATH"}}
    with theirs:
        command = (sys.executable, "-m", "tests.fork_server", str(theirs.fileno()))
        server = subprocess.Popen(command, cwd=ROOT, env=environ, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)

    def end() -> None:
        ours.close()
        server.wait()

    atexit.register(end)
    return ours


# The server.


def import_all() -> None:
    """The whole program, most of which loads late, and what httpcore loads at its first connection; not the SDK of `mcp`, which
    takes longer than all else together."""
    left_out = (".__main__", ".agents.server")
    for module in walk_packages(cordage_tui.__path__, f"{cordage_tui.__name__}."):
        if not module.name.endswith(left_out) and ".sandbox." not in module.name:
            import_module(module.name)
    import_module("anyio._backends._asyncio")
    import_module("anyio.streams.tls")


def main() -> None:
    """Serves until nobody is left who asks."""
    import_all()
    database._PRAGMAS = UNSYNCED  # type: ignore[misc]
    gc.collect()
    gc.freeze()
    if descriptors := _serve(socket.socket(fileno=int(sys.argv[1]))):
        _live(*descriptors)


def _serve(asked: socket.socket) -> list[int]:
    """Returns in each fork, with the descriptors for it."""
    woken, wake = socket.socketpair()
    for end in (woken, wake):
        end.setblocking(False)
    signal.set_wakeup_fd(wake.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    lives: dict[int, socket.socket] = {}
    with asked, woken, wake, selectors.DefaultSelector() as selector:
        selector.register(asked, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is woken:
                    woken.recv(4096)
                    _tell(lives)
                    continue
                byte, descriptors, _, _ = socket.recv_fds(asked, 1, 4)
                if not byte:
                    return []
                if not (child := os.fork()):
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    for life in lives.values():
                        life.close()
                    return descriptors
                lives[child] = socket.socket(fileno=descriptors[0])
                lives[child].sendall(f"{child}\n".encode())
                for descriptor in descriptors[1:]:
                    os.close(descriptor)


def _tell(lives: dict[int, socket.socket]) -> None:
    """The exit codes of those that have ended, and who was stopped."""
    for child in list(lives):
        changed, status = os.waitpid(child, os.WNOHANG | os.WUNTRACED)
        if not changed:
            continue
        with suppress(OSError):  # who asked may have gone
            lives[child].sendall(
                STOPPED if os.WIFSTOPPED(status) else f"{os.waitstatus_to_exitcode(status)}\n".encode()
            )
        if not os.WIFSTOPPED(status):
            lives.pop(child).close()


def _live(life: int, *streams: int) -> NoReturn:
    """The program, as `python -m cordage_tui` begins it."""
    from cordage_tui.cli.main import main as program

    with socket.socket(fileno=life) as asked:
        told = json.loads(b"".join(iter(lambda: asked.recv(65_536), b"")))
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    if told["session"]:
        os.setsid()
    if told["controlling"]:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    if told["nohup"]:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.chdir(told["cwd"])
    os.environ.clear()
    os.environ.update(told["env"])
    sys.argv = ["cordage-tui", *told["argv"]]
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(_opened(0, "rb"), "utf-8", "surrogateescape")
    sys.stdout = sys.__stdout__ = io.TextIOWrapper(
        _opened(1, "wb"), "utf-8", "surrogateescape", line_buffering=os.isatty(1)
    )
    sys.stderr = sys.__stderr__ = io.TextIOWrapper(_opened(2, "wb"), "utf-8", "backslashreplace", line_buffering=True)
    _end(program())


def _end(code: int) -> NoReturn:
    """As an interpreter ends, but without its taking apart, which would copy all the memory that is shared with the server."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def _opened(descriptor: int, mode: str) -> BinaryIO:
    return cast(BinaryIO, open(descriptor, mode, closefd=False))


if __name__ == "__main__":
    main()
