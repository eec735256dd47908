"""Which of our files a system's opener gets: what is looked at or listened to, and nothing that is run."""

import os
import stat
from pathlib import Path
from typing import Final

from cordage_tui.domain.media_type import HEAD, MediaKind, sniff

_LOOKED_AT: Final = frozenset(MediaKind) - {MediaKind.OTHER}
_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def is_viewable(path: Path) -> bool:
    """Whether `path` is a file of a kind on our list by its first bytes, named as that kind is, and not executable.

    The name decides what the opener does with it, the bytes what it really is (FAULTS.md C 135): both must say the same. A
    link is not followed, a pipe not waited for.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError:
        return False
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode) or mode & 0o111:
            return False
        media = sniff(os.read(descriptor, HEAD))
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return media.kind in _LOOKED_AT and path.suffix == media.suffix
