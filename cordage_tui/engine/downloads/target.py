"""Where downloads go."""

from pathlib import Path

from cordage_tui.domain.path_template import path_template
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.value import dataclass
from cordage_tui.engine.words import sentences


class BadTarget(Exception):
    """The folder or the template cannot be used; nothing was asked for."""

    def __init__(self, what: str) -> None:
        self.what: SafeText = sentences(what)
        super().__init__(self.what)


@dataclass(frozen=True, slots=True)
class Target:
    """A folder, and what files are called below it."""

    folder: Path
    """Absolute; it may not be there yet."""
    template: str
    """See `domain.path_template`."""


def checked_target(folder: Path, template: str) -> Target:
    """Raises BadTarget. A relative folder is one below where the program was started; `~` is the user's home."""
    try:
        whole = folder.expanduser().absolute()
        str(whole).encode()
        template = path_template(template).text
    except RuntimeError as error:
        raise BadTarget(f"There is no home folder for {one_line(str(folder))}") from error
    except UnicodeEncodeError as error:
        raise BadTarget(f"The name of the folder {one_line(str(folder))} is no text. Choose another") from error
    except ValueError as error:
        raise BadTarget(f"The template {error}") from error
    if whole.exists() and not whole.is_dir():
        raise BadTarget(f"{one_line(str(whole))} is no folder. Choose another")
    return Target(whole, template)
