"""Table of runs."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Final

from cordage_tui.cli.base.console import GAP, Console, table
from cordage_tui.domain.formatting import format_age, time_figure
from cordage_tui.domain.run import GUESSED, MatchedBy, RunRow, Status
from cordage_tui.domain.safe_text import SafeText, one_line, visible_id
from cordage_tui.domain.webhook import Profile

MAY_BE_FOREIGN: Final = "It may be another prompt's, or somebody else's."
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
    Status.MISSING: _DIM,
}
"""SGR parameters by status; all others are yellow, as they wait or need the user."""


def name_of(row: RunRow) -> SafeText:
    """Return the name that a user types for the run."""
    return row.typed_name


def coloured(text: str, status: Status, console: Console) -> str:
    """Colour `text` for `status`, if colours are on."""
    return sgr(text, _COLOURS.get(status, _YELLOW), console)


def sgr(text: str, parameter: str, console: Console) -> str:
    """Wrap `text` in an SGR sequence, if colours are on."""
    return f"\x1b[{parameter}m{text}\x1b[0m" if console.colours else text


def print_rows(rows: Sequence[RunRow], profile: Profile, now: float, console: Console) -> None:
    """Print the table; in a pipe without heads, tab-separated and uncut."""
    if not rows:
        return
    if console.linear:
        from cordage_tui.cli.linear.sentences import FEW, listed_sentence  # late: other commands print no sentences

        if len(rows) > FEW:  # how much there is to hear
            console.print(f"{len(rows):,} runs, the newest first.")
        named = len(profile.webhooks) > 1
        for row in rows:
            console.print(listed_sentence(row, now, profile.label(row.webhook_key) if named else None))
        return
    whole = console.width is None
    label = cache(lambda key: one_line(profile.label(key), 200 if whole else 20))
    heads = (*HEADS, "AUTHOR") if any(row.author for row in rows) else HEADS
    lines = [_cells(row, label, now, whole=whole)[: len(heads)] for row in rows]
    if console.width is None:
        texts = ["\t".join(line) for line in lines]
    else:
        head, *cells = table([heads, *lines], console.width, _WIDE)
        for row, line in zip(rows, cells, strict=True):
            line[_STATUS] = coloured(line[_STATUS], row.status, console)
        texts = [sgr(GAP.join(head).rstrip(), _DIM, console), *(GAP.join(line).rstrip() for line in cells)]
    console.print("\n".join(texts))
    mark_guesses(rows, console)


# Runs that are guesses: one place says so for every command.

_SHOWN: Final = 5
"""Number of guesses that a sentence names."""


def mark_guesses(rows: Iterable[RunRow], console: Console) -> None:
    """Say on stderr which of the rows are guesses; nothing if none is."""
    if words := guess_words(rows, spoken=console.linear):
        console.info(words)


def guess_fields(row: RunRow | None) -> dict[str, object]:
    """Return the JSON fields that mark a run as a guess: how it was found, and what that means."""
    if row is None:
        return {"matched": None, "note": None}
    return {"matched": row.matched, "note": guess_words([row]) or None}


def guess_words(rows: Iterable[RunRow], *, spoken: bool = False) -> str:
    """Say which of the rows are guesses, and how to settle them; empty if none is."""
    guesses = [row for row in rows if row.matched is MatchedBy.GUESS]
    if not guesses:
        return ""
    sign = "" if spoken else f"{GUESSED} "
    names = [f"Run {row.id}" if spoken else name_of(row) for row in guesses[:_SHOWN]]
    if len(guesses) == 1:
        what = f"{names[0]} is a guess: it was found by its time. {MAY_BE_FOREIGN}"
        return f"{sign}{what} Settle it: cordage-tui queue settle {guesses[0].id} --as-guessed or --none-ran"
    more = " …" if len(guesses) > _SHOWN else ""
    what = f"{', '.join(names)}{more} are guesses: they were found by their times. They may be other prompts', or somebody else's."
    return f"{sign}{what} Settle them: cordage-tui queue settle"


def _cells(row: RunRow, label: Callable[[str], str], now: float, *, whole: bool) -> tuple[str, ...]:
    name = visible_id(row.run_id) if whole and row.run_id else name_of(row)
    times = format_age(now - row.created_at), time_figure(row, now)
    return name, row.status_name, label(row.webhook_key), row.marked_prompt.replace("\t", " "), *times, row.author or ""
