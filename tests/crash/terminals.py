"""Terminals of five kinds with a shell, each removed in the ways that happen in real life."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

PATIENCE_S: Final = 120.0
"""A window without a graphics card takes more than half a minute to open on a busy machine."""
SHELL: Final = ("bash", "--norc", "--noprofile", "-i")
_ESCAPES: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]_P][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")
_HOLDER: Final = """
import fcntl, os, pty, select, struct, sys, termios
child, master = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
while True:
    for ready in select.select([0, master], [], [])[0]:
        data = os.read(ready, 65536)
        os.write(1 if ready == master else master, data)
"""
"""Holds a pseudo-terminal, as sshd, screen and every window do."""


class NotHere(Exception):
    """This machine has no such terminal."""


class Terminal(ABC):
    """A terminal with a shell on it, with the environment `environ`."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.folder = folder
        self.environ = environ

    @abstractmethod
    def type(self, keys: str) -> None:
        """Type as the user does."""

    @abstractmethod
    def text(self) -> str:
        """Return at least the text that can be read on it."""

    def found(self, program: int) -> None:  # noqa: B027  only one of them needs it
        """Accept `program`, the process that runs on it."""

    @abstractmethod
    def vanish(self) -> None:
        """Remove the terminal."""

    @abstractmethod
    def close(self) -> None:
        """Remove what is left of it."""

    def wait_for(self, shown: str) -> None:
        wait_until(lambda: shown in self.text(), f"{shown!r} on the screen", self.text)


class Piped(Terminal):
    """A terminal whose user is at the other end of two pipes."""

    def begin(self, *command: str) -> None:
        self.holder = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.environ,
            start_new_session=True,
        )  # fmt: skip
        self._written = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while data := os.read(self.holder.stdout.fileno(), 65536):  # type: ignore[union-attr]
            self._written += data

    def type(self, keys: str) -> None:
        os.write(self.holder.stdin.fileno(), keys.encode())  # type: ignore[union-attr]

    def text(self) -> str:
        """Return its last screens."""
        return _ESCAPES.sub("", bytes(self._written[-60_000:]).decode(errors="replace"))

    def close(self) -> None:
        self.holder.kill()
        self.holder.wait()
        self._reader.join()
        for pipe in (self.holder.stdin, self.holder.stdout):
            pipe.close()  # type: ignore[union-attr]


class Holder(Piped):
    """Its holder is killed, as when a window crashes."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        super().__init__(folder, environ)
        self.begin(sys.executable, "-ISc", _HOLDER, *SHELL)

    def vanish(self) -> None:
        self.holder.kill()
        self.holder.wait()


class Ssh(Piped):
    """A connection over a loopback sshd whose child is killed, as when the network fails or the server restarts."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        super().__init__(folder, environ)
        sshd = shutil.which("sshd") or next((str(p) for p in (Path("/usr/sbin/sshd"),) if p.exists()), None)
        if sshd is None or shutil.which("ssh") is None:
            raise NotHere("sshd is not installed")
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        (folder / "keys").write_text((folder / "user.pub").read_text())
        lines = [
            f"HostKey {folder / 'host'}", f"AuthorizedKeysFile {folder / 'keys'}", f"PidFile {folder / 'sshd.pid'}",
            "StrictModes no", "UsePAM no", "PasswordAuthentication no", "PermitRootLogin yes", "PrintMotd no",
        ]  # fmt: skip
        (folder / "conf").write_text("\n".join(lines) + "\n")
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        # sshd speaks to its client over stdin and stdout (-i), so that no port is opened.
        proxy = f"{sshd} -i -f {folder / 'conf'}"
        options = (
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            f"ProxyCommand={proxy}",
            "LogLevel=ERROR",
        )
        self.begin(
            *("ssh", "-F", "/dev/null", "-tt", "-i", str(folder / "user")),
            *(word for option in options for word in ("-o", option)),
            *("localhost", f"stty rows 36 cols 120; exec env -i {_assigned(environ)} {shlex.join(SHELL)}"),
        )

    def found(self, program: int) -> None:
        self._child = program
        while "sshd" not in _name(self._child):
            self._child = _parent(self._child)
            assert self._child > 1, "no sshd above the program"

    def vanish(self) -> None:
        os.kill(self._child, signal.SIGKILL)


