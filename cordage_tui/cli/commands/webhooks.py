"""`cordage-tui webhooks`: list, add, rename and remove webhooks. Only `add` calls the server, if there is an API key."""

import argparse
import os
import sys
from shlex import join
from typing import Any

from cordage_tui.cli.base.console import GAP, Console, fit, width_of
from cordage_tui.cli.base.errors import PROGRAM, ExitCode, UsageError
from cordage_tui.cli.base.profile import (
    config_file,
    find_or_make_profile,
    find_webhook,
    load_settings,
    print_warnings,
)
from cordage_tui.config.key_lookup import find_key
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import BASE_URL_VARIABLE, Settings, load
from cordage_tui.config.webhook_address import is_same_server, read_webhook_address, server_name
from cordage_tui.config.webhooks_file import (
    add_webhook,
    change_server,
    check_new_webhook,
    remove_webhook,
    rename_webhook,
)
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.webhook import Profile, Webhook


def run(options: argparse.Namespace) -> int:
    """Run `options.action`. Raises UsageError and ConfigError."""
    paths = Paths.system()
    if options.action == "add":
        _add(paths, options)
    elif options.action == "rename":
        _rename(paths, options)
    elif options.action == "remove":
        _remove(paths, options)
    else:
        _list(paths, options)
    return ExitCode.OK


def _list(paths: Paths, options: argparse.Namespace) -> None:
    settings, console = load_settings(paths, options), Console(options)
    print_warnings(settings, console)
    profile = settings.chosen
    webhooks = profile.webhooks if profile else ()
    whole = getattr(options, "show_keys", False)
    if console.json:
        rows = [_row(webhook, whole) for webhook in webhooks]
        console.object("webhooks", {"profile": profile.name if profile else None, "webhooks": rows})
        return
    width = max((width_of(webhook.name) for webhook in webhooks), default=0)
    for webhook in webhooks:
        key = webhook.key if whole else webhook.masked_key
        room = width if console.width is None else min(width, console.width - width_of(GAP + key))
        console.print(f"{fit(webhook.name, room)}{GAP}{key}")
    if not webhooks:
        reason = f"Profile {profile.name!r} has no webhooks." if profile else "No webhook is configured."
        console.info(f"{reason} Add one: cordage-tui webhooks add KEY NAME")


def _add(paths: Paths, options: argparse.Namespace) -> None:
    settings, profile = find_or_make_profile(paths, options)
    is_known, console = settings.profile(profile.name) is not None, Console(options)
    print_warnings(settings, console)
    address = read_webhook_address(_key(options.key))
    webhook = Webhook(address.key, options.name)
    check_new_webhook(profile, webhook)
    profile = _on_server(profile, is_known, address.base_url, options, console)
    base_url = profile.base_url if options.untested else _test(paths, settings, profile, webhook, is_known, console)
    add_webhook(paths, profile.name, webhook, base_url)
    deed = "added to" if is_known else "added to the new"
    _report(options, profile.name, _saved(paths, options, profile.name, webhook), deed)


def _on_server(
    profile: Profile, is_known: bool, base_url: str | None, options: argparse.Namespace, console: Console
) -> Profile:
    """Return the profile with the server that the webhook is on; `base_url` is that of the webhook's URL.

    Raises UsageError if the profile is known with another server, or if the user does not agree to a new one. The API
    key would be sent to that server.
    """
    if profile.is_redirected:
        raise _other_server(profile, options)
    if base_url is None or is_same_server(base_url, profile.base_url):
        return profile
    webhook_server, name = server_name(base_url), one_line(profile.name)
    if is_known:
        raise UsageError(
            f"This webhook is on {webhook_server}; profile {name!r} is for {server_name(profile.base_url)}.",
            "Name a new profile for that server: --profile NAME",
        )
    if options.base_url:
        raise UsageError(
            f"--base-url names another server than the webhook's URL, which is on {webhook_server}.",
            "Omit --base-url, or give the key in place of the URL.",
        )
    question = f"Profile {name} is new, and its API key will be sent to {webhook_server}, the server of the URL."
    if not options.yes and not console.confirm(question, "continue", 1):
        raise UsageError(
            "Nothing was saved.", "If you do not know this server, ask the person who gave you the URL.", ""
        )
    return replace(profile, base_url=base_url)


