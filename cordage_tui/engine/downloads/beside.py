"""Work on the disk, beside the event loop."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from cordage_tui.engine.downloads.trouble import worded

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
