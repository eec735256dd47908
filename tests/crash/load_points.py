"""Named places in a download at which its process can die, and two deliberate faults."""

import os
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

from cordage_tui.engine.downloads.destination import DownloadNames
from cordage_tui.engine.downloads.part_file import PartFile, SafeDirectory
from cordage_tui.store.downloads import DownloadJobs
from tests.crash.failpoints import Fuse, around_commits, named

COMMITS: Final = ("claim", "begun", "progress", "naming", "done", "later", "recover")
"""Methods of `DownloadJobs`, each of them one commit."""
DISK: Final = ("create", "write", "sync", "rename")
NOTE: Final = "sidecar "
NAMES: Final = (
    *(f"{when} {name}" for name in COMMITS for when in ("before", "after")),
    *(f"{when} {name}" for name in DISK for when in ("before", "after")),
    *(f"{when} {NOTE}{name}" for name in ("write", "sync", "rename") for when in ("before", "after")),
    "linked",
)
"""All places. `linked`: the file has its final name and that of the part."""


class Fault(StrEnum):
    """The kinds of deliberate faults."""

    FORGETS = "forgets what it was about to call a file"
    SHORT = "loads under the final name"


def arm(fuse: Fuse) -> None:
    """Let this process pass `fuse` at each place."""
    for name in COMMITS:
        setattr(DownloadJobs, name, named(getattr(DownloadJobs, name), name))
    around_commits(fuse)
    _around(fuse, PartFile, "write", lambda part, *_: _of(part.name, "write"))
    _around(fuse, PartFile, "sync", lambda part: _of(part.name, "sync"))
    _around(fuse, SafeDirectory, "create", lambda place, name: _of(name, "create"))
    _around(fuse, SafeDirectory, "rename", lambda place, name, to: _of(name, "rename"))
    link = os.link

    def linked(*args: Any, **about: Any) -> None:
        link(*args, **about)
        fuse.passes("linked")

    os.link = linked


def spoil(fault: Fault) -> None:
    """Install this fault in this process."""
    if fault is Fault.FORGETS:
        DownloadJobs.naming = lambda self, load, path, size, sha256: True  # type: ignore[method-assign]
        return
    parts = DownloadNames.parts
    DownloadNames.parts = lambda naming: (name.replace(".part", ".png") for name in parts(naming))  # type: ignore[method-assign,return-value]


def _of(name: str, deed: str) -> str:
    return f"{NOTE}{deed}" if name.endswith(".json.part") else deed


def _around(fuse: Fuse, owner: type, method: str, name: Callable[..., str]) -> None:
    original = getattr(owner, method)

    def wrapped(*args: Any) -> Any:
        fuse.passes(f"before {name(*args)}")
        result = original(*args)
        fuse.passes(f"after {name(*args)}")
        return result

    setattr(owner, method, wrapped)
