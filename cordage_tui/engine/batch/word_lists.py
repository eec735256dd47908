"""Word lists: text files in the settings' folder, whose lines are alternatives of a pattern such as `{@styles}`."""

import re
from pathlib import Path

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.private_files import read_text
from cordage_tui.engine.batch.pattern import BatchError

_NAMED = 8
"""Lists that an error names at most."""


class WordLists:
    """Word lists of one folder, each read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, tuple[str, ...]] = {}

    def words(self, name: str) -> tuple[str, ...]:
        """Lines of the list, without blank ones and comments (`#`). Raises BatchError."""
        if name not in self._read:
            self._read[name] = self._words(name)
        return self._read[name]

    def _words(self, name: str) -> tuple[str, ...]:
        if "/" in name or ".." in name:
            raise BatchError(f"{{@{name}}}: the name of a word list cannot contain / or ..")
        path = self._folder / f"{name}.txt"
        try:
            text = read_text(path)
        except ConfigError as error:
            raise BatchError(f"{{@{name}}}: {error.happened}") from error
        if text is None:
            raise BatchError(
                f"There is no word list {name!r}. Create {path} with one entry per line. {self._existing()}"
            )
        lines = (line.strip() for line in re.split(r"\r\n|\r|\n", text))
        entries = tuple(line for line in lines if line and not line.startswith("#"))
        if not entries:
            raise BatchError(f"{{@{name}}}: {path} has only blank lines and comments.")
        return entries

    def completed(self, text: str) -> str | None:
        """Complete a text that ends with the beginning of a list's name, `a fox, {@st`, by the first such name; None: there is
        none."""
        before, _, begun = text.rpartition("@")
        possible = (name for name in self.names() if name.startswith(begun) and re.fullmatch(r"[\w.-]{1,60}", name))
        name = next(possible, None)
        return None if name is None else f"{before}@{name}}}"

    def names(self) -> list[str]:
        """List the names of the lists that there are."""
        try:
            return sorted(path.stem for path in self._folder.glob("*.txt"))
        except OSError:
            return []

    def _existing(self) -> str:
        """Name the lists that there are, in a sentence."""
        names = self.names()
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        return f"You have: {', '.join(names[:_NAMED])}{more}." if names else "You have no word lists yet."
