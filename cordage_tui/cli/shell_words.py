"""What the engine says for the app's keys, said for a shell."""

from typing import Final

_SAID: Final = (
    (" Press x to try again.", " Try again."),
    (" Press e to edit it.", ""),
    ("; press r to try again.", "."),
    ("until you resume: press w.", "until you resume: cordage-tui queue resume."),
)


def for_shell(words: str) -> str:
    """`words` without keys that only the app has."""
    for key, command in _SAID:
        words = words.replace(key, command)
    return words
