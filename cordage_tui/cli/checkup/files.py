"""Settings, keys and the database, as they lie on the disk."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cordage_tui.cli.checkup.check import Check, CheckLevel
from cordage_tui.config.credentials import FoundKey, find_key
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings
from cordage_tui.domain.file_kind import exists
from cordage_tui.domain.formatting import amount
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.downloads.destination import InvalidDestination, tried_target
from cordage_tui.store.open import choose, file_system_of, is_network_file_system

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
