"""`cordage-tui doctor --bundle FILE`: one text file for a bug report, listed before it is written.

Plain text, because who sends it can read it first, and who gets it can read it in the issue: nothing has to be unpacked.
"""

import os
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from cordage_tui import __version__
from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.errors import PROGRAM, CommandError, ExitCode, UsageError
from cordage_tui.cli.doctor.checks import Check
from cordage_tui.cli.doctor.settings_summary import SettingsSummary
from cordage_tui.config.paths import Paths
from cordage_tui.config.private_files import create_private
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.base.file_system import is_folder
from cordage_tui.domain.formatting import amount
from cordage_tui.domain.safe_text import one_line
from cordage_tui.engine.log.log_file import SPAN_S, read_records

STDOUT: Final = "-"
_VERSION: Final = r"[\w.+-]{1,40}"
_FILES: Final = ("config.toml", "webhooks.toml", "views.toml", "credentials", "database", "data folder")
_SHOWN: Final[Mapping[str, str]] = {
    "cordage-tui": _VERSION,
    "python": _VERSION,
    "system": r"[\w.+~-]{1,80}",
    "sqlite": _VERSION,
    "tls": r"[\w .+-]{1,60}",
    "libraries": r"[\w ,.+-]{1,300}",
    "pillow": rf"not installed|{_VERSION}",
    "terminal": r"[\w .+=-]{1,120}",
    "encoding": r"[\w-]{1,20}",
    "tmux": r"tmux [\w.-]{1,20}",
    "ssh": "yes",
    "clipboard": r"[\w '(),-]{1,80}",
    "opener": r"none|[\w.-]{1,30}$",
    "ffmpeg": "none",
    "pictures": "Kitty's protocol|Sixel|half blocks|described in words",
    **dict.fromkeys(_FILES, r"mode \d{4}|not there yet"),
    "folders": "settings, data and state can be written",
    "logs": "info|debug|calls and changes",
    "journal": r"[\w, -]{1,60}",
    "webhooks": r"\d+|none",
    "profile": "none is configured",
    "downloads": r"[\d.]+ [KMG]?B",
    "programs": r"hooks \(\d+\) and commands \(\d+\)",
    "API key": r"CORDAGE_API_KEY|credentials\.toml|keyring|none",
    "windows": r"none is open|pid \d+( [a-z]+)*",
    "queue": r"empty|[\d,]+ queued",
    "server": r"answers in \d+ ms",
    **dict.fromkeys(("reads", "triggers", "kills"), r"\d+ of \d+ a minute left"),
    "clock": r"differs by [+-][\d.]+ s|sends no time",
}
"""What a bundle has of each check, if it is found there; of all others their state alone: the rest may be a path, a name, an
address or a server's words."""


@dataclass(frozen=True, slots=True)
class BundlePart:
    """Part of a bundle."""

    name: str
    contains: str
    """One sentence for the person who decides whether to send it."""
    text: str

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.text.encode())


def write_bundle(
    target: str, checks: Sequence[Check], paths: Paths, config: Path | None, console: Console, *, yes: bool
) -> None:
    """List the parts of the bundle, ask, and write it to a new private file, or to stdout for `-`. Raises CommandError and
    ConfigError."""
    now = time.time()
    found = (
        _checks_part(checks),
        _settings_part(paths, config),
        _records_part(read_records(paths.logs, now)),
    )
    parts = (_head(now), *found)
    text = "\n".join(part.text for part in parts)
    size = len(text.encode())
    if console.json:
        listed = [{"name": part.name, "size": part.size, "contains": part.contains} for part in parts]
        console.object("bundle", {"path": target, "size": size, "parts": listed})
    else:
        console.info(f"The bundle has {amount(size)} of text:")
        for part in parts:
            console.info(f"  {part.name:<8}  {amount(part.size):>7}  {part.contains}")
    if target == STDOUT:
        console.print(text.rstrip("\n"))
        return
    name = one_line(target, 200)
    if not yes:
        console.info(f"To read it first: {PROGRAM} doctor --bundle -")
        if not console.confirm(f"Write it to {name}?", "write it", 1):
            raise CommandError(ExitCode.USAGE, "Nothing was written.", "", "")
    if not create_private(Path(target), text):
        raise _taken(target)
    console.info(f"Written. Read it, then attach it to the report: {name}")


def check_target(target: str, console: Console) -> None:
    """Refuse a file that exists, before anything is looked at. Raises UsageError."""
    if target == STDOUT:
        if console.json:
            raise UsageError("stdout takes the bundle or the list of its parts.", "Omit --json, or name a file.")
        return
    if os.path.lexists(target):  # a dangling link too
        raise _taken(target)
    if not is_folder(Path(target).absolute().parent):
        raise UsageError(f"There is no folder for {one_line(target, 200)}.", "Name a file in one that exists.")


def _taken(target: str) -> UsageError:
    return UsageError(f"{one_line(target, 200)} exists.", "Name a new file: nothing is overwritten.")


def _head(now: float) -> BundlePart:
    made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    text = (
        f"Bundle 1 of cordage-tui {__version__}, made by `cordage-tui doctor --bundle` at {made}.\n"
        "Times are UTC. Webhooks and profiles are numbers, in the order of the settings; run numbers are those of the\n"
        "database. There is no key, prompt, name, address, path or text of a server in it.\n"
    )
    return BundlePart("head", "version and time; no part has text of yours or of a server", text)


def _checks_part(checks: Sequence[Check]) -> BundlePart:
    lines = [f"{check.state.value:<5}  {check.name:<13}  {_shown(check)}".rstrip() for check in checks]
    contains = f"{len(lines)} checks: versions, terminal, modes; no path, no address"
    return _part("checks", contains, lines)


def _shown(check: Check) -> str:
    pattern = _SHOWN.get(check.name)
    match = None if pattern is None else re.search(pattern, check.found, re.ASCII)
    return "" if match is None else match[0]


def _settings_part(paths: Paths, config: Path | None) -> BundlePart:
    lines = list(SettingsSummary(paths, config, os.environ).lines())
    contains = f"names of {len(lines)}; values of numbers, true, false, fixed words"
    return _part("settings", contains, lines)


def _records_part(records: Sequence[str]) -> BundlePart:
    contains = f"{len(records):,} of the last {SPAN_S / 60:.0f} minutes: calls, budgets, states"
    return _part("records", contains, records)


def _part(name: str, contains: str, lines: Sequence[str]) -> BundlePart:
    return BundlePart(name, contains, "\n".join([f"== {name}", "", *(lines or ["none"]), ""]))
