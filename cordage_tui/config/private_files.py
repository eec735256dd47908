"""Reading and writing the settings' files: bounded, private, and whole or not at all."""

import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cordage_tui.config.errors import ConfigError
from cordage_tui.domain.base.file_system import make_private_dir

MAX_BYTES: Final = 1_000_000
"""A settings file larger than this is not one."""

_LOCK_WAIT_S: Final = 2.0
_MARK: Final = b"\xef\xbb\xbf"


def read_text(path: Path, *, private: bool = False) -> str | None:
    """Return the file's text without a byte order mark, or None when there is no such file.

    `private`: it holds secrets, so others must not be able to read it. Raises ConfigError for anything that is not a
    readable UTF-8 file of at most `MAX_BYTES`, and for one that others can change (docs/dev/faults.md 160, 161).
    """
    try:
        # O_NONBLOCK: a FIFO without a writer would otherwise block this call forever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            _check_kind(path, os.fstat(descriptor), private)
            data = _read_bounded(descriptor)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _failed("read", path, error) from error
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path} is larger than {MAX_BYTES} bytes.", "It is not a settings file. Check the name.")
    return _decoded(path, data)


def write_private(path: Path, text: str) -> None:
    """Replace the file by `text`: mode 0600 from its creation under any umask, and either old or new after a crash.

    A symbolic link stays one, and its target is replaced. Raises ConfigError; then the old file is untouched.
    """
    try:
        target = path.resolve()
        part = target.with_name(f".{target.name}.{os.urandom(6).hex()}.part")
        make_private_dir(target.parent)
        _write_new(part, text)
        try:
            part.replace(target)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead in a circle
        raise _failed("write", path, error) from error


def toml_text(values: Mapping[str, object]) -> str:
    """Format values as TOML."""
    import tomli_w  # late: only what writes settings needs it

    return tomli_w.dumps(values)


def create_private(path: Path, text: str) -> bool:
    """Write a file that is not there yet, mode 0600. False, and nothing written, when it is. Raises ConfigError."""
    try:
        make_private_dir(path.parent)
        _write_new(path, text)
    except FileExistsError:
        return False
    except OSError as error:
        raise _failed("write", path, error) from error
    return True


@contextmanager
def editing(lock: Path) -> Iterator[None]:
    """Hold off other processes that edit the same files. Raises ConfigError when one does not finish within 2 s."""
    try:
        make_private_dir(lock.parent)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.fchmod(descriptor, 0o600)
    except OSError as error:
        raise _failed("write", lock, error) from error
    try:
        try:
            _wait_for(descriptor)
        except OSError as error:
            raise ConfigError(
                f"{lock} cannot be locked ({error.strerror}): its file system has no flock.",
                "Choose another folder for data: XDG_DATA_HOME. Or edit the settings by hand.",
            ) from error
        yield
    finally:
        os.close(descriptor)


def _read_bounded(descriptor: int) -> bytes:
    """Read up to one byte more than `MAX_BYTES`, so that too large a file is detected."""
    data = bytearray()
    while len(data) <= MAX_BYTES and (chunk := os.read(descriptor, MAX_BYTES + 1 - len(data))):
        data += chunk
    return bytes(data)


def _wait_for(descriptor: int) -> None:
    import fcntl  # only who writes waits

    deadline = time.monotonic() + _LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise ConfigError("Another cordage-tui is changing the settings.", "Try again in a moment.") from error
        time.sleep(0.02)


def _write_new(path: Path, text: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)
            file.write(text.encode(errors="surrogateescape"))  # bytes that were read as such
            file.flush()
            os.fsync(descriptor)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_kind(path: Path, status: os.stat_result, private: bool) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise ConfigError(f"{path} is a folder, not a file.", "Name a file.")
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"{path} is not a regular file.", "Name a regular file; pipes and devices are not read.")
    if private and status.st_mode & 0o077:
        raise ConfigError(
            f"Others on this machine can read {path} (mode {status.st_mode & 0o777:04o}), and it holds an API key.",
            f"Run: chmod 600 {path}. If others use this machine, make a new key in the workspace settings.",
        )
    if status.st_mode & 0o002:
        raise ConfigError(f"Anyone on this machine can change {path}.", f"Run: chmod o-w {path}")
    folder = path.resolve().parent
    around = folder.stat()
    if around.st_mode & 0o002 and not (around.st_mode & stat.S_ISVTX and status.st_uid == os.geteuid()):
        raise ConfigError(f"Anyone on this machine can replace the files in {folder}.", f"Run: chmod o-w {folder}")


def _decoded(path: Path, data: bytes) -> str:
    data = data.removeprefix(_MARK)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise ConfigError(
            f"{path}:{line}:{column}: byte {data[error.start]:#04x} is not UTF-8.", "Save the file as UTF-8."
        ) from error


def _failed(verb: str, path: Path, error: OSError | ValueError | RuntimeError) -> ConfigError:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return ConfigError(f"Cannot {verb} {path}: {reason}.", "Check the path, its permissions and the space on the disk.")
