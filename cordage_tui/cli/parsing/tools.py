"""Commands about the program itself: `doctor`, `completion`, `man`, `simulate`."""

from cordage_tui.cli.exit_codes import REACHING
from cordage_tui.cli.parsing.frame import CommandSpec, Parser, add_common, add_shared
from cordage_tui.cli.parsing.values import port

SHELLS = ("bash", "zsh", "fish")
DEFAULT_PORT = 8765
_COMPLETION = """\
  eval "$(cordage-tui completion bash)"         in ~/.bashrc
  cordage-tui completion zsh > ~/.zfunc/_cordage-tui
  cordage-tui completion fish > ~/.config/fish/completions/cordage-tui.fish
"""
_DOCTOR = """\
  cordage-tui doctor
  cordage-tui doctor --json                     for a bug report: no key, no prompt in it
"""
_MAN = """\
  cordage-tui man > ~/.local/share/man/man1/cordage-tui.1
  cordage-tui man | man -l -
"""
_SIMULATE = """\
  cordage-tui simulate --port 8765
  cordage-tui simulate --port 0 --json          where it is, for a script

It prints an API key, webhook keys and a curl line that works; ctrl+c ends it.
"""


def _fill_doctor(parser: Parser) -> None:
    parser.add_argument("--offline", action="store_true", help="do not try to reach the server")
    add_shared(parser)


def _fill_completion(parser: Parser) -> None:
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))
    add_common(parser)


def _fill_simulate(parser: Parser) -> None:
    parser.add_argument(
        "--port", type=port, default=DEFAULT_PORT, help="loopback port, 0 for any free one (default: %(default)s)"
    )
    add_shared(parser)


TOOL_COMMANDS = (
    CommandSpec("doctor", "look for what is wrong, and say how to cure it", _fill_doctor, _DOCTOR, REACHING),
    CommandSpec("completion", "print the completion script of a shell", _fill_completion, _COMPLETION),
    CommandSpec("man", "print the manual page", add_common, _MAN),
    CommandSpec("simulate", "serve a simulated Cordage on this machine", _fill_simulate, _SIMULATE),
)
