"""Where downloads go."""

import stat
from pathlib import Path

from cordage_tui.domain.download import path_template
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.words import join_sentences


class InvalidDestination(Exception):
    """The folder or the template cannot be used; nothing was asked for."""

    def __init__(self, what: str) -> None:
        self.what: SafeText = join_sentences(what)
        super().__init__(self.what)


@dataclass(frozen=True, slots=True)
class DownloadDestination:
    """A folder, and what files are called below it."""

    folder: Path
    """Absolute; it may not be there yet."""
    template: str
    """See `domain.download`."""


def checked_target(folder: Path, template: str) -> DownloadDestination:
    """Raises InvalidDestination. A relative folder is one below where the program was started; `~` is the user's home."""
    try:
        whole = folder.expanduser().absolute()
        str(whole).encode()
        template = path_template(template).text
    except RuntimeError as error:
        raise InvalidDestination(f"There is no home folder for {one_line(str(folder))}") from error
    except OSError as error:
        raise InvalidDestination("The folder that this was started in is gone. Name one that begins with /") from error
    except UnicodeEncodeError as error:
        raise InvalidDestination(
            f"The name of the folder {one_line(str(folder))} is no text. Choose another"
        ) from error
    except ValueError as error:
        raise InvalidDestination(f"The template {error}") from error
    _check_kind(whole)
    return DownloadDestination(whole, template)


def tried_target(folder: Path, template: str) -> DownloadDestination:
    """`checked_target`, and a file has been written there and removed. Blocks. Raises InvalidDestination."""
    from cordage_tui.engine.downloads.disk import try_folder

    target = checked_target(folder, template)
    try:
        try_folder(target.folder)
    except OSError as error:
        raise _unusable(target.folder, error) from error
    return target


def _check_kind(folder: Path) -> None:
    try:
        mode = folder.stat().st_mode
    except FileNotFoundError:
        return  # it is made when the first file comes
    except OSError as error:
        raise _unusable(folder, error) from error
    if not stat.S_ISDIR(mode):
        raise InvalidDestination(f"{one_line(str(folder), 300)} is no folder. Choose another")


def _unusable(folder: Path, error: OSError) -> InvalidDestination:
    reason = error.strerror or type(error).__name__
    return InvalidDestination(f"Nothing can be written to the folder {one_line(str(folder), 300)}: {reason}")
