"""Keys do not leave in words: servers and proxies like to echo the URL or the header they did not like."""

from typing import Final
from urllib.parse import quote

from cordage_tui.domain.secret import Secret, masked
from cordage_tui.domain.text import SafeText, one_line

_SHORTEST: Final = 4
"""Shorter values are words, not keys; replacing them would only garble the text."""


class Redactor:
    """Knows the secrets of one call and takes them out of any text; its own repr shows none."""

    __slots__ = ("_swaps",)

    def __init__(self, key: Secret, webhook_key: str) -> None:
        pairs = ((key.reveal(), str(key)), (webhook_key, masked(webhook_key)))
        self._swaps = tuple(
            (form, shown)
            for value, shown in pairs
            if len(value) >= _SHORTEST
            for form in dict.fromkeys((value, quote(value, safe="", errors="replace")))
        )

    def __repr__(self) -> str:
        return f"Redactor({len(self._swaps)} forms)"

    def line(self, text: str, limit: int = 300) -> SafeText:
        """`text` on one safe line of at most `limit` characters, with no secret in it."""
        for form, shown in self._swaps:
            text = text.replace(form, shown)
        return one_line(text, limit)
