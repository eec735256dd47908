"""`cordage-tui keys`: print the key tables."""

import argparse

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.cli.base.output_streams import print_data
from cordage_tui.cli.base.profile import load_settings
from cordage_tui.config.paths import Paths
from cordage_tui.domain.manual import page
from cordage_tui.ui.key_scopes import users_keymap
from cordage_tui.ui.keys.keymap import commands_markdown


def run(options: argparse.Namespace) -> int:
    """Print the Markdown tables of the page `keys`, with every default key and action id, then the commands of the settings.

    Raises ConfigError for settings that cannot be read.
    """
    print_data(page("keys").partition("<!-- keys -->\n")[2].partition("\n<!-- /keys -->")[0])
    settings = load_settings(Paths.system(), options)
    if settings.commands:
        keymap, console = users_keymap(settings.keys, settings.commands), Console(options)
        print_data("\n## Your commands\n\n| key | does | action id |\n|---|---|---|")
        print_data(commands_markdown(settings.commands, keymap.commands))
        for problem in keymap.problems:
            console.error(problem)
    return ExitCode.OK
