"""A run's outputs as a numbered list of links."""

from typing import Final

from textual.content import Content

from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.status import Status
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.veil import veil_link
from cordage_tui.ui.detail.layout import middle_cut, wrapped
from cordage_tui.ui.ink import ink

MOST: Final = 200
"""Links that are listed; there may be ten thousand."""

_ENDED: Final = {
    Status.COMPLETED: SafeText("This run has no outputs."),
    Status.LOST: SafeText("None were seen."),
}
_AWAITED: Final = {
    Status.PENDING: SafeText("None yet. The run waits for its turn."),
    Status.KILLING: SafeText("None yet."),
}
_YET: Final = SafeText("None yet. They appear when the run completes.")


def outputs(detail: RunDetail, width: int) -> list[Content]:
    """One line a link, host first and cut in the middle; else what is awaited. Nothing for a run that never was."""
    if not detail.outputs:
        return wrapped(_instead(detail.row.status), width, "$quiet")
    digits = len(str(min(MOST, len(detail.outputs))))
    lines = [_link(number, digits, url, width) for number, url in enumerate(detail.outputs[:MOST], 1)]
    left = len(detail.outputs) - MOST
    return [*lines, ink(SafeText(f"and {left:,} more; Y copies all"), "$quiet")] if left > 0 else lines


def _instead(status: Status) -> SafeText:
    if status.is_active:
        return _AWAITED.get(status, _YET)
    return _ENDED.get(status, SafeText(""))


def _link(number: int, digits: int, url: SafeText, width: int) -> Content:
    """`1 storage.example/outputs/image_001.png`: the file name stands out, the scheme is shown unless it is https."""
    shown = middle_cut(SafeText(" ".join(veil_link(url).split()).removeprefix("https://")), max(1, width - digits - 1))
    cut = shown.rfind("/") + 1
    place, name = SafeText(shown[:cut]), SafeText(shown[cut:])
    return Content.assemble(ink(SafeText(f"{number:>{digits}}"), "$accent"), " ", ink(place, "$quiet"), ink(name))
