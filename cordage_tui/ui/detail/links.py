"""Where the numbered links of a run lead to when a terminal follows them (OSC 8)."""

import re
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.urls import OutputUrl, checked_link

HOLD_S: Final = 300.0
"""For so long the same file keeps its link, however often it is signed anew: each change would be written to the terminal."""


_MADE_VISIBLE: Final = re.compile("[\u2400-\u2426]|<U\\+[0-9A-F]+>")
"""What `safe` makes of controls: an address that had any breaks the rule."""


@dataclass(frozen=True, slots=True)
class _CachedLink:
    url: str
    link: OutputUrl | None
    since: float
    """Epoch seconds."""


class HyperlinkTargets:
    """The rule of what an output's address may be, asked once for each; what breaks it leads nowhere."""

    def __init__(self, *, able: bool, loopback: bool) -> None:
        """`able`: the terminal takes sequences that it may not know. `loopback`: links may lead to this machine."""
        self.able = able
        self._loopback = loopback
        self._row: RowId | None = None
        self._held: dict[int, _CachedLink] = {}

    def of(self, row: RowId, number: int, url: SafeText, now: float) -> OutputUrl | None:
        """The link of one output of the run on show; None: there is none to follow."""
        if row != self._row:
            self._row, self._held = row, {}
        held = self._held.get(number)
        if held is None or not (held.url == url or (_same_file(held.url, url) and now - held.since < HOLD_S)):
            held = self._held[number] = _CachedLink(url, self._checked(url), now)
        return held.link

    def _checked(self, url: str) -> OutputUrl | None:
        if _MADE_VISIBLE.search(url):
            return None
        try:
            return checked_link(url, loopback=self._loopback)
        except ValueError:
            return None


def _same_file(one: str, other: str) -> bool:
    return one.partition("?")[0] == other.partition("?")[0]
