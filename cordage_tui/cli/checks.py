"""Checks of `doctor`: files, settings, terminal, programs, network."""

import os
import platform
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from cordage_tui import __version__
from cordage_tui.cli.errors import ExitCode
from cordage_tui.config.credentials import FoundKey, find_key
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.key_sources import CommandTimeout, run_bounded
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings
from cordage_tui.domain.child_environment import bare_environment
from cordage_tui.domain.environment import TERMINAL, TMUX, copy_ways, is_remote, opener, tmux_hides_colours
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.file_system import exists
from cordage_tui.domain.formatting import amount
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.downloads.destination import InvalidDestination, tried_target
from cordage_tui.store.open import choose, file_system_of, is_network_file_system
from cordage_tui.ui.terminal_images.capabilities import (
    ColorDepth,
    GraphicsProtocol,
    TerminalCapabilities,
    TerminalReplies,
    route_of,
)

# One thing that was looked at.

TMUX_VARIABLES: Final = ("PATH", "HOME", "TMUX", "TMUX_TMPDIR", "TMUX_PANE", "LANG", "LC_ALL")
"""What tmux is given to find its server. No more: the settings that name the variables with keys may not be readable."""


class CheckLevel(StrEnum):
    """How it is."""

    OK = "ok"
    NOTE = "note"
    """Works, and is worth knowing."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Check:
    """What was found; no part of it holds a secret."""

    name: str
    found: str
    state: CheckLevel = CheckLevel.OK
    cure: str = ""
    """What to do, where it is not ok."""
    code: ExitCode = ExitCode.USAGE
    """What `doctor` ends with where this is wrong."""


# Settings, keys and the database, as they lie on the disk.

_LITTLE: Final = 1_000_000_000
"""Bytes that a day of pictures may well take."""


def on_disk(paths: Paths) -> Iterator[Check]:
    """Where they are and who may read them."""
    for name, path in (
        ("config.toml", paths.config_file),
        ("webhooks.toml", paths.webhooks_file),
        ("credentials", paths.credentials_file),
        ("database", paths.database),
        ("data folder", paths.data_dir),
    ):
        yield _file(name, path, private=path in (paths.credentials_file, paths.database, paths.data_dir))
    import sqlite3

    system = file_system_of(paths.data_dir)
    journal = choose(sqlite3.sqlite_version_info, system).value
    if is_network_file_system(system):
        yield Check(
            "journal", f"{journal}, on {system}", CheckLevel.NOTE, "Locks may fail there: use one window at a time."
        )
    else:
        yield Check("journal", f"{journal}{f', on {system}' if system else ''}")


def settings(found: Settings) -> Iterator[Check]:
    """What the settings say, and what of it is of no use."""
    for warning in found.warnings:
        yield Check("settings", warning, CheckLevel.NOTE, "Mend or remove that line.")
    profile = found.chosen
    if profile is None:
        cure = "Start cordage-tui to connect, or: cordage-tui webhooks add KEY NAME"
        yield Check("profile", "none is configured", CheckLevel.WRONG, cure)
        return
    yield Check("profile", f"{profile.name}{' (read-only)' if profile.read_only else ''} at {profile.base_url}")
    if profile.webhooks:
        yield Check("webhooks", str(len(profile.webhooks)))
    else:
        yield Check("webhooks", "none", CheckLevel.WRONG, "Add one: cordage-tui webhooks add KEY NAME")


def downloads(paths: Paths, found: Settings) -> Check:
    """Where outputs go, whether a file can be written there, which is tried, and how much."""
    folder = found.downloads.place(paths)
    try:
        tried_target(folder, found.downloads.template)
        there = next(one for one in (folder, *folder.parents) if exists(one))
        free = shutil.disk_usage(there).free
    except (InvalidDestination, OSError) as error:
        cure = "Mend that, or name another: folder = … below [downloads] in config.toml"
        return Check("downloads", str(error), CheckLevel.WRONG, cure)
    if free < _LITTLE:
        return Check("downloads", f"{folder}: only {amount(free)} are free", CheckLevel.NOTE, "Make room.")
    return Check("downloads", f"{folder} ({amount(free)} free)")


def key(paths: Paths, found: Settings, profile: Profile) -> tuple[FoundKey | None, Check]:
    """The profile's API key, and where it comes from; never itself."""
    try:
        key = find_key(paths, found, profile.name, os.environ)
    except ConfigError as error:
        return None, Check("API key", error.happened, CheckLevel.WRONG, error.advice)
    if key is None:
        return None, Check("API key", "none", CheckLevel.WRONG, "Set CORDAGE_API_KEY, or save one in the app.")
    return key, Check("API key", f"from {key.source}")


