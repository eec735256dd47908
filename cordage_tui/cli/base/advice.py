"""The command that does what a text advises."""

from collections.abc import Mapping
from typing import Final

from cordage_tui.cli.base.errors import with_flags
from cordage_tui.domain.advised_text import action_of
from cordage_tui.domain.safe_text import SafeText

_COMMANDS: Final[Mapping[str, str]] = {
    "app.new_key": "Enter it: cordage-tui key set",
    "queue.approve": "Approve it: cordage-tui queue approve",
    "queue.edit": "Change or drop it: cordage-tui queue edit",
    "queue.resume": "Resume it: cordage-tui queue resume",
    "queue.send_first": "Send the rest: cordage-tui queue resume",
    "run.kill": "Try again: cordage-tui kill",
    "run.settle": "Settle it first: cordage-tui queue settle. Or omit --yes, and confirm it.",
    "run.resend": "Resend it or drop it: cordage-tui queue resend, cordage-tui queue drop",
    "runs.refresh": "Try again: cordage-tui runs",
}
"""Command by action id. Actions without a command are left out."""


def with_command(text: str) -> SafeText:
    """Append the command that `text` advises, if there is one."""
    command = _COMMANDS.get(action_of(text) or "")
    return SafeText(f"{text} {with_flags(command)}" if command else str(text))


def pause_in_words(reason: str) -> str:
    """Return why the queue is paused, and the command that resumes it."""
    why = str(with_command(reason))
    why = why if why.startswith("Paused") else f"Paused: {why}"
    more = "" if "queue resume" in why else " To continue: cordage-tui queue resume"
    return f"{why}{'.' if more and why[-1] != '.' else ''}{more}"
