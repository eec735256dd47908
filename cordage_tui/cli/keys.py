"""`cordage-tui keys`: print the key table."""

import argparse

from cordage_tui.cli.errors import ExitCode
from cordage_tui.cli.stdout import print_data


def run(options: argparse.Namespace) -> int:
    """Print every default key and action id as a Markdown table, as in the README."""
    from cordage_tui.ui.keys.keymap import all_scopes, markdown

    print_data(markdown(all_scopes()).rstrip("\n"))
    return ExitCode.OK
