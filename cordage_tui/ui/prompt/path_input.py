"""Input for a path, with completion as in a shell."""

import asyncio
import os
from collections.abc import Callable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Final

from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.base.file_system import is_folder
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.nonblocking_waits import start_in_daemon_thread
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.widgets.text import SteadyInput, literal
from cordage_tui.ui.widgets.text_area import editable

MOST_READ: Final = 20_000
"""Most names of a folder that are read."""
MOST_SHOWN: Final = 40
"""Most names in the line of candidates."""

# Names that complete the typed path. Only `list_folder` reads the disk.


@dataclass(frozen=True, slots=True)
class PathCompletion:
    """Names in a folder that begin with the typed text."""

    typed: str
    folder: str
    """Typed text up to its last slash."""
    names: tuple[str, ...] = ()
    """Names in order. The name of a folder ends with a slash."""

    @property
    def taken(self) -> str:
        """Typed text, completed with the letters that all names have in common."""
        first, last = min(self.names, default=""), max(self.names, default="")
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
        return self.folder + first[:same] if self.names else self.typed


def complete_path(typed: str, names: Sequence[str]) -> PathCompletion:
    """Complete `typed` with the names of its folder. Hidden names need a dot at the beginning."""
    folder, start = split_path(typed)
    if typed == "~":
        return PathCompletion(typed, "", ("~/",))
    matches = (name for name in names if name.startswith(start) and (start or not name.startswith(".")))
    return PathCompletion(typed, folder, tuple(matches))


def split_path(typed: str) -> tuple[str, str]:
    """Return the folder with its slash, and the typed beginning of a name in it."""
    folder, slash, start = typed.rpartition("/")
    return folder + slash, start


def list_folder(folder: str) -> tuple[str, ...]:
    """List the names in a folder that can be typed. Names of folders end with a slash. Empty if the folder cannot be read."""
    names: list[str] = []
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:  # noqa: PTH111  it does not raise for `~nobody`
            for entry, _ in zip(entries, range(MOST_READ), strict=False):
                if editable(entry.name) == entry.name and "\n" not in entry.name and entry.name.isprintable():
                    names.append(f"{entry.name}/" if is_folder(Path(entry.path)) else entry.name)
    except OSError:
        return ()
    return tuple(sorted(names))


def candidates_line(found: PathCompletion) -> Content:
    """Return the candidates on one line. The widget cuts it at its right edge."""
    names = [literal(one_line(name, 60), "$accent" if name.endswith("/") else "") for name in found.names[:MOST_SHOWN]]
    more = len(found.names) - len(names)
    if len(found.names) == 1 and found.typed == found.taken:
        return Content("")
    return Content("  ").join([*names, *([literal(SafeText(f"and {more:,} more"), "$quiet")] if more else [])])


# Input widget, and its suggester.


class PathSuggester(Suggester):
    """Suggester of paths. Each folder is read once, in a daemon thread, so that a disk that does not answer blocks nothing."""

    def __init__(self, show: Callable[[PathCompletion], object]) -> None:
        """Create the suggester. `show` is called with the completion of each text."""
        super().__init__(use_cache=False, case_sensitive=True)
        self._show = show
        self._folders: dict[str, asyncio.Future[tuple[str, ...]]] = {}

    async def get_suggestion(self, value: str) -> str | None:
        """Return the text with the first candidate, and show all candidates."""
        completion = complete_path(value, await self._names(split_path(value)[0]))
        self._show(completion)
        return completion.folder + completion.names[0] if completion.names else None

    async def _names(self, folder: str) -> tuple[str, ...]:
        if folder not in self._folders:
            self._folders[folder] = start_in_daemon_thread(lambda: list_folder(folder), "folder")
        return await asyncio.shield(self._folders[folder])


class CompletePath(Action["PathInput"]):
    """Complete the path, as far as all candidates agree."""

    id, keys, word = "path.complete", "tab", "complete"
    in_footer = True

    def run(self, on: "PathInput") -> None:
        on.complete()


class PathInput(ActionNode, SteadyInput):
    """Input whose `tab` completes the path. The rest of the first candidate is shown dim, and `→` inserts it."""

    ACTIONS = (CompletePath(),)
    BINDINGS = bindings_of(ACTIONS)

    class Completed(Message):
        """Candidates for the typed path were found."""

        def __init__(self, found: PathCompletion) -> None:
            super().__init__()
            self.found = found

    def __init__(self, value: str = "", *, id: str | None = None, placeholder: str = "") -> None:
        super().__init__(value, id=id, placeholder=placeholder, compact=True, suggester=PathSuggester(self._find))
        self._found: PathCompletion | None = None
        self._wanted: str | None = None
        """Text to complete as soon as its folder is read."""

    def complete(self) -> None:
        """Complete the typed path, at once or when its folder has been read."""
        if self._found is not None and self._found.typed == self.value:
            self._take(self._found)
        elif self.value:
            self._wanted = self.value
        else:
            self.value = "./"

    def _find(self, found: PathCompletion) -> None:
        if found.typed != self.value:
            return
        self._found = found
        self.post_message(self.Completed(found))
        if self._wanted == found.typed:
            self._take(found)

    def _take(self, completion: PathCompletion) -> None:
        self._wanted = None
        if completion.taken != self.value:
            self.value = completion.taken
        self.cursor_position = len(self.value)
