"""Settings of a command, and the webhooks named in them."""

import argparse
import os
from collections.abc import Iterable
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.errors import UsageError, advise_with
from cordage_tui.config.errors import suggest
from cordage_tui.config.paths import Paths
from cordage_tui.config.profiles import FIRST_PROFILE, checked_profile_name
from cordage_tui.config.settings import PROFILE_VARIABLE, Overrides, Settings, apply_overrides, load
from cordage_tui.domain.webhook import Profile, Webhook

if TYPE_CHECKING:
    from cordage_tui.domain.filter.view import View


def config_file(options: argparse.Namespace) -> Path | None:
    """Return the absolute path of `--config`. Raises UsageError if the working directory is gone."""
    try:
        return None if options.config is None else Path(options.config).absolute()
    except OSError as error:
        problem = f"--config: the working directory is gone ({error.strerror})."
        raise UsageError(problem, "Use an absolute path.") from error


def load_settings(paths: Paths, options: argparse.Namespace) -> Settings:
    """Load files, then environment, then flags. Raises ConfigError."""
    flags = Overrides(options.profile, options.base_url, options.read_only, getattr(options, "author", None))
    files = load(paths, config_file(options))
    settings = apply_overrides(files, flags, os.environ)
    _advise_the_same(options, settings.chosen, files)
    return settings


def _advise_the_same(options: argparse.Namespace, chosen: Profile | None, files: Settings) -> None:
    """Have advised commands lead to the profile and server of this one."""
    default = files.chosen.name if files.chosen else FIRST_PROFILE
    profile = chosen.name if chosen is not None and chosen.name != default else options.profile
    advise_with(config=config_file(options), profile=profile, base_url=options.base_url)


def find_or_make_profile(paths: Paths, options: argparse.Namespace) -> tuple[Settings, Profile]:
    """Load the settings, and the profile to which a command saves: a new one if the name is new. Raises ConfigError."""
    files = load(paths, config_file(options))
    named = options.profile or os.environ.get(PROFILE_VARIABLE)
    name = checked_profile_name(named or (files.chosen.name if files.chosen else FIRST_PROFILE))
    environ = {**os.environ, PROFILE_VARIABLE: ""}  # it may name the new one
    settings = apply_overrides(files, Overrides(base_url=options.base_url), environ)
    profile = settings.profile(name) or Profile(name, settings.base_url)
    _advise_the_same(options, profile, files)
    return settings, profile


def check_before_connecting(settings: Settings, profile: Profile | None) -> None:
    """Raise ConfigError for certificate authorities that cannot be read, unless the server is on this machine without TLS."""
    from cordage_tui.domain.base.environment import CERTIFICATE_VARIABLES  # who connects to nothing needs none

    named = settings.ca_file or any(map(os.environ.get, CERTIFICATE_VARIABLES))
    if named and (profile is None or profile.base_url.startswith("https:")):
        from cordage_tui.config.certificates import check_authorities  # most users name none

        check_authorities(settings.ca_file, os.environ)


def print_warnings(settings: Settings, console: Console) -> None:
    """Print the warnings of the settings."""
    for warning in settings.warnings:
        console.info(f"warning: {warning}")


def find_webhook(profile: Profile, wanted: str, others: Iterable[Profile] = ()) -> Webhook:
    """Find a webhook by key, or by name ignoring case. Raises UsageError with the one of `others` that has it, or with the
    nearest match."""
    wanted = wanted.strip()
    matches = _webhooks_called(profile, wanted)
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise UsageError(f"{len(matches)} webhooks are named {wanted!r}.", "Give the key of the one you mean.")
    missing = f"Profile {profile.name!r} has no such webhook."
    for other in others:
        if other.name != profile.name and _webhooks_called(other, wanted):
            advice = f"Name that profile: --profile {quote(other.name)}"
            raise UsageError(f"{missing} Profile {other.name!r} has it.", advice)

    near = suggest(wanted, [webhook.name for webhook in profile.webhooks])
    raise UsageError(f"{missing}{near}", "See: cordage-tui webhooks list")


def _webhooks_called(profile: Profile, wanted: str) -> list[Webhook]:
    by_key = profile.webhook(wanted)
    return [by_key] if by_key else [w for w in profile.webhooks if w.name.casefold() == wanted.casefold()]


def find_view(paths: Paths, wanted: str, console: Console) -> "View":
    """Find a view by its name, in any case. Raises UsageError with the nearest match."""
    from cordage_tui.config.views_file import read_views

    views = read_views(paths)
    for problem in views.problems:
        console.info(f"warning: {problem}")
    named = views.named(wanted)
    if named is None:
        names = [view.name for view in views.all]
        raise UsageError(f"There is no view {wanted!r}.{suggest(wanted, names)}", f"There are: {', '.join(names)}.")
    return named
