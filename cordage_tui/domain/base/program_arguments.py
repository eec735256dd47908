"""Arguments of a user's program: placeholders, and the values that replace them."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from cordage_tui.domain.safe_text import SafeText, one_line, safe_unlimited

Values: TypeAlias = Mapping[str, str | Path | None]
"""Name of a placeholder → its value; None: there is none."""

_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_END_OF_OPTIONS: Final = "--"
_SHELLS: Final = frozenset({"sh", "bash", "dash", "zsh", "ksh", "fish"})


class UnfitValue(ValueError):
    """Raised when a value cannot be an argument; its text is a sentence."""


def placeholder(argument: str) -> str | None:
    """Return the name of the placeholder that an argument is; None: it is text."""
    match = _PLACEHOLDER.fullmatch(argument)
    return match[1] if match else None


def embedded(argument: str, names: Sequence[str]) -> str | None:
    """Return the first of `names` that is a placeholder within a longer argument, and so is not replaced."""
    inside = (match[1] for match in _PLACEHOLDER.finditer(argument) if match[0] != argument)
    return next((name for name in inside if name in names), None)


def is_run(argv: Sequence[str], place: int) -> bool:
    """Return whether the argument at `place` is the program, or a shell's script or script file."""
    return place == 0 or (Path(argv[0]).name in _SHELLS and all(word.startswith("-") for word in argv[1:place]))


def fill_arguments(argv: Sequence[str], values: Values) -> tuple[str, ...]:
    """Replace each argument that is a placeholder of `values` with its value, and make control characters visible.

    No argument is joined, split or quoted. Raises UnfitValue for a missing value. Also raises it for one that begins
    with `-`, unless a `--` comes before it, because the program would take it for an option. A path is absolute.
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
        problem = f'{{{name}}} begins with "-" and would be an option: put "--" before it in run, or read it from stdin'
        raise UnfitValue(problem)
    return safe_unlimited(value)


# A sentence for a chat or a phone, from texts of the user and of the server.

_ADDRESSING: Final = str.maketrans({"<": "‹", ">": "›", "@": "＠"})
_LONGEST: Final = 500


def message(text: str) -> SafeText:
    """Return `text` as a message that addresses no one: chats take `@everyone` and `<!channel>` for commands.

    It begins with `Cordage:`, so it is never an option.
    """
    return one_line(f"Cordage: {text}".translate(_ADDRESSING), _LONGEST)
