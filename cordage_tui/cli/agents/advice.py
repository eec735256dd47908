"""Advice for a person at a shell, rewritten so that an agent can act on it or pass it on."""

import re
from collections.abc import Mapping
from typing import Final

_TOOL_FOR: Final[Mapping[str, str]] = {
    "See: cordage-tui webhooks list": "list_webhooks has their names.",
    "See: cordage-tui runs": "Give the run number that enqueue returned, or the run id.",
}
"""Advice for people who have a shell, and the same for an agent that has the tools."""
_SHELL: Final = re.compile(r"\bcordage-tui [a-z]|--[a-z]|\bCORDAGE_[A-Z]")


def for_agents(advice: str) -> str:
    """Return advice that an agent can act on. Advice for a shell is addressed to the user."""
    tool_advice = _TOOL_FOR.get(advice)
    if tool_advice is not None:
        return tool_advice
    return f"Tell the user, who can do more in a shell: {advice}" if _SHELL.search(advice) else advice
