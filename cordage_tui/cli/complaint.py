"""How an error reads on stderr: what happened; what it means; what to do next."""

import re
import sys
from typing import Final

from cordage_tui.domain.text import safe

_KEY_LIKE: Final = re.compile(r"cordage_[A-Za-z0-9_-]+")


def complain(happened: str, meaning: str, advice: str) -> None:
    """Print an error. Text from outside is made safe here, and what looks like an API key is taken out of it."""
    words = [f"cordage-tui: {_KEY_LIKE.sub('cordage_…', happened)}", f"  {meaning}", f"  {advice}"]
    print("\n".join(safe(line) for line in words if line.strip()), file=sys.stderr)