class Tmux(Terminal):
    """A pane of a tmux server of its own."""

    way = "kill-server"

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        super().__init__(folder, environ)
        if shutil.which("tmux") is None:
            raise NotHere("tmux is not installed")
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "36", shlex.join(SHELL))

    def type(self, keys: str) -> None:
        self._tmux("send-keys", "-H", *(f"{byte:02x}" for byte in keys.encode()))

    def text(self) -> str:
        return self._tmux("capture-pane", "-p")

    def vanish(self) -> None:
        self._tmux(self.way)

    def close(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self._tmux("kill-server")

    def _tmux(self, *words: str) -> str:
        return subprocess.run(
            ["tmux", "-S", str(self.folder / "tmux"), *words],
            env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True,
        ).stdout  # fmt: skip


class TmuxPane(Tmux):
    """A pane of tmux that is closed alone."""

    way = "kill-pane"


class Kitty(Terminal):
    """A window on a virtual screen that is closed as by its button."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        super().__init__(folder, environ)
        if shutil.which("kitty") is None or shutil.which("Xvfb") is None:
            raise NotHere("kitty or Xvfb is not installed")
        self._socket = f"unix:{folder / 'kitty'}"
        read, write = os.pipe()
        self._screen = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1200x800x24", "-nolisten", "tcp"],
            pass_fds=(write,), stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(write)
        with os.fdopen(read) as told:
            display = f":{told.readline().strip()}"
        settings = ("allow_remote_control=socket-only", "confirm_os_window_close=0", "update_check_interval=0",
                    "remember_window_size=no", "initial_window_width=120c", "initial_window_height=36c")  # fmt: skip
        self._window = subprocess.Popen(
            ["kitty", "--config", "NONE", *(w for s in settings for w in ("-o", s)), "--listen-on", self._socket, *SHELL],
            env=self.environ | {"DISPLAY": display, "LIBGL_ALWAYS_SOFTWARE": "1", "XDG_RUNTIME_DIR": str(folder)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        wait_until((folder / "kitty").exists, "kitty's socket")

    def type(self, keys: str) -> None:
        self._kitten("send-text", "--stdin", given=keys)

    def text(self) -> str:
        return self._kitten("get-text")

    def vanish(self) -> None:
        self._kitten("close-window")

    def close(self) -> None:
        for process in (self._window, self._screen):
            process.kill()
            process.wait()

    def _kitten(self, *words: str, given: str = "") -> str:
        done = subprocess.run(
            ["kitten", "@", "--to", self._socket, *words], env=self.environ, input=given, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        return done.stdout


class KittyKilled(Kitty):
    """A window of kitty that crashes."""

    def vanish(self) -> None:
        self._window.kill()


WAYS: Final[dict[str, Callable[[Path, dict[str, str]], Terminal]]] = {
    "holder killed": Holder,
    "tmux kill-server": Tmux,
    "tmux kill-pane": TmuxPane,
    "sshd child killed": Ssh,
    "kitty closed": Kitty,
    "kitty killed": KittyKilled,
}


def wait_until(condition: Callable[[], object], description: str, screen_text: Callable[[], str] = str) -> None:
    """Wait until the condition is true, or raise AssertionError at the end of the patience."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, f"never came: {description}\n{screen_text()}"
        time.sleep(0.01)


def state_of(pid: int) -> str:
    """Return the letter of the kernel for the state of this process; empty if there is none, or only its exit code is
    left."""
    try:
        letter = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if letter in "ZX" else letter


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text()


def _assigned(environ: dict[str, str]) -> str:
    return " ".join(shlex.quote(f"{name}={value}") for name, value in environ.items())
