"""Errors on stderr: what happened, what it means, what to do next."""

import re
from typing import Final

from cordage_tui.cli.parser import PROGRAM
from cordage_tui.cli.stdout import print_message
from cordage_tui.domain.text import SafeText, safe

_KEY_LIKE: Final = re.compile(r"cordage_[A-Za-z0-9_-]+")


def print_error(happened: str, meaning: str, advice: str) -> None:
    """Print an error. Control characters are escaped, and anything like an API key is removed."""
    words = [f"{PROGRAM}: {without_keys(happened)}", *(safe(f"  {line}") for line in (meaning, advice))]
    print_message("\n".join(line for line in words if line.strip()))


def without_keys(words: str) -> SafeText:
    """Escape control characters in `words`, and remove anything like an API key."""
    return safe(_KEY_LIKE.sub("cordage_…", words))
