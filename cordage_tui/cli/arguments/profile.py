"""Command for profiles."""

from cordage_tui.cli.base.errors import REACHING, ExitCode
from cordage_tui.cli.base.parser import CommandSpec, arg, flag

_EXAMPLES = """\
  cordage-tui profile
  cordage-tui profile use studio
  cordage-tui profile set studio --base-url cordage.example.com
  cordage-tui profile remove studio
"""
_NAME = arg("name", metavar="NAME", help="name of the profile")
_ACTIONS = (
    CommandSpec("list", "list the profiles; * is the one that is opened (the default)"),
    CommandSpec(
        "show",
        "show the server, webhooks, key source and files of a profile",
        arg("name", metavar="NAME", nargs="?", help="name of the profile; default: the one that is opened"),
    ),
    CommandSpec("use", "open this profile unless another is named", _NAME),
    CommandSpec(
        "set",
        "change the server of a profile, with --base-url, after one request; runs and queue stay with the old server",
        _NAME,
        flag("--untested", help="change the server without checking it"),
        codes=REACHING,
    ),
    CommandSpec(
        "remove",
        "remove a profile and its saved API key; its runs are kept",
        _NAME,
        flag("--yes", "-y", help="do not ask"),
        codes=(ExitCode.TRY_AGAIN,),
    ),
)
PROFILE_COMMAND = CommandSpec(
    "profile", "list, show, choose, change and remove profiles", examples=_EXAMPLES, actions=_ACTIONS
)
