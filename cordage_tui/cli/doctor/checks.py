"""Checks of `doctor`: files, settings, terminal, programs, network."""

import glob
import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import quote

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.config.certificates import check_authorities
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.key_lookup import FoundKey, find_key
from cordage_tui.config.keys_from_programs import CommandTimeout, run_bounded
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import LOG_VARIABLE, Settings
from cordage_tui.config.views_file import read_views
from cordage_tui.domain.base.environment import (
    CERTIFICATE_VARIABLES,
    TERMINAL,
    TMUX,
    TMUX_VARIABLES,
    bare_environment,
    copy_ways,
    is_remote,
    opener,
    tmux_hides_colours,
)
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.base.file_system import exists, foreign_owner, is_folder, is_open_to_others
from cordage_tui.domain.formatting import amount
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.downloads.destination import InvalidDestination, tried_target
from cordage_tui.engine.log.process_log import log_detail
from cordage_tui.engine.log.record_kinds import LogDetail
from cordage_tui.store.errors import ForeignLock, NoLocks, StoreError
from cordage_tui.store.file.damage import damage_in
from cordage_tui.store.file.database import Database, file_id, mark_damaged
from cordage_tui.store.file.file_lock import FileLock
from cordage_tui.store.file.open import choose, file_system_of, is_network_file_system
from cordage_tui.store.file.repair_record import RepairRecord
from cordage_tui.store.servers import Servers
from cordage_tui.ui.images.tmux import PASSTHROUGH, ask
from cordage_tui.ui.terminal.capabilities import (
    ColorDepth,
    GraphicsProtocol,
    TerminalCapabilities,
    TerminalReplies,
    route_of,
)

# Result of one check.