def _file(name: str, path: Path, *, private: bool) -> Check:
    try:
        found = path.stat()
    except FileNotFoundError:
        return Check(name, f"{path} (not there yet)")
    except OSError as error:
        return Check(name, f"{path}: {error.strerror}", CheckLevel.WRONG, "Give it back to yourself: chown, chmod.")
    mode = stat.S_IMODE(found.st_mode)
    shown = f"{path} (mode {mode:04o})"
    if found.st_uid != os.getuid():
        return Check(name, f"{shown}, another user's", CheckLevel.WRONG, f"sudo chown {os.getuid()} {path}")
    if private and mode & 0o077:
        return Check(name, f"{shown}: others may read it", CheckLevel.WRONG, f"chmod go= {path}")
    return Check(name, shown)


# Versions, the terminal and the environment.

_LIBRARIES: Final = ("textual", "httpx", "h11", "tomli-w", "platformdirs", "pillow", "keyring")
_PATIENCE_S: Final = 2.0
_PROXIES: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


def versions() -> Iterator[Check]:
    """Of us and of all we stand on."""
    yield Check("cordage-tui", __version__)
    yield Check("python", f"{platform.python_version()} ({sys.executable})")
    yield Check("system", "-".join((os.uname().sysname, os.uname().release, os.uname().machine)))
    yield Check("sqlite", sqlite3.sqlite_version)
    found = (f"{name} {number}" for name in _LIBRARIES if (number := _version(name)))
    yield Check("libraries", ", ".join(found))


def terminal(environ: Mapping[str, str]) -> Iterator[Check]:
    """What the app would draw on."""
    term = environ.get("TERM", "")
    if term in {"", "dumb", "unknown"}:
        yield Check("terminal", term or "TERM is unset", CheckLevel.NOTE, "The app needs one that can draw; set TERM.")
    else:
        told = (f"{name}={environ[name]}" for name in ("COLORTERM", "TERM_PROGRAM", "LC_TERMINAL") if environ.get(name))
        yield Check("terminal", " ".join([term, *told]))
    encoding = getattr(sys.stdout, "encoding", None) or "none"
    if encoding.lower().replace("-", "") == "utf8":
        yield Check("encoding", encoding)
    else:
        yield Check("encoding", encoding, CheckLevel.NOTE, "Set LANG to a UTF-8 locale, such as C.UTF-8.")
    if "TMUX" in environ:
        yield Check("tmux", _said_by(environ, "tmux", "-V") or "yes; what it is cannot be found out")
    if "SSH_CONNECTION" in environ:
        yield Check("ssh", "yes")


def network(environ: Mapping[str, str]) -> Iterator[Check]:
    """Variables that lead calls elsewhere, or lay them open."""
    for name in _PROXIES:
        value = environ.get(name) or environ.get(name.lower())
        if value:
            yield Check(
                name, value.rpartition("@")[2], CheckLevel.NOTE, "Calls go through this proxy; unset it if not meant."
            )
    if environ.get("SSLKEYLOGFILE"):
        words = "Whoever reads that file can read your calls, the API key too; unset it if not meant."
        yield Check("SSLKEYLOGFILE", environ["SSLKEYLOGFILE"], CheckLevel.NOTE, words)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if environ.get(name):
            yield Check(name, environ[name], CheckLevel.NOTE, "It counts only behind a proxy.")


def _said_by(environ: Mapping[str, str], *argv: str) -> str | None:
    """The first line that a program prints; None where there is no such program, or it takes its time."""
    try:
        done = run_bounded(argv, environ=bare_environment(environ, *TMUX_VARIABLES), limit_s=_PATIENCE_S)
    except (OSError, CommandTimeout):
        return None
    return next(iter(done.out.splitlines()), None)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


# Which ways lead out of the terminal here: to a clipboard, to a viewer, and for pictures to the screen. Nothing is
# probed.

