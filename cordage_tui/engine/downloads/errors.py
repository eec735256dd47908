"""Errors of downloads, and disk I/O in a thread."""

import asyncio
import errno
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar, TypeVarTuple

from cordage_tui.domain.formatting import amount
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.errors import join_sentences

_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_REFUSED: Final = (errno.EACCES, errno.EPERM, errno.EROFS)
_IN_THE_WAY: Final = (errno.ELOOP, errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENXIO)


class DownloadError(Exception):
    """Base of the errors that are shown to the user as a sentence."""

    def __init__(self, message: str) -> None:
        self.what: SafeText = join_sentences(message)
        super().__init__(self.what)


class DiskError(DownloadError):
    """File that cannot be written or read. It is not retried; the downloaded part is kept."""


class PermanentDownloadError(DownloadError):
    """Failure that a retry would not change."""


class DownloadCancelled(Exception):
    """Download that the user has taken off the list; its part is to be removed."""


def worded(error: OSError, folder: Path) -> DiskError:
    """Turn an OSError into a sentence about the user's `folder`."""
    shown_folder = one_line(str(folder), 300)
    if error.errno in _FULL:
        return DiskError(
            f"The disk that holds {shown_folder} is full. The finished part is kept. Make room or choose another folder, then retry"
        )
    if error.errno in _REFUSED:
        return DiskError(
            f"Nothing can be written to {shown_folder} ({error.strerror}). Fix that or choose another folder, then retry"
        )
    if error.errno in _IN_THE_WAY:
        return DiskError(
            f"In {shown_folder} there is a link or a file in place of a folder; links are not followed. Choose another folder"
        )
    return DiskError(
        f"The disk that holds {shown_folder} reports an error ({error.strerror}). The finished part is kept"
    )


def no_room(folder: Path, needed: int, free: int) -> DiskError:
    """Error for a file that does not fit on the disk with a reserve left free."""
    sizes = f"{amount(needed)} more would be needed, {amount(max(0, free))} are free"
    return DiskError(
        f"The disk that holds {one_line(str(folder), 300)} has too little space: {sizes}. Make room or choose another folder, then retry"
    )


T = TypeVar("T")
Args = TypeVarTuple("Args")


async def run_disk_io(folder: Path, deed: Callable[[*Args], T], *args: *Args) -> T:
    """Run blocking I/O in a thread. Raises FileExistsError unchanged, and any other OSError as DiskError.

    A cancelled caller waits for the thread, so that no descriptor is closed and reused while the thread writes to it.
    """
    work = asyncio.get_running_loop().run_in_executor(None, deed, *args)
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        while not work.done():
            try:
                await asyncio.wait([work])
            except asyncio.CancelledError:
                continue
        raise
    except FileExistsError:
        raise
    except OSError as error:
        raise worded(error, folder) from error