class CheckLevel(StrEnum):
    """Severity of a check."""

    OK = "ok"
    NOTE = "note"
    """Works, and is worth knowing."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Check:
    """Result of a check. No field holds a secret."""

    name: str
    found: str
    state: CheckLevel = CheckLevel.OK
    cure: str = ""
    """How to fix it, unless it is ok."""
    code: ExitCode = ExitCode.USAGE
    """Exit code of `doctor` if this check is wrong."""


def note(name: str, found: str, cure: str) -> Check:
    """Create a check that works, but is worth knowing."""
    return Check(name, found, CheckLevel.NOTE, cure)


def wrong(name: str, found: str, cure: str, code: ExitCode = ExitCode.USAGE) -> Check:
    """Create a failed check."""
    return Check(name, found, CheckLevel.WRONG, cure, code)


# Settings, keys and the database on disk.

_LITTLE: Final = 1_000_000_000
"""Free space in bytes below which downloads are noted: a day of pictures may need it."""


def _logs(paths: Paths, environ: Mapping[str, str]) -> Check:
    """Check what processes log, and say where."""
    detail = log_detail(environ)
    if detail is None and environ.get(LOG_VARIABLE):
        choices = " or ".join(LogDetail)
        return note("logs", f"{LOG_VARIABLE} names no detail; {paths.logs}", f"Set {LOG_VARIABLE} to {choices}.")
    return Check("logs", f"{detail or 'calls and changes'}, in {paths.logs}")


def _damaged(paths: Paths) -> Iterator[Check]:
    """Yield a note for each database that was set aside as damaged."""
    for path in sorted(paths.data_dir.glob(f"{glob.escape(paths.database.name)}.damaged-*")):
        words = f"{path} is a damaged database that was set aside; what could be read of it is in the present one"
        yield note(
            "damaged",
            words,
            "Compare the history with what you remember: cordage-tui runs --all. Then delete the file.",
        )


def on_disk(paths: Paths) -> Iterator[Check]:
    """Check path, owner and mode of our files, and the file system of the database."""
    for name, path in (
        ("config.toml", paths.config_file),
        ("webhooks.toml", paths.webhooks_file),
        ("views.toml", paths.views_file),
        ("credentials", paths.credentials_file),
        ("database", paths.database),
        ("data folder", paths.data_dir),
    ):
        yield _file(name, path, private=path in (paths.credentials_file, paths.database, paths.data_dir))
    folders = {
        "settings": (paths.config_dir, "webhooks and keys cannot be saved by the app"),
        "data": (paths.data_dir, "a database cannot be made or repaired there"),
        "state": (paths.state_dir, "nothing can be sent, and the worker has no log"),
    }
    refused = [
        f"{name} folder {path}: {why}; {but}" for name, (path, but) in folders.items() if (why := _refusal(path))
    ]
    for words in refused:
        yield wrong("folders", words, "Fix owner and mode of that folder, or choose another by its XDG variable.")
    if not refused:
        yield Check("folders", "settings, data and state can be written")
    yield _logs(paths, os.environ)
    yield from _damaged(paths)
    yield from _locks(paths)
    yield from _exposed(paths)
    for problem in read_views(paths).problems:
        yield note("views", problem, "Fix or remove that line.")
    system = file_system_of(paths.data_dir)
    journal = choose(sqlite3.sqlite_version_info, system).value
    if is_network_file_system(system):
        yield note("journal", f"{journal}, on {system}", "Locks may fail there: use one window at a time.")
    else:
        yield Check("journal", f"{journal}{f', on {system}' if system else ''}")


def database_damage(paths: Paths) -> Iterator[Check]:
    """Check each definition and each value of the database. A damaged one is repaired by the next command that opens it."""
    if file_id(paths.database) is None:
        return
    damage = damage_in(paths.database)
    if damage is None:
        return
    mark_damaged(paths.database)
    yield wrong("database", damage.what, "Have it repaired, and look at what waits: cordage-tui queue")


def repaired(paths: Paths, profile: Profile) -> Iterator[Check]:
    """Check whether a repair of the database may have lost prompts, until the user has resumed the queue. Changes nothing."""
    opened = file_id(paths.database)
    if opened is None:
        return
    with suppress(StoreError, sqlite3.Error):  # the file itself is checked elsewhere
        connection = sqlite3.connect(f"file:{quote(str(paths.database))}?mode=ro", uri=True, isolation_level=None)
        with closing(Database(connection, paths.database, opened)) as database:
            words = RepairRecord(database).unseen(Servers(database).stored_as(profile))
            if words is not None:
                yield wrong("repair", words, "After you have looked: cordage-tui queue resume")


def _locks(paths: Paths) -> Iterator[Check]:
    """Check that files can be locked, if there is a data folder. Without locks nothing is sent."""
    if not is_folder(paths.data_dir):
        return
    lock = FileLock(paths.lock("doctor"))
    try:
        lock.acquire()
        for file in sorted(paths.lock("doctor").parent.glob("*.lock")):
            FileLock(file).check()
    except ForeignLock as error:
        yield wrong("locks", error.what, "")
    except NoLocks as error:
        yield wrong("locks", error.what, "Set XDG_DATA_HOME to a folder on a file system with flock.")
    except StoreError:
        return  # "folders" says why
    else:
        yield Check("locks", "files can be locked")
    finally:
        lock.release()


def _exposed(paths: Paths) -> Iterator[Check]:
    """Yield what others own or may change: whoever does can have prompts sent with the user's key."""
    cure = "If it is yours, chown it to your user; else choose another folder by its XDG variable."
    for path in (
        paths.config_file,
        paths.webhooks_file,
        paths.credentials_file,
        paths.database,
        paths.data_dir,
        paths.config_dir,
    ):
        if exists(path) and (owner := foreign_owner(path)) is not None:
            yield note("owner", f"{path} belongs to {owner}, or its folder does", cure)
    for path in (paths.data_dir, paths.database):
        if is_open_to_others(path):
            yield wrong("mode", f"anyone on this machine can change {path}", f"Run: chmod go-w {path}")


def settings(found: Settings) -> Iterator[Check]:
    """Check profile and webhooks, and list the warnings of the settings."""
    for warning in (*found.warnings, *screen_warnings(found)):
        yield note("settings", warning, "Fix or remove that line.")
    profile = found.chosen
    if profile is None:
        cure = "Start cordage-tui to connect, or: cordage-tui webhooks add KEY NAME"
        yield wrong("profile", "none is configured", cure)
        return
    yield Check("profile", f"{profile.name}{' (read-only)' if profile.read_only else ''} at {profile.base_url}")
    if profile.webhooks:
        yield Check("webhooks", str(len(profile.webhooks)))
    else:
        yield wrong("webhooks", "none", "Add one: cordage-tui webhooks add KEY NAME")


