"""The text of the prompt panel as a batch reads it: prompts, and under them lines that name values for other inputs."""

import re
from collections.abc import Mapping
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.engine.batch.pattern import has_groups
from cordage_tui.engine.batch.values import values_of

_SETTING: Final = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_.-]{0,59})\s*=\s*(\{.*\}|-?[0-9.-]+)\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ParsedPrompt:
    """One text, taken apart."""

    prompt: str
    """Without the settings, trimmed."""
    settings: Mapping[str, str]
    """Name → value of the lines `style={noir,ink}` and `seed=1..8` that stand at the end."""

    @classmethod
    def of(cls, text: str) -> "ParsedPrompt":
        """Raises BatchError for a setting of too many values."""
        lines = text.split("\n")
        settings: list[tuple[str, str]] = []
        while lines and (not lines[-1].strip() or (setting := _setting(lines[-1]))):
            if lines.pop().strip() and setting:
                settings.append(setting)
        return cls("\n".join(lines).strip(), dict(reversed(settings)))

    @property
    def lines(self) -> tuple[str, ...]:
        """The prompts when each line is one; empty lines are none."""
        return tuple(line.strip() for line in self.prompt.split("\n") if line.strip())


def _setting(line: str) -> tuple[str, str] | None:
    found = _SETTING.fullmatch(line)
    if found is None or found[1] == "prompt" or (values_of(found[2]) is None and not has_groups(found[2])):
        return None
    return found[1], found[2]
