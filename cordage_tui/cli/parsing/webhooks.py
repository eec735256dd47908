"""`cordage-tui webhooks`, as it can be typed."""

from cordage_tui.cli.parsing.frame import PROGRAM, CommandSpec, Parser, add_command, add_shared

_WEBHOOK_EXAMPLES = """\
  cordage-tui webhooks
  cordage-tui webhooks add wh_abc123xyz "Product shots"
  pass cordage/webhook | cordage-tui webhooks add - Sunset
  cordage-tui webhooks rename Sunset Dawn
  cordage-tui webhooks remove Dawn
  cordage-tui webhooks list --json --show-keys
"""


def _add_webhook_arguments(parser: Parser) -> None:
    add_shared(parser)
    prog = f"{PROGRAM} webhooks"
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions", prog=prog)
    for command in (
        CommandSpec("list", "list the profile's webhooks (the default)", _fill_list),
        CommandSpec("add", "add a webhook to the profile", _fill_add),
        CommandSpec("rename", "give a webhook another name", _fill_rename),
        CommandSpec("remove", "forget a webhook; its runs stay", _fill_remove),
    ):
        add_command(actions, prog, command)


def _fill_list(parser: Parser) -> None:
    add_shared(parser)
    parser.add_argument("--show-keys", action="store_true", help="show webhook keys whole")


def _fill_add(parser: Parser) -> None:
    add_shared(parser)
    parser.add_argument("key", metavar="KEY", help="from the webhook node's settings; - reads it from stdin")
    parser.add_argument("name", metavar="NAME", help="what you call it")


def _fill_rename(parser: Parser) -> None:
    add_shared(parser)
    parser.add_argument("webhook", metavar="WEBHOOK", help="its name or key")
    parser.add_argument("name", metavar="NAME", help="its new name")


def _fill_remove(parser: Parser) -> None:
    add_shared(parser)
    parser.add_argument("webhook", metavar="WEBHOOK", help="its name or key")


WEBHOOK_COMMANDS = (
    CommandSpec("webhooks", "list, add, rename and remove webhooks", _add_webhook_arguments, _WEBHOOK_EXAMPLES),
)
