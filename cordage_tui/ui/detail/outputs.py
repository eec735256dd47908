"""A run's outputs as a numbered list of links, and where their files are."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from textual.content import Content
from textual.style import Style

from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.run import RunDetail, Status
from cordage_tui.domain.text import SafeText, one_line, veil_link
from cordage_tui.domain.urls import OutputUrl
from cordage_tui.ui.detail.layout import middle_cut, wrapped
from cordage_tui.ui.homely import short_path
from cordage_tui.ui.ink import literal

MOST: Final = 200
"""Links that are listed; there may be ten thousand."""

_ENDED: Final = {
    Status.COMPLETED: SafeText("This run has no outputs."),
    Status.LOST: SafeText("None were seen."),
    Status.SENT: SafeText("Those of its run, which is not told."),
}
_AWAITED: Final = {
    Status.PENDING: SafeText("None yet. The run waits for its turn."),
    Status.KILLING: SafeText("None yet."),
}
_YET: Final = SafeText("None yet. They appear when the run completes.")


@dataclass(frozen=True, slots=True)
class OutputLocations:
    """How outputs are reached from here."""

    link: Callable[[int, SafeText], OutputUrl | None] = lambda number, url: None
    """Of an output by its number and address: where it leads, if that has passed the rule."""
    able: bool = False
    """The terminal takes links."""
    files: Mapping[int, Path] = field(default_factory=dict)
    """What was downloaded, by number."""


NOWHERE: Final = OutputLocations()


def outputs(detail: RunDetail, width: int, reach: OutputLocations = NOWHERE) -> list[Content]:
    """One line a link, host first and cut in the middle, and below it where its file is; else what is awaited. Nothing for a
    run that never was."""
    if not detail.outputs:
        return wrapped(_instead(detail.row.status), width, "$quiet")
    digits = len(str(min(MOST, len(detail.outputs))))
    lines: list[Content] = []
    for number, url in enumerate(detail.outputs[:MOST], 1):
        lines.append(_link(number, digits, url, width, reach))
        if (path := reach.files.get(number)) is not None:
            lines.append(_file(digits, path, width))
    left = len(detail.outputs) - MOST
    return [*lines, literal(SafeText(f"and {left:,} more; Y copies all"), "$quiet")] if left > 0 else lines


def _instead(status: Status) -> SafeText:
    if status.is_active:
        return _AWAITED.get(status, _YET)
    return _ENDED.get(status, SafeText(""))


def _link(number: int, digits: int, url: SafeText, width: int, reach: OutputLocations) -> Content:
    """`1 storage.example/outputs/image_001.png`: the file name stands out and is the link, as each piece of a link costs its
    whole address; the scheme is shown unless it is https. A host beyond ASCII is shown as it is looked up."""
    link = reach.link(number, url)
    plain = veil_link(url if link is None else one_line(str(link), len(str(link))))
    shown = middle_cut(SafeText(" ".join(plain.split()).removeprefix("https://")), max(1, width - digits - 1))
    cut = shown.rfind("/") + 1
    place, name = SafeText(shown[:cut]), SafeText(shown[cut:])
    end = literal(name) if link is None or not reach.able else linked(literal(name), link)
    return Content.assemble(literal(SafeText(f"{number:>{digits}}"), "$accent"), " ", literal(place, "$quiet"), end)


def linked(text: Content, link: OutputUrl) -> Content:
    """`text` as a link (OSC 8) that a terminal follows on a click. Where it leads has passed the rule, so it is ASCII without
    controls; the part that is secret is in the terminal's memory, and not on the screen."""
    return text.stylize(Style(link=str(link)))


def _file(digits: int, path: Path, width: int) -> Content:
    """`✔ ~/Downloads/cordage/Sunset/2026-11-25/550e8400-1.png`, cut in the middle."""
    room = max(1, width - digits - 3)
    return Content.assemble(
        " " * (digits + 1), literal(SafeText("✔ "), "$run-done"), literal(middle_cut(short_path(path), room), "$quiet")
    )
