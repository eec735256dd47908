"""Errors of downloads, and disk I/O in a thread."""

import asyncio
import errno
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar, TypeVarTuple

from cordage_tui.domain.formatting import amount
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.errors import join_sentences

# What the disk has against a download, in words for the user.

_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_REFUSED: Final = (errno.EACCES, errno.EPERM, errno.EROFS)
_IN_THE_WAY: Final = (errno.ELOOP, errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENXIO)


class DiskError(Exception):
    """A file cannot be written or read. Trying again by itself would not help; what has been loaded is kept."""

    def __init__(self, what: str) -> None:
        self.what: SafeText = join_sentences(what)
        super().__init__(self.what)


def worded(error: OSError, folder: Path) -> DiskError:
    """`error` as a person should read it, who chose `folder`."""
    where = one_line(str(folder), 300)
    if error.errno in _FULL:
        return DiskError(
            f"The disk that holds {where} is full. What was loaded is kept; make room or choose another folder, then try again"
        )
    if error.errno in _REFUSED:
        return DiskError(
            f"Nothing can be written to {where} ({error.strerror}). Mend that or choose another folder, then try again"
        )
    if error.errno in _IN_THE_WAY:
        return DiskError(
            f"In {where} a link or a file stands where a folder should be; links are not followed there. Choose another folder"
        )
    return DiskError(f"The disk that holds {where} reports an error ({error.strerror}). What was loaded is kept")


def no_room(folder: Path, needed: int, free: int) -> DiskError:
    """There is less room than a file will need, and something is to be left over."""
    sizes = f"{amount(needed)} more would be needed, {amount(max(0, free))} are free"
    return DiskError(
        f"The disk that holds {one_line(str(folder), 300)} has too little room: {sizes}. Make room or choose another folder, then try again"
    )


# How a try can end, besides well and with what storage and disk say.


class PermanentDownloadError(Exception):
    """Trying again by itself would not help."""

    def __init__(self, what: str) -> None:
        self.what: SafeText = join_sentences(what)
        super().__init__(self.what)


class DownloadCancelled(Exception):
    """The user has taken it off the list; nothing of it is to be left."""


# Work on the disk, beside the event loop.

T = TypeVar("T")
Args = TypeVarTuple("Args")


async def run_disk_io(folder: Path, deed: Callable[[*Args], T], *args: *Args) -> T:
    """Does it in a thread. A caller that is cancelled meanwhile waits for its end: what is closed under a thread's hands could
    be another file by then. Raises FileExistsError as it is, every other OSError as DiskError."""
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
