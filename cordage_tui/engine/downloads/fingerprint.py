"""Whether a file is still what it was."""

import hashlib


def sha256_of(fd: int | None) -> str | None:
    """The hash of an open file, which is closed; None for none. Raises OSError."""
    if fd is None:
        return None
    with open(fd, "rb") as file:  # noqa: PTH123  a descriptor
        return hashlib.file_digest(file, "sha256").hexdigest()
