"""`cordage-tui config`: the settings file, its schema, and an example."""

import argparse

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.cli.base.profile import check_before_connecting, config_file, load_settings, print_warnings
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import EXAMPLE_FILE, SCHEMA_FILE
from cordage_tui.domain.base.file_system import exists


def run(options: argparse.Namespace) -> int:
    """Run the action. Raises ConfigError for settings that the app does not start with."""
    console = Console(options)
    match options.action:
        case "check":
            _check(options, console)
        case "schema" | "example":
            file = SCHEMA_FILE if options.action == "schema" else EXAMPLE_FILE
            console.print(file.read_text(encoding="utf-8").rstrip("\n"))
        case _:
            console.path(config_file(options) or Paths.system().config_file)
    return ExitCode.OK


def _check(options: argparse.Namespace, console: Console) -> None:
    from cordage_tui.cli.doctor.checks import screen_warnings  # late: the other actions need none of it

    paths = Paths.system()
    settings = load_settings(paths, options)
    check_before_connecting(settings, None)
    print_warnings(settings, console)
    on_screen = list(screen_warnings(settings))
    for warning in on_screen:
        console.info(f"warning: {warning}")
    count = len(settings.warnings) + len(on_screen)
    file = config_file(options) or paths.config_file
    result = f"{count} warning{'s'[: count != 1]}" if count else "nothing is wrong"
    console.info(f"{file}: {result if exists(file) else 'there is no such file, so every setting has its default'}.")
