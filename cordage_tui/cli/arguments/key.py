"""Command for the API key."""

import argparse

from cordage_tui.cli.base.errors import REACHING, ExitCode
from cordage_tui.cli.base.parser import CommandSpec, arg, flag

_KEY = """\
  cordage-tui key                               where the API key comes from; never the key itself
  cordage-tui key set                           asks for it, and does not show it
  pass cordage/key | cordage-tui key set
"""
_ACTIONS = (
    CommandSpec(
        "status",
        "print where the API key comes from, and whether the server last accepted it (the default)",
        codes=(ExitCode.TRY_AGAIN, ExitCode.KEY_REFUSED),
    ),
    CommandSpec(
        "set",
        "read an API key from the terminal or stdin, check it with one request, and save it",
        arg("words", metavar="KEY", nargs="*", help=argparse.SUPPRESS),  # refused: arguments are seen by others
        flag("--untested", help="save the key without checking it"),
        codes=REACHING,
    ),
)
KEY_COMMAND = CommandSpec(
    "key",
    "enter the API key without a screen, or print where it comes from",
    examples=_KEY,
    codes=REACHING,
    actions=_ACTIONS,
)
