"""Rows of runs as a table, and the words that name a run."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from cordage_tui.cli.console import GAP, Console, table
from cordage_tui.cli.errors import UsageError
from cordage_tui.domain.formatting import duration, format_age
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.text import one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.store.run_listing import RunFilter, RunListing

# Runs as lines for people.

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


# The run that a person means: the beginning of its id, or `@` and the number of a row that has no run yet.

_ROW: Final = re.compile(r"@(\d{1,15})", re.ASCII)
_SHOWN: Final = 5
"""Of several that could be meant, so many are named."""
_UNASKED: Final = 4
"""Characters of an id that are enough where nobody is asked."""
_RECENT: Final = 200
"""The newest so many runs are looked through for one that was nearly typed."""


def find_run(listing: RunListing, profile: str, word: str) -> RunRow:
    """Raises UsageError where there is none, naming the nearest, or more than one."""
    word = word.strip()
    row = _ROW.fullmatch(word)
    found = listing.row(RowId(int(row[1])), profile) if row else None
    matches = [found] if found else listing.beginning_with(profile, word, _SHOWN + 1) if word and not row else []
    if len(matches) == 1:
        return matches[0]
    exact = [match for match in matches if match.run_id == word]
    if len(exact) == 1:
        return exact[0]
    if matches:
        ids = ", ".join(one_line(match.run_id or "", 60) for match in matches[:_SHOWN])
        raise UsageError(f"{word!r} could be several runs: {ids} …", "Give more of the id.")
    raise UsageError(f"No run here begins with {word!r}.{_near(listing, profile, word)}", "See: cordage-tui runs")


def check_long_enough(words: Iterable[str]) -> None:
    """Raise UsageError for an id so short that it names a run by chance, where nobody is asked before something is done."""
    for word in map(str.strip, words):
        if len(word) < _UNASKED and not _ROW.fullmatch(word):
            least = f"At least {_UNASKED} characters of an id are needed with --yes"
            raise UsageError(
                f"{least}: {one_line(word, 20)!r} is too short.", "Give more of the id, or leave --yes out."
            )


def _near(listing: RunListing, profile: str, word: str) -> str:
    from cordage_tui.config.errors import suggest

    recent = listing.newest(RunFilter(profile, limit=_RECENT))
    return suggest(word, [row.run_id[: max(4, len(word))] for row in recent if row.run_id])
