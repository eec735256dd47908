"""The real program in a home of its own, against a Cordage on loopback that may be in trouble."""

import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.server import ServerThread, run_in_thread
from cordage_tui.simulator.world import PlannedOutcome, plain_world
from tests.cli.conftest import Cordage, environment
from tests.fork_server import ForkedProcess
from tests.homes import take_for_its_own

AT_ONCE = 3
"""Processes that run beside each other."""
LONGEST_S = 40.0

Argv = Sequence[str]


@dataclass(frozen=True)
class Ending:
    """Exit code and output of a command."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass(frozen=True)
class Stage:
    """A server with a run that has ended and one that is active, and a home that has read both a minute ago."""

    server: ServerThread
    root: Path
    done: str
    active: str
    home: Cordage
    names: Mapping[str, str] = field(default_factory=dict)
    """Words that stand for others in a command line, besides DONE, ACTIVE and PROMPTS."""

    def run(self, name: str, argv: Argv, program: Sequence[str] | None = None) -> Ending:
        """Run the command in a copy of the home, as a script would, and return its ending."""
        child = self.started(name, argv, program, stdout=subprocess.PIPE)
        out, err = child.communicate(timeout=LONGEST_S)
        return Ending(child.returncode, out, err)

    def run_until(self, name: str, argv: Argv, words: str) -> Ending:
        """Run a command that does not end, and press Ctrl+C once it has printed `words`."""
        child = self.started(name, argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert child.stdout is not None
        read = ""
        while words not in read and (line := child.stdout.readline()):
            read += line
        return self.interrupted(child, read)

    def run_while_asking(self, name: str, argv: Argv, call: Call) -> Ending:
        """Run the command alone, and press Ctrl+C once the server has got this call."""
        count = len(self.calls(call))
        child = self.started(name, argv, stdout=subprocess.PIPE)
        _until(lambda: len(self.calls(call)) > count or child.poll() is not None)
        return self.interrupted(child)

    def run_into_closed_pipe(self, name: str, argv: Argv, program: Sequence[str] | None = None) -> Ending:
        """Run the command with a stdout that nobody reads."""
        reader, writer = os.pipe()
        os.close(reader)
        child = self.started(name, argv, program, stdout=writer)
        os.close(writer)
        _, err = child.communicate(timeout=LONGEST_S)
        return Ending(child.returncode, "", err)

    def run_on_terminal(self, name: str, argv: Argv, typed: str = "", columns: int = 100) -> Ending:
        """Run the command on a terminal, and type `typed` at its question; `out` has every byte."""
        ours, theirs = os.openpty()
        termios.tcsetwinsize(ours, (24, columns))
        child = self.started(name, argv, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
        os.close(theirs)
        written = b""
        while read := _read(ours):
            written += read
            if typed and b" Type " in written:
                os.write(ours, typed.encode())
                typed = ""
        os.close(ours)
        return Ending(child.wait(LONGEST_S), written.decode(), "")

    def all(self, commands: Mapping[str, Argv], run: Callable[[str, Argv], Ending]) -> dict[str, Ending]:
        """Run all commands, a few at a time, and return their endings by name."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            started = {name: pool.submit(run, name, argv) for name, argv in commands.items()}
            return {name: ended.result() for name, ended in started.items()}

    def fails(self, call: Call, kind: FaultKind, **fault: object) -> None:
        """Let every call of that kind fail from now on."""
        self.server.world.faults.add(call, Fault(kind, **fault), count=None)

    def calls(self, call: Call) -> list[str]:
        """Return the paths of all calls of that kind so far."""
        log = self.server.storage_log if call is Call.DOWNLOAD else self.server.log
        return [exchange.path for exchange in list(log) if exchange.call is call]

    def started(
        self, name: str, argv: Argv, program: Sequence[str] | None = None, **streams: int | bool
    ) -> "subprocess.Popen[str] | ForkedProcess":
        """Start `program`, or else a fork of the running interpreter, in a copy of the home."""
        root = Path(tempfile.mkdtemp(prefix=name, dir=self.root))
        shutil.copytree(self.home.root, root, dirs_exist_ok=True)
        take_for_its_own(Cordage(root).paths.database)
        names = {
            "DONE": self.done[:8],
            "ACTIVE": self.active[:8],
            "PROMPTS": str(self.root / "prompts.txt"),
        } | self.names
        arguments = [names.get(word, word) for word in argv]
        to_server = {"CORDAGE_API_KEY": self.server.api_key, "CORDAGE_BASE_URL": self.server.base_url}
        environ = {**environment(root), **to_server}
        streams = {"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE, **streams}
        if program is None:
            return ForkedProcess(arguments, environ, **streams)
        return subprocess.Popen([*program, *arguments], env=environ, text=True, **streams)

    @staticmethod
    def interrupted(child: "subprocess.Popen[str] | ForkedProcess", read: str = "") -> Ending:
        """Press Ctrl+C, and return the ending."""
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=LONGEST_S)
        return Ending(child.returncode, read + out, err or "")


@contextmanager
def stage(root: Path) -> Iterator[Stage]:
    """Open a stage without trouble."""
    with closing(run_in_thread(plain_world(time.time, seconds=0.1))) as server:
        key = server.world.webhooks[0].key
        server.world.add_webhook(replace(server.world.webhooks[0], key="wh_other"))
        server.world.fate(key, PlannedOutcome(0.0), PlannedOutcome(1e6))
        done, active = (server.world.trigger(key, {"prompt": "a fox"}).run_id for _ in range(2))
        home = Cordage(root / "home", {**environment(root / "home"), "CORDAGE_API_KEY": server.api_key})
        home.config(
            f"[profiles.studio]\nbase_url = '{server.base_url}'\n"
            f"[[profiles.studio.webhooks]]\nkey = '{key}'\nname = 'Sunset'\n"
        )
        (root / "prompts.txt").write_text("one\ntwo\n")
        assert home("runs").returncode == ExitCode.OK
        with closing(sqlite3.connect(home.paths.database)) as database, database:
            database.execute("UPDATE healths SET ok_at = ok_at - 60")  # long enough ago to be read again
        yield Stage(server, root, done, active, home)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the other end has been closed
        return b""


def _until(has_happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONGEST_S
    while not has_happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)
