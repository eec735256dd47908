"""A text that no clipboard takes, written to a file of the user's own."""

import os
import time
from pathlib import Path
from typing import Final

_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_aside(folder: Path, text: str, now: float) -> Path:
    """Writes `text` to a new file in `folder` that only the user can read, named for the moment `now` (epoch seconds).

    Raises OSError; nothing that is there is ever written over.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y-%m-%d-%H%M%S", time.localtime(now))
    for number in range(1, 100):
        path = folder / f"copied-{stamp}{'' if number == 1 else f'-{number}'}.txt"
        try:
            descriptor = os.open(path, _FLAGS, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        return path
    raise FileExistsError(f"{folder} has a hundred such files already")
