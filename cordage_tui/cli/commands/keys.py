"""`cordage-tui keys`: print the key table."""

import argparse

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.cli.base.profile import load_settings
from cordage_tui.cli.base.stdout import print_data
from cordage_tui.config.paths import Paths
from cordage_tui.ui.key_scopes import all_scopes, users_keymap
from cordage_tui.ui.keys.keymap import commands_markdown, markdown


def run(options: argparse.Namespace) -> int:
    """Print every default key and action id as a Markdown table, as in the README, then the commands of the settings.

    Raises ConfigError for settings that cannot be read.
    """
    print_data(markdown(all_scopes()).rstrip("\n"))
    settings = load_settings(Paths.system(), options)
    if settings.commands:
        keymap, console = users_keymap(settings.keys, settings.commands), Console(options)
        print_data(commands_markdown(settings.commands, keymap.commands))
        for problem in keymap.problems:
            console.error(problem)
    return ExitCode.OK
