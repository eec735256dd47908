"""Opening the app: gather what it starts with, refuse what cannot work, hand over."""

import argparse
import os
import sys
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING

from cordage_tui.cli.errors import UsageError
from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.cli.profile import config_file, load_settings
from cordage_tui.config.credentials import FoundKey, find_key
from cordage_tui.config.launch import LaunchOptions
from cordage_tui.config.paths import Paths
from cordage_tui.config.profiles import KEY_VARIABLE
from cordage_tui.config.settings import Settings
from cordage_tui.domain.environment import tmux_hides_colours
from cordage_tui.domain.text import SafeText, safe
from cordage_tui.domain.webhook import Profile

if TYPE_CHECKING:
    from cordage_tui.ui.run import AppResult


def run(options: argparse.Namespace) -> int:
    """Open the app, and the demo after it when the welcome screen was left for it; return the exit code.

    Raises UsageError where there is no terminal to draw on or no database to keep things in, and ConfigError.
    """
    check_terminal(os.environ)
    if not options.demo:
        ending = _open(gathered(options))
        if not ending.wants_demo:
            return _code(ending)
    from cordage_tui.cli.demo import demo_launch

    with demo_launch(options) as launch:
        return _code(_open(launch))


def gathered(options: argparse.Namespace) -> LaunchOptions:
    """What the app starts with, from files, environment and flags. Raises ConfigError."""
    paths = Paths.system()
    settings = load_settings(paths, options)
    profile = settings.chosen
    key = find_key(paths, settings, profile.name, os.environ) if profile else None
    return LaunchOptions(
        paths=paths,
        settings=settings,
        profile=profile if profile and profile.webhooks else None,
        key=key,
        read_only=options.read_only,
        mouse=settings.mouse and not options.no_mouse,
        config_file=config_file(options),
        problem=_problem(settings, profile, key),
    )


def check_terminal(environ: Mapping[str, str]) -> None:
    """Textual hangs for ever without a terminal on stdin, and starts on a dumb one (TRAPS.md T10). Raises UsageError."""
    advice = "Use the command line there: cordage-tui --help"
    for name, stream in (("stdin", sys.stdin), ("stdout", sys.stdout), ("stderr", sys.stderr)):
        if stream is None or not stream.isatty():
            raise UsageError(f"{name} is not a terminal, so the app cannot be opened.", advice)
    if environ.get("TERM", "") in {"", "dumb", "unknown"}:
        raise UsageError("The terminal cannot draw a screen (TERM is unset or dumb).", f"Set TERM. {advice}")


def trust_tmux(environ: MutableMapping[str, str]) -> None:
    """Has Textual draw in the 256 colours that tmux takes; it gives the terminal outside what that has. Textual looks for
    this variable when it is first imported."""
    if tmux_hides_colours(environ):
        environ.setdefault("TEXTUAL_COLOR_SYSTEM", "256")


def _open(launch: LaunchOptions) -> "AppResult":
    trust_tmux(os.environ)
    from cordage_tui.store.errors import StoreError
    from cordage_tui.ui.run import run as open_app

    try:
        return open_app(launch)
    except StoreError as error:
        raise UsageError(error.what, f"The database is {launch.paths.database}.") from error


def _code(ending: "AppResult") -> int:
    return ExitCode.BUG if ending.crashed else ending.code


def _problem(settings: Settings, profile: Profile | None, key: FoundKey | None) -> SafeText | None:
    if profile is None:
        return None
    if not profile.webhooks:
        return safe(f"Profile {profile.name!r} has no webhook yet.")
    if key is None:
        source = settings.key_sources.get(profile.name)
        places = [KEY_VARIABLE, *([source.env] if source and source.env else []), "credentials.toml"]
        return safe(f"No API key for profile {profile.name!r}: looked in {', '.join(places)}.")
    return None
