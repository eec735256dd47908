"""Certificate authorities that the user names: their files are looked at before anything connects."""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cordage_tui.config.errors import ConfigError
from cordage_tui.domain.base.environment import CERTIFICATE_VARIABLES
from cordage_tui.domain.base.file_system import is_folder

_LARGEST: Final = 16 << 20
"""Bytes; all authorities of a system take a quarter of one MiB."""
_BEGIN: Final = rb"-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----"
_FORM: Final = "in PEM form, which has a line BEGIN CERTIFICATE"


def check_authorities(ca_file: Path | None, environ: Mapping[str, str]) -> None:
    """Check the certificate files that `ca_file`, `SSL_CERT_FILE` or `SSL_CERT_DIR` name.

    Raises ConfigError if one cannot be read or has no certificate; the usual authorities never take its place.
    Whether the certificates work shows at the first connection, because loading them takes milliseconds.
    """
    file, folders = CERTIFICATE_VARIABLES
    if ca_file is not None and (problem := _problem_of(ca_file)):
        raise ConfigError(f"ca_file in [network]: {ca_file} {problem}.", f"Name a file of authorities {_FORM}.")
    if (named := environ.get(file)) and (problem := _problem_of(Path(named))):
        raise ConfigError(f"{file}: {named} {problem}.", f"Unset it, or name a file of authorities {_FORM}.")
    if (named := environ.get(folders)) and not any(map(is_folder, map(Path, named.split(os.pathsep)))):
        raise ConfigError(
            f"{folders}: {named} is not a folder.", "Unset it, or name a folder that c_rehash has made ready."
        )


def _problem_of(path: Path) -> str | None:
    """Return the problem with a file of certificates, as a predicate; None: no problem."""
    try:
        with open(path, "rb", opener=_open) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return "is not a file"
            text = file.read(_LARGEST)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return f"cannot be read: {reason}"
    return None if re.search(_BEGIN, text) else "has no certificate in it"


def _open(path: str, flags: int) -> int:
    """Open without waiting: a FIFO would block forever."""
    return os.open(path, flags | os.O_NONBLOCK)
