"""API keys from `api_key_command` and from the keyring."""

import importlib.util
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Final

from cordage_tui.config.errors import ConfigError
from cordage_tui.domain.base.environment import ChildEnvironment
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.secrets import without_keys

# Another program's output, within limits of time and size.

_MAX_OUTPUT: Final = 64 * 1024


class CommandTimeout(Exception):
    """The program did not end within its time; it has been killed."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """Result of a program. Both outputs may hold secrets."""

    code: int
    """Exit code; negative: the signal that ended it."""
    out: str = field(repr=False)
    """At most 64 KiB, as all that is said afterwards is not read."""
    err: str = field(repr=False)


def run_bounded(argv: Sequence[str], *, environ: ChildEnvironment, limit_s: float) -> CommandResult:
    """Run a program without a shell and without input, for at most `limit_s` seconds.

    Raises CommandTimeout, and OSError when the program cannot be started. Its own children may outlive it and hold
    its output open: `subprocess.run` would wait for them even after its timeout, this does not.
    """
    deadline = time.monotonic() + limit_s
    process = subprocess.Popen(
        argv, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        out, err = _drained(process, deadline)
        code = process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise CommandTimeout from error
    finally:
        _end(process)
    return CommandResult(code, out.decode(errors="replace"), err.decode(errors="replace"))


def _drained(process: "subprocess.Popen[bytes]", deadline: float) -> tuple[bytes, bytes]:
    pipes = [pipe for pipe in (process.stdout, process.stderr) if pipe is not None]
    texts = {pipe.fileno(): bytearray() for pipe in pipes}
    with selectors.DefaultSelector() as selector:
        for descriptor in texts:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise CommandTimeout
            for ready, _ in selector.select(left):
                chunk = os.read(ready.fd, 4096)
                text = texts[ready.fd]
                text += chunk
                if not chunk or len(text) > _MAX_OUTPUT:
                    selector.unregister(ready.fd)
    out, err = texts.values()
    return bytes(out[:_MAX_OUTPUT]), bytes(err[:_MAX_OUTPUT])


def _end(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    if process.poll() is None:
        process.kill()
        process.wait()


# API keys that another program holds: the user's own command, and the system's keyring.

COMMAND_LIMIT_S: Final = 10.0
KEYRING_LIMIT_S: Final = 10.0
"""A locked or headless keyring hangs forever (docs/dev/library-traps.md T12); on a busy machine Python alone takes seconds."""

SERVICE: Final = "cordage-tui"
"""The keyring's service name; the profile's name is its user name."""

_NO_BACKEND: Final = 3
_ASK: Final = f"""
import sys, keyring, keyring.errors
try:
    key = keyring.get_password({SERVICE!r}, sys.argv[1])
except keyring.errors.NoKeyringError:
    sys.exit({_NO_BACKEND})
sys.stdout.write(key or "")
"""


def from_command(command: Sequence[str], environ: ChildEnvironment) -> str:
    """Run the user's `api_key_command` and return its output. Raises ConfigError when it fails or takes over 10 s."""
    program = one_line(command[0], 60)
    advice = "Run it in a shell to see what it says, then start again."
    try:
        finished = run_bounded(command, environ=environ, limit_s=COMMAND_LIMIT_S)
    except OSError as error:
        raise ConfigError(f"api_key_command: cannot run {program}: {error.strerror}.", advice) from error
    except CommandTimeout as error:
        raise ConfigError(f"api_key_command: {program} took over {COMMAND_LIMIT_S:g} s.", advice) from error
    if finished.code:
        complaint = _complaint(finished, 0)
        raise ConfigError(f"api_key_command: {program} failed with code {finished.code}{complaint}.", advice)
    return finished.out


def from_keyring(profile: str, environ: ChildEnvironment) -> str | None:
    """The key kept in the system's keyring; None when the extra is not installed or there is none.

    Raises ConfigError when the keyring is locked, broken or silent for 10 s.
    """
    if importlib.util.find_spec("keyring") is None:
        return None
    advice = "Unlock it, or set CORDAGE_API_KEY."
    # -P: a keyring.py in the folder we were started in is not the keyring.
    argv = (sys.executable, "-P", "-c", _ASK, profile)
    try:
        finished = run_bounded(argv, environ=environ, limit_s=KEYRING_LIMIT_S)
    except CommandTimeout as error:
        raise ConfigError(f"The system's keyring did not answer within {KEYRING_LIMIT_S:g} s.", advice) from error
    if finished.code not in (0, _NO_BACKEND):
        raise ConfigError(f"The system's keyring cannot be read{_complaint(finished, -1)}.", advice)
    return finished.out or None


def _complaint(finished: CommandResult, place: int) -> str:
    """Extract one line of a program's stderr, short, with anything like a key taken out; the last (-1) of a Python
    traceback."""
    lines = [line for line in finished.err.splitlines() if line.strip()]
    return ": " + one_line(without_keys(lines[place]), 160).rstrip(".") if lines else ""
