"""Takes away what is left of a download that nobody wants any more."""

from contextlib import suppress
from pathlib import Path

from cordage_tui.domain.file_kind import is_folder
from cordage_tui.engine.downloads.beside import run_disk_io
from cordage_tui.engine.downloads.trouble import DiskError


async def clear(folder: Path, part: str | None) -> None:
    """Its part, below its folder; harmless when there is none."""
    if part is not None:
        with suppress(DiskError):  # whoever cannot remove it has been told why before
            await run_disk_io(folder, _remove, folder, part)


def _remove(folder: Path, part: str) -> None:
    from cordage_tui.engine.downloads.disk import SafeDirectory

    *folders, name = part.split("/")
    if is_folder(folder.joinpath(*folders)):
        with SafeDirectory.below(folder, folders) as place:
            place.remove(name)