def screen_warnings(found: Settings) -> Iterator[SafeText]:
    """Yield what the app's screen warns of at its start: unknown themes, and keys that cannot be bound."""
    if found.theme is not None:
        from cordage_tui.ui.theme import AUTO, SHIPPED, unknown_theme  # late: it loads Textual

        if (words := unknown_theme(found.theme, {*SHIPPED, *found.themes, AUTO})) is not None:
            yield words
    if found.keys or any(command.key for command in found.commands):
        from cordage_tui.ui.key_scopes import users_keymap  # late: it loads every screen

        yield from users_keymap(found.keys, found.commands).problems


def downloads(paths: Paths, found: Settings) -> Check:
    """Check the download folder: write a test file, and read the free space."""
    folder = found.downloads.place(paths)
    try:
        tried_target(folder, found.downloads.template)
        there = next(one for one in (folder, *folder.parents) if exists(one))
        free = shutil.disk_usage(there).free
    except (InvalidDestination, OSError) as error:
        cure = "Fix it, or set another folder in [downloads] of config.toml."
        return wrong("downloads", str(error), cure)
    if free < _LITTLE:
        return note("downloads", f"{folder}: only {amount(free)} are free", "Free some space.")
    return Check("downloads", f"{folder} ({amount(free)} free)")


def programs(found: Settings, environ: Mapping[str, str]) -> Iterator[Check]:
    """Name hooks and commands whose program does not exist."""
    argvs = {f"hook {name}": hook.argv for name, hook in found.hooks.items()}
    argvs |= {f"command {command.name}": command.argv for command in found.commands}
    missing = {name: argv[0] for name, argv in argvs.items() if not shutil.which(argv[0], path=environ.get("PATH"))}
    for name, program in missing.items():
        cure = "Install it, or correct its name in config.toml; ~ and variables are not replaced there."
        yield wrong("programs", f"{name}: there is no program {program}", cure)
    if argvs and not missing:
        yield Check("programs", f"those of hooks ({len(found.hooks)}) and commands ({len(found.commands)}) are there")


def key(paths: Paths, found: Settings, profile: Profile) -> tuple[FoundKey | None, Check]:
    """Find the profile's API key; the check names its source, never the key."""
    try:
        key = find_key(paths, found, profile.name, os.environ)
    except ConfigError as error:
        return None, wrong("API key", error.happened, error.advice)
    if key is None:
        return None, wrong("API key", "none", "Set CORDAGE_API_KEY, or save one: cordage-tui key set")
    return key, Check("API key", f"from {key.source}")


def _refusal(folder: Path) -> str | None:
    """Return why nothing can be written in a folder, or it cannot be made; None if it can."""
    try:
        there = next(one for one in (folder, *folder.parents) if exists(one))
    except OSError as error:
        return error.strerror or str(error)
    if not is_folder(there):
        return f"{there} is not a folder"
    return None if os.access(there, os.W_OK | os.X_OK) else f"{there} is not writable"


def _file(name: str, path: Path, *, private: bool) -> Check:
    try:
        found = path.stat()
    except FileNotFoundError:
        return Check(name, f"{path} (not there yet)")
    except OSError as error:
        return wrong(name, f"{path}: {error.strerror}", "Fix owner and mode: chown, chmod.")
    mode = stat.S_IMODE(found.st_mode)
    shown = f"{path} (mode {mode:04o})"
    if found.st_uid != os.getuid():
        return wrong(name, f"{shown}, another user's", f"sudo chown {os.getuid()} {path}")
    if private and mode & 0o077:
        return wrong(name, f"{shown}: others may read it", f"chmod go= {path}")
    return Check(name, shown)


# The terminal and the environment.

_PATIENCE_S: Final = 2.0
_PROXIES: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


