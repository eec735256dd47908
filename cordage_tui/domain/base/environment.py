"""Environment variables: clipboard tools, file opener and colours by them, without probing; those of child processes.

`environ` is the process's environment, `platform` as `sys.platform` has it, and `has(name)` returns whether that
program is in the PATH. On a remote machine its own clipboard and screen are of no use.
"""

import shlex
from collections.abc import Callable, Collection, Mapping
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText

CERTIFICATE_VARIABLES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables of OpenSSL that name a file and folders of certificate authorities, in place of the usual ones."""

Has = Callable[[str], bool]
Environ = Mapping[str, str]

MOST_IN_SEQUENCE: Final = 74_994
"""Largest text in bytes that is sent as OSC 52: with its frame 100,000 characters of base64.

Many terminals ignore a longer sequence entirely.
"""
MOST_BY_TOOL: Final = 8 << 20

_NO_SEQUENCES: Final = frozenset({"", "dumb", "linux", "unknown"})
"""Terminals that would show or ignore a sequence: the console, and values that name no terminal."""


@dataclass(frozen=True, slots=True)
class ClipboardMethod:
    """A way to copy text to a clipboard."""

    name: SafeText
    """As a toast names it."""
    argv: tuple[str, ...] = ()
    """The program that takes the text on its stdin; empty: the terminal takes it, as OSC 52."""
    most: int = MOST_BY_TOOL
    """Bytes of text that it is given."""


TERMINAL: Final = ClipboardMethod(SafeText("terminal (OSC 52)"), most=MOST_IN_SEQUENCE)
TMUX: Final = ClipboardMethod(SafeText("tmux"), ("tmux", "load-buffer", "-w", "-"), MOST_IN_SEQUENCE)
"""From 3.2 on it passes the text on to its terminal's clipboard, which a sequence from within does not reach (docs/dev/library-traps.md T13)."""
TMUX_ONLY: Final = ClipboardMethod(SafeText("tmux's own buffer"), ("tmux", "load-buffer", "-"))
"""For an older tmux without `-w`; its buffer also takes texts that are too long for a sequence."""
_WAYLAND: Final = (ClipboardMethod(SafeText("wl-copy"), ("wl-copy",)),)
_X11: Final = (
    ClipboardMethod(SafeText("xclip"), ("xclip", "-selection", "clipboard", "-in")),
    ClipboardMethod(SafeText("xsel"), ("xsel", "--clipboard", "--input")),
)
_MAC: Final = (ClipboardMethod(SafeText("pbcopy"), ("pbcopy",)),)


def is_remote(environ: Environ) -> bool:
    """Return whether this is an SSH session, so that the keyboard is on another machine."""
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"))


def copy_ways(environ: Environ, platform: str, has: Has) -> tuple[ClipboardMethod, ...]:
    """Return the ways to the clipboard of the user's machine, the most reliable first; empty if none is known to work."""
    native = [way for way in _native(environ, platform) if has(way.argv[0])]
    if environ.get("TMUX") and has("tmux"):
        return (*native, TMUX, TMUX_ONLY)
    return (*native, TERMINAL) if takes_sequences(environ) and not environ.get("STY") else tuple(native)


def _native(environ: Environ, platform: str) -> tuple[ClipboardMethod, ...]:
    if is_remote(environ):
        return ()
    if platform == "darwin":
        return _MAC
    wayland = _WAYLAND if environ.get("WAYLAND_DISPLAY") else ()
    return (*wayland, *(_X11 if environ.get("DISPLAY") else ()))


def tmux_hides_colours(environ: Environ) -> bool:
    """Return whether this is a tmux whose TERM promises fewer colours than the 256 that it takes under any name: its
    default one promises 8."""
    return "TMUX" in environ and not environ.get("COLORTERM") and not environ.get("TERM", "").endswith("256color")


def takes_sequences(environ: Environ) -> bool:
    """Return whether the terminal ignores escape sequences that it does not know, instead of showing them."""
    return environ.get("TERM", "") not in _NO_SEQUENCES


def opener(environ: Environ, platform: str, has: Has) -> tuple[str, ...] | None:
    """Find the program that opens a file or an address given as its last argument.

    None: there is no such program, or the user's screen is not on this machine.
    """
    if is_remote(environ):
        return None
    if platform == "darwin":
        return ("open",) if has("open") else None
    if not environ.get("DISPLAY") and not environ.get("WAYLAND_DISPLAY"):
        return None
    return ("xdg-open",) if has("xdg-open") else _browser(environ, has)


def _browser(environ: Environ, has: Has) -> tuple[str, ...] | None:
    """Find the first program of `$BROWSER`; one that wants the address in the middle of its arguments is skipped."""
    for line in environ.get("BROWSER", "").split(":"):
        try:
            argv = tuple(word for word in shlex.split(line) if word != "%s")
        except ValueError:
            continue
        if argv and has(argv[0]) and not any("%" in word for word in argv):
            return argv
    return None


# The environment variables of a child process: never one that holds an API key.
#
# Every function that starts a process takes a `ChildEnvironment`, and only the two functions here make one.

SHORTEST_KEY: Final = 8
"""Characters. A shorter value of a key's variable is not searched in others: it could be in any of them by chance."""
_FOR_PYTHON: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
"""Variables without which some Python builds do not start."""


class ChildEnvironment(dict[str, str]):
    """Environment of a child process, the `env` of `subprocess.Popen`."""


def child_environment(environ: Mapping[str, str], key_variables: Collection[str]) -> ChildEnvironment:
    """Copy `environ` without the `key_variables`, and without every other variable that repeats the value of one.

    `key_variables` names the variables that may hold an API key: those of all profiles, not only of the open one.
    """
    keys = [key for name in key_variables if len(key := environ.get(name, "").strip()) >= SHORTEST_KEY]
    return ChildEnvironment(
        (name, value)
        for name, value in environ.items()
        if name not in key_variables and not any(key in value for key in keys)
    )


TMUX_VARIABLES: Final = ("PATH", "HOME", "TMUX", "TMUX_TMPDIR", "TMUX_PANE", "LANG", "LC_ALL")
"""Variables passed to tmux to find its server. No others: the settings that name variables with keys may be unreadable."""


def bare_environment(environ: Mapping[str, str], *kept: str) -> ChildEnvironment:
    """Keep only the variables that a Python interpreter may need to start, and those named in `kept`."""
    return ChildEnvironment((name, environ[name]) for name in (*_FOR_PYTHON, *kept) if name in environ)
