"""Versions, the terminal and the environment."""

import os
import platform
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from cordage_tui import __version__
from cordage_tui.cli.checkup.check import TMUX_VARIABLES, Check, CheckLevel
from cordage_tui.config.key_sources import CommandTimeout, run_bounded
from cordage_tui.domain.child_environment import bare_environment

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