def terminal(environ: Mapping[str, str]) -> Iterator[Check]:
    """Check terminal type, encoding, tmux and SSH."""
    term = environ.get("TERM", "")
    if term in {"", "dumb", "unknown"}:
        unset = "It cannot draw a screen, so the app speaks in lines (help linear). For a screen set TERM."
        yield note("terminal", term or "TERM is unset", unset)
    elif environ.get("ACCESSIBLE", "") not in {"", "0"}:
        yield Check("terminal", f"{term}, in lines because of ACCESSIBLE (help linear)")
    else:
        told = (f"{name}={environ[name]}" for name in ("COLORTERM", "TERM_PROGRAM", "LC_TERMINAL") if environ.get(name))
        yield Check("terminal", " ".join([term, *told]))
    encoding = getattr(sys.stdout, "encoding", None) or "none"
    if encoding.lower().replace("-", "") == "utf8":
        yield Check("encoding", encoding)
    else:
        yield note("encoding", encoding, "Set LANG to a UTF-8 locale, such as C.UTF-8.")
    if "TMUX" in environ:
        yield Check("tmux", _first_line_of(environ, "tmux", "-V") or "yes, version unknown")
    if "SSH_CONNECTION" in environ:
        yield Check("ssh", "yes")


def network(environ: Mapping[str, str]) -> Iterator[Check]:
    """Report variables that redirect calls or expose them."""
    for name in _PROXIES:
        value = environ.get(name) or environ.get(name.lower())
        if value:
            yield note(name, value.rpartition("@")[2], "Calls go through this proxy. Unset it unless intended.")
    if environ.get("SSLKEYLOGFILE"):
        words = "That file can decrypt your calls, including the API key. Unset it unless intended."
        yield note("SSLKEYLOGFILE", environ["SSLKEYLOGFILE"], words)


def authorities(ca_file: Path | None, environ: Mapping[str, str]) -> Check:
    """Check which certificate authorities the server is verified against, by loading them as a connection does."""
    from cordage_tui.api.connection import tls_context  # late: it loads the HTTP library

    named = [f"{name} {environ[name]}" for name in CERTIFICATE_VARIABLES if environ.get(name)]
    found = " and ".join(named) or "those that come with cordage-tui (certifi)"
    found += f", and ca_file {ca_file}" if ca_file else ""
    try:
        check_authorities(ca_file, environ)
        tls_context("https", ca_file)
    except ConfigError as error:
        return wrong("authorities", error.happened, error.advice)
    except ValueError as error:
        return wrong("authorities", f"{found}: {error}", "Name files of certificate authorities in PEM form.")
    return Check("authorities", found)


def _first_line_of(environ: Mapping[str, str], *argv: str) -> str | None:
    """Return the first line that a program prints; None if it is missing or takes longer than `_PATIENCE_S`."""
    try:
        done = run_bounded(argv, environ=bare_environment(environ, *TMUX_VARIABLES), limit_s=_PATIENCE_S)
    except (OSError, CommandTimeout):
        return None
    return next(iter(done.out.splitlines()), None)


# Clipboard, viewer and picture protocol, from the environment alone: nothing is probed.

_TMUX_S: Final = 2.0
_TRUE_COLOUR: Final = ("truecolor", "24bit")


def ways(environ: Mapping[str, str]) -> Iterator[Check]:
    """Check clipboard, viewer, and ffmpeg for the first frame of videos."""
    yield _clipboard(environ)
    yield _viewer(environ)
    yield Check("ffmpeg", shutil.which("ffmpeg") or "none: videos are shown by a description only")


def pictures(environ: Mapping[str, str], show: str) -> Check:
    """Report how outputs are shown; `show` is the setting of `[pictures]`."""
    place, depth = TerminalCapabilities.of(environ), _depth(environ)
    route = route_of(place, depth, TerminalReplies(), show)
    if route is GraphicsProtocol.WORDS:
        return Check("pictures", f"described in words: {_why_no_pictures(place, depth, show)}")
    if show != "auto":
        return Check("pictures", f"{_protocol_name(route)}, by [pictures] show")
    if place.shared:
        return _through_tmux(environ, place)
    better = "Kitty's protocol" if place.kitty else "Sixel"
    return Check("pictures", f"{better} if the terminal reports it, else half blocks" if place.asks else "half blocks")


