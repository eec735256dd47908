"""Sidecars of downloaded files, and files of earlier downloads. All functions block and raise OSError."""

import hashlib
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from cordage_tui import __version__
from cordage_tui.domain.base.file_system import open_regular
from cordage_tui.domain.download import DownloadJob
from cordage_tui.domain.inputs import prompt_of
from cordage_tui.domain.media_type import HEAD, MediaType, sniff
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.run_json import moment
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.secrets import veil_link
from cordage_tui.engine.downloads.part_file import PartFile, SafeDirectory

# The sidecar `fox.png.json` describes how `fox.png` was made.

SCHEMA: Final = 1
SUFFIX: Final = ".json"


def sidecar(
    detail: RunDetail, output: OutputRef, webhook: str, media: MediaType, size: int, sha256: str, now: float
) -> bytes:
    """Return the sidecar's text. The URL is without its signature, so that a reader of the file cannot fetch it.

    `matched` is "guess" if the run may be somebody else's, and the prompt not that of the file.
    """
    run = detail.row
    content = {
        "schema": SCHEMA,
        "kind": "output",
        "run": run.run_id,
        "matched": run.matched,
        "webhook": webhook,
        "number": output.number,
        "prompt": prompt_of(detail.inputs or {}) or run.prompt,
        "inputs": detail.inputs,
        "parent": detail.parent_run_id,
        "url": veil_link(one_line(output.url, 10_000)),
        "media": media.name,
        "size": size,
        "sha256": sha256,
        "created_at": moment(run.created_at),
        "ended_at": moment(run.ended_at),
        "downloaded_at": moment(now),
        "cordage_tui": __version__,
    }
    return (json.dumps(content, indent=2) + "\n").encode()


def write_sidecar(directory: SafeDirectory, part_name: str, name: str, text: bytes) -> None:
    """Write the sidecar of the file `name`, unless it is there: then an earlier process wrote it."""
    directory.remove(part_name)
    if directory.has(name + SUFFIX):
        return
    part = PartFile.create(directory, part_name)
    try:
        part.write(text)
        part.sync()
    finally:
        part.close()
    try:
        directory.rename(part_name, name + SUFFIX)
    except FileExistsError:
        directory.remove(part_name)


# Existing files.


def is_name_taken(directory: SafeDirectory, name: str) -> bool:
    """Return whether a file or a sidecar of that name exists."""
    return directory.has(name) or directory.has(name + SUFFIX)


def is_renamed(directory: SafeDirectory, name: str, part: str | None, sha256: str) -> bool:
    """Return whether the part has its final name already; a leftover second name of it is removed."""
    if part and directory.is_same(part, name):
        directory.remove(part)
        directory.sync()
        return True
    return not (part and directory.has(part)) and sha256_of(directory.open(name, os.O_RDONLY)) == sha256


def media_type_of(directory: SafeDirectory, name: str) -> MediaType:
    """Return the media type of a file, from its first bytes."""
    fd = directory.open(name, os.O_RDONLY)
    if fd is None:
        return sniff(b"")
    with open(fd, "rb") as file:  # noqa: PTH123  a descriptor
        return sniff(file.read(HEAD))


def sha256_of(fd: int | None) -> str | None:
    """Return the hash of an open file, which is closed; None for None."""
    if fd is None:
        return None
    with open(fd, "rb") as file:  # noqa: PTH123  a descriptor
        return hashlib.file_digest(file, "sha256").hexdigest()


def find_unmodified(jobs: Iterable[DownloadJob]) -> tuple[DownloadJob, Path, MediaType] | None:
    """Return the first job whose file is as it was downloaded, with that file (docs/dev/faults.md 131). Reads the files."""
    for job in jobs:
        if job.path is None or job.sha256 is None:
            continue
        file = job.folder / job.path
        if (media := _media_if_same(file, job.sha256)) is not None:
            return job, file, media
    return None


def _media_if_same(path: Path, sha256: str) -> MediaType | None:
    with suppress(OSError), open_regular(path) as file:
        media = sniff(file.read(HEAD))
        file.seek(0)
        return media if hashlib.file_digest(file, "sha256").hexdigest() == sha256 else None
    return None