def _other_server(profile: Profile, options: argparse.Namespace) -> UsageError:
    """Make the error for a profile whose settings name another server than `--base-url` or the variable."""
    name = one_line(profile.name)
    if not options.base_url:
        return UsageError(
            f"Profile {name!r} has another base URL than {BASE_URL_VARIABLE}.",
            f"Unset {BASE_URL_VARIABLE}, or name a new profile: --profile NAME",
        )

    change = join([PROGRAM, "profile", "set", profile.name, "--base-url", options.base_url])
    return UsageError(
        f"Profile {name!r} is for another server than {server_name(profile.base_url)}.",
        f"Name a new profile for it, --profile NAME, or change this one: {change}",
    )


def _test(
    paths: Paths, settings: Settings, profile: Profile, webhook: Webhook, is_known: bool, console: Console
) -> str:
    """Read the webhook once, if there is an API key, and return the base URL that works; otherwise that of the
    profile.

    Raises CommandError when the server has no such webhook. Other errors are only warnings, unless the profile is
    new: saved for the wrong server, it could not be used.
    """
    key = find_key(paths, settings, profile.name, os.environ)
    if key is None and not is_known:
        raise UsageError(
            f"Profile {one_line(profile.name)!r} is new, and there is no API key yet to test it with.",
            "Enter the key first: cordage-tui key set. To save the webhook without this check: --untested",
        )
    if key is None:
        return profile.base_url
    from cordage_tui.cli.base.connection_check import tested_webhook

    base_url = tested_webhook(paths, settings, profile, key.key, webhook, console, is_known=is_known)
    if is_known and base_url != profile.base_url:
        _correct_server(paths, profile, base_url, console)
    return base_url


def _correct_server(paths: Paths, profile: Profile, base_url: str, console: Console) -> None:
    """Save the base URL that works for a profile without webhooks.

    Raises UsageError if the profile has webhooks, whose runs and queue belong to the present base URL, and ConfigError
    if the base URL is in the user's file.
    """
    console.info(f"The server answers at {base_url}, not at {profile.base_url}.")
    if profile.webhooks:
        change = join([PROGRAM, "profile", "set", profile.name, "--base-url", base_url])
        raise UsageError(
            f"Profile {one_line(profile.name)!r} has a base URL that does not work.", f"Change it first: {change}"
        )
    change_server(paths, profile.name, base_url)


def _rename(paths: Paths, options: argparse.Namespace) -> None:
    profile, webhook = _find(paths, options)
    if webhook.name == options.name:
        _report(options, profile.name, webhook, "has this name already in")
        return
    rename_webhook(paths, profile.name, webhook.key, options.name)
    _report(options, profile.name, _saved(paths, options, profile.name, webhook), "is the new name in")


def _remove(paths: Paths, options: argparse.Namespace) -> None:
    profile, webhook = _find(paths, options)
    remove_webhook(paths, profile.name, webhook.key)
    _report(options, profile.name, webhook, "removed from")


def _find(paths: Paths, options: argparse.Namespace) -> tuple[Profile, Webhook]:
    """Find profile and webhook of `options.webhook`. Raises UsageError."""
    settings = load_settings(paths, options)
    profile = settings.chosen
    if profile is None:
        raise UsageError("No webhook is configured.", "Add one: cordage-tui webhooks add KEY NAME")
    return profile, find_webhook(profile, options.webhook, settings.profiles)


def _saved(paths: Paths, options: argparse.Namespace, profile: str, webhook: Webhook) -> Webhook:
    """Read the webhook as it was saved."""
    saved = load(paths, config_file(options)).profile(profile)
    return (saved and saved.webhook(webhook.key.strip())) or webhook


def _key(text: str) -> str:
    """Return the webhook key, or the first line of stdin for `-`."""
    if text != "-":
        return text
    return sys.stdin.readline(1_000) if sys.stdin is not None else ""


def _report(options: argparse.Namespace, profile: str, webhook: Webhook, deed: str) -> None:
    console = Console(options)
    if console.json:
        console.object("webhook", {"profile": profile, "webhook": _row(webhook, False)})
    else:
        console.info(f"{webhook.name} ({webhook.masked_key}) {deed} profile {one_line(profile)}.")


def _row(webhook: Webhook, whole: bool) -> dict[str, Any]:
    return {"name": webhook.name, "key": webhook.key if whole else webhook.masked_key, "inputs": dict(webhook.inputs)}
