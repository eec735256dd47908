"""Arguments of a program of the user's: placeholders, and the values that take their places."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from cordage_tui.domain.text import SafeText, one_line, safe_unlimited

Values: TypeAlias = Mapping[str, str | Path | None]
"""Name of a placeholder → its value; None: there is none."""

_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_END_OF_OPTIONS: Final = "--"
_SHELLS: Final = frozenset({"sh", "bash", "dash", "zsh", "ksh", "fish"})


class UnfitValue(ValueError):
    """Raised when a value cannot be an argument; its text is a sentence."""


def placeholder(argument: str) -> str | None:
    """Return the name of the placeholder that an argument is; None: it is text."""
    found = _PLACEHOLDER.fullmatch(argument)
    return found[1] if found else None


def embedded(argument: str, names: Sequence[str]) -> str | None:
    """Return the first of `names` that is a placeholder within a longer argument, where it is not replaced."""
    inside = (found[1] for found in _PLACEHOLDER.finditer(argument) if found[0] != argument)
    return next((name for name in inside if name in names), None)


def is_run(argv: Sequence[str], place: int) -> bool:
    """Return whether the argument at `place` is the program, or what a shell runs: its script, or the file of one."""
    return place == 0 or (Path(argv[0]).name in _SHELLS and all(word.startswith("-") for word in argv[1:place]))


def fill_arguments(argv: Sequence[str], values: Values) -> tuple[str, ...]:
    """Replace each argument that is a placeholder of `values` by its value, with control characters made visible.

    Nothing is joined, split or quoted. Raises UnfitValue for a value that there is not, and for one that the program would
    take for an option: one that begins with `-`, unless a `--` comes before it. A path is absolute.
    """
    filled: list[str] = []
    for argument in argv:
        name = placeholder(argument)
        filled.append(argument if name is None or name not in values else _filled(name, values[name], filled))
    return tuple(filled)


def _filled(name: str, value: str | Path | None, before: Sequence[str]) -> str:
    if value is None:
        raise UnfitValue(f"there is no {{{name}}} here")
    if isinstance(value, Path):
        return str(value)
    if value.startswith("-") and _END_OF_OPTIONS not in before[1:]:
        words = f'{{{name}}} begins with "-" and would be an option: put "--" before it in run, or read it from stdin'
        raise UnfitValue(words)
    return safe_unlimited(value)


# A sentence for a chat or a phone, from texts of the user and of the server.

_ADDRESSING: Final = str.maketrans({"<": "‹", ">": "›", "@": "＠"})
_LONGEST: Final = 500


def message(words: str) -> SafeText:
    """Return `words` as a message that addresses nobody: chats take `@everyone` and `<!channel>` for commands. It begins
    with a word of ours, so that it is never an option."""
    return one_line(f"Cordage: {words}".translate(_ADDRESSING), _LONGEST)