def _through_tmux(environ: Mapping[str, str], place: TerminalCapabilities) -> Check:
    """Report the protocol that reaches the terminals around tmux, by asking it as the app does."""
    if not place.wraps:
        return Check("pictures", "half blocks: screen passes on no image protocol")
    if not place.tmux:
        cure = f'If it runs in kitty or Ghostty: {PASSTHROUGH} there, and show = "kitty" under [pictures] here.'
        return note("pictures", "half blocks: tmux runs elsewhere and cannot be asked", cure)
    clients = ask(environ)
    if clients is None:
        return note("pictures", "half blocks: tmux does not answer", "Check that tmux is in PATH.")
    match clients.route:
        case GraphicsProtocol.KITTY:
            return Check("pictures", f"Kitty's protocol through tmux to {clients.terminal}")
        case GraphicsProtocol.SIXEL:
            return Check("pictures", f"Sixel by tmux in {clients.terminal}")
    words = f"half blocks: {clients.reason}"
    return note("pictures", words, f"Add to ~/.tmux.conf: {clients.line}") if clients.line else Check("pictures", words)


def _clipboard(environ: Mapping[str, str]) -> Check:
    """Report the clipboard method of the app."""
    found = copy_ways(environ, sys.platform, _is_installed)
    if not found:
        words = "none: no tool in PATH, and this terminal is not known to support OSC 52"
        return note("clipboard", words, "Copying offers a file; or install xclip, xsel or wl-clipboard.")
    if found[0] == TMUX:
        return _tmux(environ)
    far = " at your end of SSH" if found[0] == TERMINAL and is_remote(environ) else ""
    return Check("clipboard", f"{found[0].name}{far}")


def _tmux(environ: Mapping[str, str]) -> Check:
    """Report tmux's `set-clipboard`: it decides whether the terminal outside gets the text."""
    given = bare_environment(environ, *TMUX_VARIABLES)
    try:
        said = run_bounded(("tmux", "show-options", "-gv", "set-clipboard"), environ=given, limit_s=_TMUX_S)
    except (OSError, CommandTimeout):
        return note("clipboard", "tmux, which does not answer", "Check that tmux is in PATH.")
    setting = said.out.strip()
    if setting == "off":
        cure = "Add to ~/.tmux.conf: set -g set-clipboard external"
        return note("clipboard", "tmux's own buffer only (set-clipboard off)", cure)
    return Check("clipboard", f"tmux, and through it the terminal (set-clipboard {setting or 'unknown'})")


def _viewer(environ: Mapping[str, str]) -> Check:
    argv = opener(environ, sys.platform, _is_installed)
    if argv is not None:
        return Check("opener", argv[0])
    if is_remote(environ):
        return Check("opener", "none over SSH: URLs are shown and copied instead")
    return Check("opener", "none: no display or no xdg-open; URLs are shown and copied instead")


def _depth(environ: Mapping[str, str]) -> ColorDepth:
    """Colour depth from the environment, by the same rules as Rich and the app."""
    if environ.get("COLORTERM", "").strip().lower() in _TRUE_COLOUR:
        return ColorDepth.TRUE
    if tmux_hides_colours(environ):
        return ColorDepth.PALETTE
    return ColorDepth.PALETTE if environ.get("TERM", "").rpartition("-")[2] in ("256color", "kitty") else ColorDepth.FEW


def _why_no_pictures(place: TerminalCapabilities, depth: ColorDepth, show: str) -> str:
    if show == GraphicsProtocol.WORDS:
        return "[pictures] show is off"
    if not place.colours:
        return "NO_COLOR is set"
    if not place.utf8:
        return "the locale is not UTF-8"
    return "the terminal has 16 colours or fewer" if depth is ColorDepth.FEW else "they are off"


def _protocol_name(route: GraphicsProtocol) -> str:
    return {GraphicsProtocol.KITTY: "Kitty's protocol", GraphicsProtocol.SIXEL: "Sixel"}.get(route, "half blocks")


def _is_installed(program: str) -> bool:
    return shutil.which(program) is not None
