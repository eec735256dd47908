"""How an error reads on stderr: what happened; what it means; what to do next."""

import re
import sys
from typing import Final

from cordage_tui.domain.text import safe

_KEY_LIKE: Final = re.compile(r"cordage_[A-Za-z0-9_-]+")


class UsageError(Exception):
    """The command line was used in a way that cannot be meant."""

    def __init__(self, happened: str, advice: str) -> None:
        """Words may quote what was typed: what looks like an API key is taken out of them."""
        self.happened = _KEY_LIKE.sub("cordage_…", happened)
        self.advice = advice
        super().__init__(self.happened)


def complain(happened: str, meaning: str, advice: str) -> None:
    """Print an error. Text from outside is made safe here."""
    words = [f"cordage-tui: {happened}", f"  {meaning}", f"  {advice}"]
    print("\n".join(safe(line) for line in words if line.strip()), file=sys.stderr)


def remark(words: str) -> None:
    """Say something on stderr that is no error."""
    print(safe(words), file=sys.stderr)
