"""`cordage-tui man`: print the shipped manual page."""

import argparse
from pathlib import Path

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.cli.base.output_streams import print_data

SHIPPED = Path(__file__).parents[1] / "shipped"
"""Folder with the manual page, and a completion script for each shell."""
PAGE = SHIPPED / "cordage-tui.1"


def run(options: argparse.Namespace) -> int:
    """Print the page."""
    print_data(PAGE.read_text().rstrip("\n"))
    return ExitCode.OK
