"""Checks of `doctor` for versions: the program, what it runs on, and libraries with a known weakness."""

import os
import platform
import re
import sqlite3
import ssl
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from cordage_tui import __version__
from cordage_tui.cli.doctor.checks import Check, note, wrong

_LIBRARIES: Final = ("textual", "httpx", "httpcore", "h11", "tomli-w", "platformdirs", "keyring")
SECURE_PILLOW: Final = "13.0.0"
"""First version of pillow without CVE-2026-112403, a heap overflow in its decoder of JPEG."""


def versions() -> Iterator[Check]:
    """Report versions of the program, Python, the system and our dependencies."""
    yield Check("cordage-tui", __version__)
    yield Check("python", f"{platform.python_version()} ({sys.executable})")
    yield Check("system", "-".join((os.uname().sysname, os.uname().release, os.uname().machine)))
    yield Check("sqlite", sqlite3.sqlite_version)
    yield Check("tls", ssl.OPENSSL_VERSION)
    found = (f"{name} {number}" for name in _LIBRARIES if (number := _version(name)))
    yield Check("libraries", ", ".join(found))
    yield pillow(_version("pillow"))


def pillow(installed: str | None) -> Check:
    """Check the version of pillow, which decodes pictures from the server, against `SECURE_PILLOW`."""
    cure = f"Upgrade it where cordage-tui is installed: pip install 'pillow>={SECURE_PILLOW}'"
    if installed is None:
        return note("pillow", "not installed: pictures are described in words", cure)
    if _numbers(installed) < _numbers(SECURE_PILLOW):
        words = f"{installed} has a known weakness that a picture can use (CVE-2026-112403); {SECURE_PILLOW} mends it"
        return wrong("pillow", words, cure)
    return Check("pillow", f"{installed} (secure from {SECURE_PILLOW})")


def _numbers(text: str) -> list[int]:
    """Return the version's numbers, without what follows them."""
    return [int(part) for part in re.findall(r"\d+", text)[:3]]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
