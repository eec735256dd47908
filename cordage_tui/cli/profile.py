"""The settings a command works with, and what people name in them."""

import argparse
import os
from pathlib import Path

from cordage_tui.cli.console import Console
from cordage_tui.cli.errors import UsageError
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Overrides, Settings, apply_overrides, load
from cordage_tui.domain.webhook import Profile, Webhook


def config_file(options: argparse.Namespace) -> Path | None:
    """The file given with `--config`, absolute. Raises UsageError where it is relative to a folder that is gone."""
    try:
        return None if options.config is None else Path(options.config).absolute()
    except OSError as error:
        what = f"--config: the folder that this was started in is gone ({error.strerror})."
        raise UsageError(what, "Name the file with a path that begins with /.") from error


def load_settings(paths: Paths, options: argparse.Namespace) -> Settings:
    """The files, then the environment, then the flags. Raises ConfigError."""
    flags = Overrides(options.profile, options.base_url, options.read_only)
    return apply_overrides(load(paths, config_file(options)), flags, os.environ)


def pass_on_warnings(settings: Settings, voice: Console) -> None:
    """What the settings hold that nobody can use, as talk."""
    for warning in settings.warnings:
        voice.info(f"warning: {warning}")


def find_webhook(profile: Profile, wanted: str) -> Webhook:
    """The webhook of that key, or of that name whatever its case. Raises UsageError, naming the nearest there is."""
    wanted = wanted.strip()
    by_key = profile.webhook(wanted)
    found = [by_key] if by_key else [w for w in profile.webhooks if w.name.casefold() == wanted.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{len(found)} webhooks are named {wanted!r}.", "Give the key of the one you mean.")
    from cordage_tui.config.errors import suggest

    near = suggest(wanted, [webhook.name for webhook in profile.webhooks])
    raise UsageError(f"Profile {profile.name!r} has no such webhook.{near}", "See: cordage-tui webhooks list")
