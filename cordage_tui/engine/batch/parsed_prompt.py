"""Text of the prompt panel as a batch reads it: prompts, and under them lines that name values for other inputs."""

import re
from collections.abc import Mapping
from functools import reduce
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.engine.batch.expand import values_of
from cordage_tui.engine.batch.pattern import has_groups
from cordage_tui.engine.batch.sampling import EVERYTHING, Sampling

_SETTING: Final = r"(?a)\s*([A-Za-z_][A-Za-z0-9_.-]{0,59})\s*=\s*(\{.*\}|-?[0-9.-]+)\s*"


@dataclass(frozen=True, slots=True)
class ParsedPrompt:
    """Prompt text split into prompt and settings."""

    prompt: str
    """Without the settings, trimmed."""
    settings: Mapping[str, str]
    """Name → value of the lines `style={noir,ink}` and `seed=1..8` at the end of the text."""
    sampling: Sampling = EVERYTHING
    """The lines `times=8` and `take=20` there."""

    @classmethod
    def of(cls, text: str) -> "ParsedPrompt":
        """Parse `text`. Raises BatchError for a setting of too many values."""
        lines = text.split("\n")
        settings: list[tuple[str, str]] = []
        sampled: list[str] = []
        while lines:
            line = lines[-1]
            if EVERYTHING.with_line(line):
                sampled.append(line)
            elif setting := _setting(line):
                settings.append(setting)
            elif line.strip():
                break
            lines.pop()
        sampling = reduce(lambda sampling, line: sampling.with_line(line) or sampling, reversed(sampled), EVERYTHING)
        return cls("\n".join(lines).strip(), dict(reversed(settings)), sampling)

    @property
    def lines(self) -> tuple[str, ...]:
        """The prompts when each line is one; empty lines are none."""
        return tuple(line.strip() for line in self.prompt.split("\n") if line.strip())


def _setting(line: str) -> tuple[str, str] | None:
    match = re.fullmatch(_SETTING, line)
    if match is None or match[1] == "prompt" or (values_of(match[2]) is None and not has_groups(match[2])):
        return None
    return match[1], match[2]
