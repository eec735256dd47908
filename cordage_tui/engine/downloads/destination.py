"""Destination of a download: folder, path template, file names."""

import stat
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.download import DownloadJob, numbered, path_template
from cordage_tui.domain.run import RunRow
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.downloads.errors import DownloadError
from cordage_tui.engine.downloads.part_file import try_folder
from cordage_tui.engine.nonblocking_waits import daemon_thread_future

TRIAL_S: Final = 10.0
"""Seconds that a folder has to take a test file."""


class InvalidDestination(DownloadError):
    """Unusable folder or template; nothing was enqueued."""


@dataclass(frozen=True, slots=True)
class DownloadDestination:
    """Folder of downloads, and the path template below it."""

    folder: Path
    """Absolute path; created with the first file."""
    template: str
    """See `domain.download`."""


def checked_target(folder: Path, template: str) -> DownloadDestination:
    """Check a folder and a template. Raises InvalidDestination.

    A relative folder is below the working directory; `~` is the user's home.
    """
    try:
        whole = folder.expanduser().absolute()
        str(whole).encode()
        template = path_template(template).text
    except RuntimeError as error:
        raise InvalidDestination(f"There is no home folder for {one_line(str(folder))}") from error
    except OSError as error:
        raise InvalidDestination("The working directory is gone. Name a folder that begins with /") from error
    except UnicodeEncodeError as error:
        raise InvalidDestination(
            f"The name of the folder {one_line(str(folder))} is not valid text. Choose another"
        ) from error
    except ValueError as error:
        raise InvalidDestination(f"The template {error}") from error
    _check_kind(whole)
    return DownloadDestination(whole, template)


def destination_of(
    session: EngineContext, folder: Path | None = None, template: str | None = None
) -> DownloadDestination:
    """Return the destination by the settings, unless `folder` or `template` is given. Raises InvalidDestination."""
    settings, paths = session.settings.downloads, session.paths
    chosen = folder or (settings.place(paths) if paths else settings.folder)
    if chosen is None:
        raise InvalidDestination("No folder is set for downloads. Name one")
    return checked_target(chosen, template or settings.template)


def tried_target(folder: Path, template: str, limit_s: float = TRIAL_S) -> DownloadDestination:
    """Check a destination like `checked_target`, also by writing a file there. Blocks for at most `limit_s` seconds: on a
    dead mount the system answers nothing at all. Raises InvalidDestination."""

    def trial() -> DownloadDestination:
        target = checked_target(folder, template)
        try:
            try_folder(target.folder)
        except OSError as error:
            raise _unusable(target.folder, error) from error
        return target

    try:
        return daemon_thread_future(trial, "folder trial").result(limit_s)
    except TimeoutError as error:
        problem = (
            f"The folder {one_line(str(folder), 300)} has not responded for {limit_s:.0f} s. Check its disk or mount"
        )
        raise InvalidDestination(problem) from error


def _check_kind(folder: Path) -> None:
    try:
        mode = folder.stat().st_mode
    except FileNotFoundError:
        return  # it is made when the first file comes
    except OSError as error:
        raise _unusable(folder, error) from error
    if not stat.S_ISDIR(mode):
        raise InvalidDestination(f"{one_line(str(folder), 300)} is not a folder. Choose another")


def _unusable(folder: Path, error: OSError) -> InvalidDestination:
    reason = error.strerror or type(error).__name__
    return InvalidDestination(f"Nothing can be written to the folder {one_line(str(folder), 300)}: {reason}")


# File names.


@dataclass(frozen=True, slots=True)
class DownloadNames:
    """Names of one download's files, below the user's folder."""

    folders: tuple[str, ...]
    stem: str
    id: int
    """Id of the download, which makes the part's name unique."""

    @classmethod
    def of(cls, load: DownloadJob, run: RunRow, profile: Profile) -> "DownloadNames":
        """Fill in the download's template, with local times. An existing part stays in its place."""
        *folders, stem = path_template(load.template).filled(_fields(load, run, profile))
        begun = load.part or load.path
        if begun is not None:
            *folders, _ = begun.split("/")
        return cls(tuple(folders), stem, load.id)

    @property
    def note(self) -> str:
        """Name of the sidecar until it is complete."""
        return f"{self.stem}.{self.id}.json.part"

    def parts(self) -> Iterator[str]:
        """Names for the part, the best first."""
        yield f"{self.stem}.{self.id}.part"
        yield from (f"{self.stem}.{self.id}-{number}.part" for number in count(2))

    def names(self, suffix: str) -> Iterator[str]:
        """Names for the complete file, the best first."""
        first = self.stem + suffix
        yield first
        yield from (numbered(first, number) for number in count(2))

    def below(self, name: str) -> str:
        """Path of a file below the user's folder."""
        return "/".join((*self.folders, name))


def _fields(load: DownloadJob, run: RunRow, profile: Profile) -> dict[str, str]:
    created = _here(run.created_at)
    return {
        "webhook": profile.label(run.webhook_key),
        "profile": profile.name,
        "date": time.strftime("%Y-%m-%d", created),
        "time": time.strftime("%H-%M-%S", created),
        "run": run.short_id or f"row-{run.id}",
        "n": str(load.number),
        "prompt": run.prompt,
    }


def _here(epoch: float) -> time.struct_time:
    """Local time; the epoch for a time that the calendar does not have."""
    try:
        return time.localtime(epoch)
    except (ValueError, OverflowError, OSError):
        return time.localtime(0)
