"""`cordage-tui webhooks`: list, add, rename, remove. Needs no API key and no network."""

import argparse
import json
import os
import sys
from typing import Any, Final

from cordage_tui.cli.complaint import UsageError, remark
from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.cli.output import put
from cordage_tui.cli.profile import config_file, load_settings
from cordage_tui.config.near_miss import nearest
from cordage_tui.config.overrides import PROFILE_VARIABLE
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings, load
from cordage_tui.config.webhooks import add_webhook, remove_webhook, rename_webhook
from cordage_tui.domain.text import one_line
from cordage_tui.domain.webhook import Profile, Webhook

FIRST_PROFILE: Final = "default"
"""Name of the profile that the first webhook goes to when none is named."""

_SCHEMA: Final = 1
"""Version of the JSON this command prints."""


def run(options: argparse.Namespace) -> int:
    """Do what `options.action` says. Raises UsageError and ConfigError."""
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
    settings = load_settings(paths, options)
    _pass_on_warnings(settings)
    profile = settings.chosen
    webhooks = profile.webhooks if profile else ()
    whole = getattr(options, "show_keys", False)
    if _wants_json(options):
        rows = [_row(webhook, whole) for webhook in webhooks]
        _print_json({"profile": profile.name if profile else None, "webhooks": rows})
        return
    width = max((len(webhook.name) for webhook in webhooks), default=0)
    for webhook in webhooks:
        put(f"{webhook.name:<{width}}  {webhook.key if whole else webhook.masked_key}")
    if not webhooks:
        where = f"Profile {profile.name!r} has no webhooks." if profile else "No webhook is configured."
        remark(f"{where} Add one: cordage-tui webhooks add KEY NAME")


def _add(paths: Paths, options: argparse.Namespace) -> None:
    settings = load(paths, config_file(options))
    name = _profile_name(settings, options)
    known = settings.profile(name)
    if known and options.base_url:
        raise UsageError(f"Profile {name!r} has its address already.", "--base-url is for a new profile: leave it out.")
    webhook = Webhook(_key(options.key), options.name)
    add_webhook(paths, name, webhook, options.base_url)
    added = _profile(load(paths, config_file(options)), name).webhook(webhook.key.strip()) or webhook
    _report(options, name, added, "added to" if known else "added to the new")


def _rename(paths: Paths, options: argparse.Namespace) -> None:
    profile, webhook = _find(paths, options)
    rename_webhook(paths, profile.name, webhook.key, options.name)
    renamed = _profile(load(paths, config_file(options)), profile.name).webhook(webhook.key) or webhook
    _report(options, profile.name, renamed, "is the new name in")


def _remove(paths: Paths, options: argparse.Namespace) -> None:
    profile, webhook = _find(paths, options)
    remove_webhook(paths, profile.name, webhook.key)
    _report(options, profile.name, webhook, "removed from")


def _find(paths: Paths, options: argparse.Namespace) -> tuple[Profile, Webhook]:
    """The webhook that `options.webhook` names, by key or by name whatever its case. Raises UsageError."""
    settings = load_settings(paths, options)
    profile = settings.chosen
    if profile is None:
        raise UsageError("No webhook is configured.", "Add one: cordage-tui webhooks add KEY NAME")
    wanted = options.webhook.strip()
    by_key = profile.webhook(wanted)
    found = [by_key] if by_key else [w for w in profile.webhooks if w.name.casefold() == wanted.casefold()]
    if len(found) == 1:
        return profile, found[0]
    if found:
        raise UsageError(f"{len(found)} webhooks are named {wanted!r}.", "Give the key of the one you mean.")
    near = nearest(wanted, [webhook.name for webhook in profile.webhooks])
    raise UsageError(f"Profile {profile.name!r} has no such webhook.{near}", "See: cordage-tui webhooks list")


def _profile_name(settings: Settings, options: argparse.Namespace) -> str:
    named = options.profile or os.environ.get(PROFILE_VARIABLE)
    return named or (settings.chosen.name if settings.chosen else FIRST_PROFILE)


def _profile(settings: Settings, name: str) -> Profile:
    return settings.profile(name.strip()) or Profile(name, settings.base_url)


def _key(text: str) -> str:
    """The webhook key itself, or the first line of stdin for `-`."""
    if text != "-":
        return text
    return sys.stdin.readline(1_000) if sys.stdin is not None else ""


def _report(options: argparse.Namespace, profile: str, webhook: Webhook, deed: str) -> None:
    if _wants_json(options):
        _print_json({"profile": profile, "webhook": _row(webhook, False)})
    else:
        remark(f"{webhook.name} ({webhook.masked_key}) {deed} profile {one_line(profile)}.")


def _wants_json(options: argparse.Namespace) -> bool:
    return bool(getattr(options, "json", False))


def _row(webhook: Webhook, whole: bool) -> dict[str, Any]:
    return {
        "name": webhook.name,
        "key": webhook.key if whole else webhook.masked_key,
        "inputs": dict(webhook.inputs),
    }


def _print_json(values: dict[str, Any]) -> None:
    put(json.dumps({"schema": _SCHEMA, **values}, ensure_ascii=True))


def _pass_on_warnings(settings: Settings) -> None:
    for warning in settings.warnings:
        remark(f"warning: {warning}")
