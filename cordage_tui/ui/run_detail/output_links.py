"""Outputs of a run as numbered links that the terminal can open, and their files."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from textual.content import Content
from textual.style import Style

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.run import RowId, RunDetail, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import veil_link
from cordage_tui.domain.urls import OutputUrl, checked_link
from cordage_tui.ui.run_detail.text_layout import middle_cut, wrapped
from cordage_tui.ui.widgets.text import literal, short_path

# Targets of the numbered links, which terminals follow (OSC 8).

HOLD_S: Final = 300.0
"""Seconds for which a file keeps its link although its URL is signed again: each new link is written to the terminal."""


_MADE_VISIBLE: Final = "[\u2400-\u2426]|<U\\+[0-9A-F]+>"
"""Control characters as `safe` shows them. A URL with one of them gets no link."""


@dataclass(frozen=True, slots=True)
class _CachedLink:
    url: str
    link: OutputUrl | None
    since: float
    """Epoch seconds when it was checked."""


class HyperlinkTargets:
    """Checked hyperlinks of outputs. Each URL is checked once, and gets no link if it breaks the rule for URLs."""

    def __init__(self, *, able: bool, loopback: bool) -> None:
        """`able`: whether the terminal takes OSC 8 sequences. `loopback`: whether links may lead to this machine."""
        self.able = able
        self._loopback = loopback
        self._row: RowId | None = None
        self._cached: dict[int, _CachedLink] = {}

    def of(self, row: RowId, number: int, url: SafeText, now: float) -> OutputUrl | None:
        """Return the link of one output of the shown run; None: it may not be followed."""
        if row != self._row:
            self._row, self._cached = row, {}
        cached = self._cached.get(number)
        if cached is None or not (cached.url == url or (_same_file(cached.url, url) and now - cached.since < HOLD_S)):
            cached = self._cached[number] = _CachedLink(url, self._checked(url), now)
        return cached.link

    def _checked(self, url: str) -> OutputUrl | None:
        if re.search(_MADE_VISIBLE, url):
            return None
        try:
            return checked_link(url, loopback=self._loopback)
        except ValueError:
            return None


def _same_file(url: str, other: str) -> bool:
    return url.partition("?")[0] == other.partition("?")[0]


# Numbered links, and the files of downloaded outputs.

MOST: Final = 200
"""Most links that are listed. A run may have ten thousand."""

_ENDED: Final = {
    Status.COMPLETED: SafeText("This run has no outputs."),
    Status.MISSING: SafeText("None seen."),
    Status.UNMATCHED: SafeText("Unknown: it is not clear which run is yours."),
}
_AWAITED: Final = {
    Status.PENDING: SafeText("None yet. The run is waiting to start."),
    Status.KILLING: SafeText("None yet."),
}
_YET: Final = SafeText("None yet. They appear when the run completes.")


def outputs(
    detail: RunDetail,
    width: int,
    now: float,
    links: HyperlinkTargets,
    files: Mapping[int, Path] = MappingProxyType({}),
    copy_key: str = "",
) -> list[Content]:
    """Return a line for each link, cut in the middle, and a line for its downloaded file. Without links, say why.

    Empty for a prompt that never became a run.
    """
    if not detail.outputs:
        return wrapped(_instead(detail.row.status), width, "$quiet")
    digits = len(str(min(MOST, len(detail.outputs))))
    lines: list[Content] = []
    for number, url in enumerate(detail.outputs[:MOST], 1):
        lines.append(_link(number, digits, url, width, links.of(detail.row.id, number, url, now), able=links.able))
        if (path := files.get(number)) is not None:
            lines.append(_file(digits, path, width))
    if (unlisted := len(detail.outputs) - MOST) > 0:
        copy_hint = f"; {copy_key} copies all" if copy_key else ""
        lines.append(literal(SafeText(f"and {unlisted:,} more{copy_hint}"), "$quiet"))
    return lines


def _instead(status: Status) -> SafeText:
    if status.is_active:
        return _AWAITED.get(status, _YET)
    return _ENDED.get(status, SafeText(""))


def _link(number: int, digits: int, url: SafeText, width: int, link: OutputUrl | None, *, able: bool) -> Content:
    """Return a line like `1 image_001.png`: the name of the file is the link.

    Three kinds of URL are shown whole, cut in the middle, without `https://`: one that may not be followed, one without a
    file name, and one with an encoded host (`xn--`). Each linked piece costs the whole URL, so only the name is linked.
    """
    plain = veil_link(url if link is None else one_line(str(link), len(str(link))))
    name = "" if link is None or "xn--" in str(link) else plain.partition("?")[0].rpartition("/")[2]
    room = max(1, width - digits - 1)
    shown = middle_cut(SafeText(name or " ".join(plain.split()).removeprefix("https://")), room)
    cut = shown.rfind("/") + 1
    end = literal(SafeText(shown[cut:]))
    end = end if link is None or not able else linked(end, link)
    number_text = literal(SafeText(f"{number:>{digits}}"), "$accent")
    return Content.assemble(number_text, " ", literal(SafeText(shown[:cut]), "$quiet"), end)


def linked(text: Content, link: OutputUrl) -> Content:
    """Make `text` a hyperlink (OSC 8). The URL was checked, so it is ASCII without control characters.

    Its secret part is in the terminal's memory, and not on the screen.
    """
    return text.stylize(Style(link=str(link)))


def _file(digits: int, path: Path, width: int) -> Content:
    """Return a line like `✔ ~/Downloads/cordage/Sunset/2026-11-25/550e8400-1.png`, cut in the middle."""
    room = max(1, width - digits - 3)
    return Content.assemble(
        " " * (digits + 1), literal(SafeText("✔ "), "$run-done"), literal(middle_cut(short_path(path), room), "$quiet")
    )
