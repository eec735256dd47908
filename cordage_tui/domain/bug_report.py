"""Tracebacks that are safe to print: without the values of variables, because a key may be among them."""

import re
import traceback
from typing import Final

from cordage_tui.domain.text import SafeText, safe

ADVICE: Final = SafeText(
    "cordage-tui ended by a bug of its own. What you submitted is on disk: start it again and it is there.\n"
    "What was being sent just now will show as uncertain; it is not sent again by itself."
)
_KEY_LIKE: Final = re.compile(r"cordage_[A-Za-z0-9_-]{8,}")


def traceback_text(error: BaseException) -> SafeText:
    """Files, lines and the error; no local variables, and nothing that looks like an API key."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return safe(_KEY_LIKE.sub("cordage_…", text))
