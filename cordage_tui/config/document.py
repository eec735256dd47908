"""One TOML file, parsed, with the line of each of its keys."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.files import read_text
from cordage_tui.domain.text import one_line

if TYPE_CHECKING:
    from cordage_tui.config.lines import KeyPath, TomlLineIndex

_POSITION: Final = r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$"


class TomlDocument:
    """The values of one file and where they stand in it."""

    def __init__(self, file: Path, text: str = "") -> None:
        """Raises ConfigError with line and column when `text` is not TOML."""
        self.file = file
        self.values: dict[str, Any] = _parsed(file, text)
        self._text = text
        self._lines: TomlLineIndex | None = None

    def place(self, path: "KeyPath") -> str:
        """`file:line` of a key, as editors and terminals understand it."""
        if self._lines is None:
            from cordage_tui.config.lines import TomlLineIndex  # only who complains asks for a line

            self._lines = TomlLineIndex(self._text)
        line = self._lines.line(path)
        return f"{self.file}:{line}" if line else str(self.file)


def read_document(file: Path, *, required: bool = False, private: bool = False) -> TomlDocument:
    """The file parsed; one without values when it does not exist. Raises ConfigError, also when `required` and absent."""
    text = read_text(file, private=private)
    if text is None and required:
        raise ConfigError(f"There is no file {file}.", "Check the name given with --config.")
    return TomlDocument(file, text or "")


def dotted(path: "KeyPath") -> str:
    """A key's full name as messages show it: `profiles.studio.webhooks[1].name`."""
    words = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{one_line(part, 60)}" for part in path)
    return words.removeprefix(".")


def _parsed(file: Path, text: str) -> dict[str, Any]:
    try:
        values: Mapping[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, line, column = _position(str(error), text)
        raise ConfigError(f"{file}:{line}:{column}: {reason}.", "Correct that line.") from error
    except RecursionError as error:
        raise ConfigError(f"{file}: values are nested too deeply.", "Make the file simpler.") from error
    except (ValueError, OverflowError) as error:  # a number or a date that Python cannot hold
        raise ConfigError(f"{file}: {error}.", "Correct that value.") from error
    return dict(values)


def _position(message: str, text: str) -> tuple[str, int, int]:
    """tomllib's words, and the line and column it names at their end (attributes exist only from Python 3.14)."""
    found = re.search(_POSITION, message)
    if found and found.group(1):
        return message[: found.start()], int(found.group(1)), int(found.group(2))
    reason = f"{message[: found.start()]}, and the file ends here" if found else message
    return reason, text.count("\n") + 1, len(text) - text.rfind("\n")
