"""What engine and store advise, as a command."""

from collections.abc import Mapping
from typing import Final

from cordage_tui.domain.advice import action_of
from cordage_tui.domain.text import SafeText

_COMMANDS: Final[Mapping[str, str]] = {
    "queue.resume": "Resume it: cordage-tui queue resume",
    "run.kill": "Try again: cordage-tui kill",
    "runs.refresh": "Try again: cordage-tui runs",
}
"""By the action's id; an action that has no command is left out."""


def for_shell(text: str) -> SafeText:
    """`text` with the command that leads on."""
    command = _COMMANDS.get(action_of(text) or "")
    return SafeText(f"{text} {command}" if command else str(text))
