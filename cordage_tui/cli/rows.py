"""Runs as lines for people."""

from collections.abc import Sequence
from typing import Final

from cordage_tui.cli.cells import GAP, table
from cordage_tui.cli.voice import Console
from cordage_tui.domain.formatting import duration, format_age
from cordage_tui.domain.run import RunRow, Status
from cordage_tui.domain.text import one_line
from cordage_tui.domain.webhook import Profile

HEADS: Final = ("RUN", "STATUS", "WEBHOOK", "PROMPT", "AGE", "TIME")
_WIDE: Final = HEADS.index("PROMPT")
_STATUS: Final = HEADS.index("STATUS")

_RED, _GREEN, _YELLOW, _BLUE, _DIM = "31", "32", "33", "34", "2"
_COLOURS: Final = {
    Status.COMPLETED: _GREEN,
    Status.FAILED: _RED,
    Status.REJECTED: _RED,
    Status.RUNNING: _BLUE,
    Status.PENDING: _BLUE,
    Status.CANCELLED: _DIM,
    Status.LOST: _DIM,
}
"""SGR parameters; all others are yellow, as they wait or ask for the user."""


def name_of(row: RunRow) -> str:
    """What a person types for it: the beginning of its run's id, else `@` and the number of its row."""
    return one_line(row.short_id) if row.run_id else f"@{row.id}"


def coloured(text: str, status: Status, voice: Console) -> str:
    """`text` in the status's colour, where there are colours."""
    return sgr(text, _COLOURS.get(status, _YELLOW), voice)


def sgr(text: str, parameter: str, voice: Console) -> str:
    """`text` between an SGR sequence and its end; plain without colours."""
    return f"\x1b[{parameter}m{text}\x1b[0m" if voice.colours else text


def print_rows(rows: Sequence[RunRow], profile: Profile, now: float, voice: Console) -> None:
    """The table, a row a line. For a pipe: no heads, tabs between the cells, nothing cut."""
    if voice.width is None:
        for row in rows:
            voice.print("\t".join(_cells(row, profile, now, whole=True)))
    elif rows:
        cells = table([HEADS, *(_cells(row, profile, now) for row in rows)], voice.width, _WIDE)
        voice.print(sgr(GAP.join(cells[0]).rstrip(), _DIM, voice))
        for row, line in zip(rows, cells[1:], strict=True):
            line[_STATUS] = coloured(line[_STATUS], row.status, voice)
            voice.print(GAP.join(line).rstrip())


def _cells(row: RunRow, profile: Profile, now: float, *, whole: bool = False) -> tuple[str, ...]:
    elapsed = row.elapsed_s(now)
    name = one_line(row.run_id) if whole and row.run_id else name_of(row)
    webhook = one_line(profile.label(row.webhook_key), 200 if whole else 20)
    times = format_age(now - row.created_at), "" if elapsed is None else duration(elapsed)
    return name, row.status_name, webhook, row.prompt.replace("\t", " "), *times