_TMUX_S: Final = 2.0
_TRUE_COLOUR: Final = ("truecolor", "24bit")


def ways(environ: Mapping[str, str]) -> Iterator[Check]:
    """To the clipboard, to a viewer; and what shows the first frame of a video."""
    yield _clipboard(environ)
    yield _viewer(environ)
    yield Check("ffmpeg", shutil.which("ffmpeg") or "none: videos are shown by a description only")


def pictures(environ: Mapping[str, str], show: str) -> Check:
    """How outputs are shown; `show` is the setting of `[pictures]`."""
    place, depth = TerminalCapabilities.of(environ), _depth(environ)
    route = route_of(place, depth, TerminalReplies(), show)
    if route is GraphicsProtocol.WORDS:
        return Check("pictures", f"described in words: {_why_words(place, depth, show)}")
    if show != "auto":
        return Check("pictures", f"{_named(route)}, by [pictures] show")
    if place.shared:
        return Check("pictures", "half blocks: tmux and screen pass nothing else on")
    better = "Kitty's protocol" if place.kitty else "Sixel"
    return Check(
        "pictures", f"{better} if the terminal says that it has it, else half blocks" if place.asks else "half blocks"
    )


def _clipboard(environ: Mapping[str, str]) -> Check:
    """The way the app would take, and what stands in it."""
    found = copy_ways(environ, sys.platform, _is_there)
    if not found:
        words = "none: no tool is in the PATH, and this terminal is not known to take a text"
        return Check(
            "clipboard", words, CheckLevel.NOTE, "Copying offers a file; or install xclip, xsel or wl-clipboard."
        )
    if found[0] == TMUX:
        return _tmux(environ)
    far = " at your end of SSH" if found[0] == TERMINAL and is_remote(environ) else ""
    return Check("clipboard", f"{found[0].name}{far}")


def _tmux(environ: Mapping[str, str]) -> Check:
    """It takes the text in any case; whether the terminal around it gets it is the user's setting."""
    given = bare_environment(environ, *TMUX_VARIABLES)
    try:
        said = run_bounded(("tmux", "show-options", "-gv", "set-clipboard"), environ=given, limit_s=_TMUX_S)
    except (OSError, CommandTimeout):
        return Check("clipboard", "tmux, which does not answer", CheckLevel.NOTE, "Is tmux in the PATH?")
    setting = said.out.strip()
    if setting == "off":
        cure = "Put into ~/.tmux.conf: set -g set-clipboard external"
        return Check("clipboard", "tmux's own buffer only (set-clipboard off)", CheckLevel.NOTE, cure)
    return Check("clipboard", f"tmux, and by it the terminal (set-clipboard {setting or 'unknown'})")


def _viewer(environ: Mapping[str, str]) -> Check:
    argv = opener(environ, sys.platform, _is_there)
    if argv is not None:
        return Check("opener", argv[0])
    if is_remote(environ):
        return Check("opener", "none over SSH: addresses are shown and copied instead")
    return Check("opener", "none: there is no display, or no xdg-open; addresses are shown and copied instead")


def _depth(environ: Mapping[str, str]) -> ColorDepth:
    """As Rich reads the environment, from which the app has it, and as the app takes tmux."""
    if environ.get("COLORTERM", "").strip().lower() in _TRUE_COLOUR:
        return ColorDepth.TRUE
    if tmux_hides_colours(environ):
        return ColorDepth.PALETTE
    return ColorDepth.PALETTE if environ.get("TERM", "").rpartition("-")[2] in ("256color", "kitty") else ColorDepth.FEW


def _why_words(place: TerminalCapabilities, depth: ColorDepth, show: str) -> str:
    if show == GraphicsProtocol.WORDS:
        return "[pictures] show is off"
    if not place.colours:
        return "NO_COLOR is set"
    if not place.utf8:
        return "the locale is not UTF-8"
    return "the terminal has 16 colours or fewer" if depth is ColorDepth.FEW else "they are off"


def _named(route: GraphicsProtocol) -> str:
    return {GraphicsProtocol.KITTY: "Kitty's protocol", GraphicsProtocol.SIXEL: "Sixel"}.get(route, "half blocks")


def _is_there(program: str) -> bool:
    return shutil.which(program) is not None
