"""What is left out when text about a run is shown: signed parts of URLs and the webhook's key are secrets."""

import re
from typing import Final

from cordage_tui.domain.secret import masked
from cordage_tui.domain.text import SafeText, safe

_URL: Final = re.compile(
    r"""://(?P<user>[^ \t\r\n/?#"]*@)?(?P<rest>[^ \t\r\n?#"]*)"""
    r"""(?P<tail>[?#](?:(?!"(?:[\s,}\]]|$))[^ \t\r\n])*)?"""
)
"""A URL ends at white space, or at a quote that ends a JSON string; all else may be part of a signature."""


def redact(text: str, webhook_key: str = "") -> SafeText:
    """`text` made safe, with each URL's user part, query and fragment as `…`, and the webhook key masked.

    FAULTS.md C 129 and D 6: a signed URL lets anybody who sees it fetch the output, a webhook key anybody run it.
    """
    covered = _URL.sub(_cover, safe(text))
    return SafeText(covered.replace(webhook_key, masked(webhook_key)) if webhook_key else covered)


def veil_link(text: SafeText) -> SafeText:
    """An output as `veil` shows it; it is one URL or none, so whatever follows its first `?` or `#` is covered."""
    bare, mark, tail = re.match(r"([^?#]*)([?#]?)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    return SafeText(redact(bare) + (f"{mark}…" if tail else ""))


def _cover(match: re.Match[str]) -> str:
    user, tail = "…@" if match["user"] else "", match["tail"] or ""
    return f"://{user}{match['rest']}" + (f"{tail[0]}…" if len(tail) > 1 else "")
