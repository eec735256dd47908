"""`cordage-tui completion`: the script that a shell reads once. It asks the hidden command at each press of tab."""

import argparse

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.cli.base.output_streams import print_data
from cordage_tui.cli.commands.man import SHIPPED


def run(options: argparse.Namespace) -> int:
    """Print the script of `options.shell`."""
    print_data((SHIPPED / f"completion.{options.shell}").read_text().rstrip("\n"))
    return ExitCode.OK
