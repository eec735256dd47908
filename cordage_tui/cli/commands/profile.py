"""`cordage-tui profile`: list, show, choose, change and remove profiles. Only `set` calls the server."""

import argparse
import os
from collections.abc import Sequence
from shlex import quote
from typing import Any

from cordage_tui.cli.base.console import Console, table_lines
from cordage_tui.cli.base.context import BUSY_S, reporting_store_errors
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.base.profile import config_file, print_warnings
from cordage_tui.config.key_lookup import FoundKey, find_key
from cordage_tui.config.paths import Paths
from cordage_tui.config.profiles import checked_base_url, with_scheme
from cordage_tui.config.settings import PROFILE_VARIABLE, Settings, load, no_such_profile
from cordage_tui.config.toml_reader import read_document
from cordage_tui.config.webhook_address import is_same_server, server_name
from cordage_tui.config.webhooks_file import change_server, choose_profile, remove_profile
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.base.file_system import exists
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.store.store import Store

_KEPT = "The profile is as it was."


def run(options: argparse.Namespace) -> int:
    """Run `options.action`. Raises CommandError and ConfigError."""
    paths, console = Paths.system(), Console(options)
    settings = load(paths, config_file(options))
    print_warnings(settings, console)
    match options.action:
        case "show":
            _show(paths, settings, options, console)
        case "use":
            choose_profile(paths, _named(settings, options).name)
            console.info(f"Profile {one_line(options.name)} is opened from now on, unless another is named.")
            if named := os.environ.get(PROFILE_VARIABLE):
                console.info(f"warning: {PROFILE_VARIABLE} names {one_line(named)}, which is used before it.")
        case "set":
            _set(paths, settings, options, console)
        case "remove":
            _remove(paths, settings, options, console)
        case _:
            _list(settings, options, console)
    return ExitCode.OK


def _named(settings: Settings, options: argparse.Namespace) -> Profile:
    """Return the profile that is named. Raises ConfigError."""
    profile = settings.profile(options.name)
    if profile is None:
        raise no_such_profile(settings, options.name, "NAME")
    return profile


# List and show.


def _list(settings: Settings, options: argparse.Namespace, console: Console) -> None:
    opened = options.profile or os.environ.get(PROFILE_VARIABLE) or (settings.chosen and settings.chosen.name)
    if console.json:
        rows = [_row(profile, profile.name == opened) for profile in settings.profiles]
        console.object("profiles", {"profiles": rows})
        return
    cells = [
        ["*" if entry.name == opened else "", one_line(entry.name), one_line(entry.base_url), _webhooks(entry)]
        for entry in settings.profiles
    ]
    if console.linear:
        for mark, *columns in cells:
            console.print(f"Profile {', '.join(columns)}{', which is opened' if mark else ''}.")
    for line in () if console.linear else table_lines(["", "PROFILE", "SERVER", "WEBHOOKS"], cells, 2, console.width):
        console.print(line)
    if not cells:
        console.info("No profile is configured. To connect: cordage-tui help connect")


def _show(paths: Paths, settings: Settings, options: argparse.Namespace, console: Console) -> None:
    profile = _named(settings, options) if options.name else settings.chosen
    if profile is None:
        raise UsageError("No profile is configured.", "To connect: cordage-tui help connect")
    key = find_key(paths, settings, profile.name, os.environ)
    files = _files(paths, config_file(options) or paths.config_file, profile.name)
    is_opened = settings.chosen is not None and settings.chosen.name == profile.name
    if console.json:
        console.object("profile", {**_row(profile, is_opened), "key": key and key.source, "files": files})
        return
    console.print(f"Profile {one_line(profile.name)}{', the one that is opened' if is_opened else ''}.")
    console.print(f"Server: {one_line(profile.base_url)}")
    console.print(f"Webhooks: {', '.join(one_line(webhook.name) for webhook in profile.webhooks) or 'none'}")
    flag = "" if is_opened else f"--profile {quote(profile.name)} "
    console.print(f"API key: {f'from {key.source}' if key else f'none; enter one: cordage-tui {flag}key set'}")
    console.print(f"In: {', '.join(files)}")


def _row(profile: Profile, is_opened: bool) -> dict[str, Any]:
    names = [webhook.name for webhook in profile.webhooks]
    return {"name": profile.name, "base_url": profile.base_url, "webhooks": names, "opened": is_opened}


def _webhooks(profile: Profile) -> str:
    return counted(len(profile.webhooks), "webhook")


def _files(paths: Paths, config: Any, name: str) -> Sequence[str]:
    files = (config, paths.webhooks_file)
    return [str(file) for file in files if name in read_document(file).values.get("profiles", {})]


# Set and remove.


def _set(paths: Paths, settings: Settings, options: argparse.Namespace, console: Console) -> None:
    profile = _named(settings, options)
    if not options.base_url:
        raise UsageError(
            "profile set needs the address of a server.",
            f"Type: cordage-tui profile set {profile.name} --base-url ADDRESS",
        )
    address = checked_base_url(with_scheme(options.base_url), "--base-url")
    key = find_key(paths, settings, profile.name, os.environ)
    new_url = (
        address if options.untested else _tested(paths, settings, replace(profile, base_url=address), key, console)
    )
    waiting = _keep_rows_of_old_server(paths, profile)
    change_server(paths, profile.name, new_url)
    tested = "" if key is not None and profile.webhooks and not options.untested else " It was not tested."
    console.info(f"Profile {one_line(profile.name)} is for {server_name(new_url)} from now on.{tested}")
    old = one_line(profile.base_url)
    if waiting and not is_same_server(new_url, profile.base_url):
        console.info(f"{counted(waiting, 'prompt')} of {old} stay there: cordage-tui --base-url {old} queue")
    console.info("Windows and workers that are open keep the old server until they are started again.")


def _tested(paths: Paths, settings: Settings, profile: Profile, key: FoundKey | None, console: Console) -> str:
    """Read the first webhook once, and return the base URL that works; that of `profile` without a key or a webhook. Raises
    CommandError."""
    if key is None or not profile.webhooks:
        return profile.base_url
    from cordage_tui.cli.base.connection_check import connection_code, find_base_url

    result = find_base_url(paths, settings, profile, key.key, profile.webhooks[0].key, console)
    if isinstance(result, str):
        return result
    raise CommandError(
        connection_code(result.field), result.words, "To change it without this check: --untested", _KEPT
    )


def _keep_rows_of_old_server(paths: Paths, profile: Profile) -> int:
    """Record that the rows stored under this profile belong to its present server; return how many prompts wait
    there."""
    if not exists(paths.database):
        return 0
    with reporting_store_errors(_KEPT):
        store = Store.open(paths.database, SystemClock(), busy_s=BUSY_S)
        try:
            return len(store.queue.waiting(store.servers.claim(profile)))
        finally:
            store.close()


def _remove(paths: Paths, settings: Settings, options: argparse.Namespace, console: Console) -> None:
    profile = _named(settings, options)
    waiting = _keep_rows_of_old_server(paths, profile)
    left = f" {counted(waiting, 'prompt')} in its queue will not be sent." if waiting else ""
    question = f"Remove profile {one_line(profile.name)}, its webhooks and its saved API key?{left}"
    if not options.yes and not console.confirm(question, "remove it", 1):
        raise CommandError(ExitCode.USAGE, "Nothing was removed.", "", _KEPT)
    remove_profile(paths, profile.name)
    console.info(f"Profile {one_line(profile.name)} is removed. Its runs stay in the history.{left}")
