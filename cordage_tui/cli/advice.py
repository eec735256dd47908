"""Advice of engine and store, as a command to type."""

from collections.abc import Mapping
from typing import Final

from cordage_tui.domain.advice import action_of
from cordage_tui.domain.text import SafeText

_COMMANDS: Final[Mapping[str, str]] = {
    "queue.resume": "Resume it: cordage-tui queue resume",
    "run.kill": "Try again: cordage-tui kill",
    "run.resend": "Send it again in the app, or drop it: cordage-tui queue drop",
    "runs.refresh": "Try again: cordage-tui runs",
}
"""Command by action id. Actions without a command are left out."""


def with_command(text: str) -> SafeText:
    """Append the command that `text` advises, if there is one."""
    command = _COMMANDS.get(action_of(text) or "")
    return SafeText(f"{text} {command}" if command else str(text))
