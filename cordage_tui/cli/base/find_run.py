"""Runs by the names that users type: a row, an id, or the beginning of one."""

import re
from collections.abc import Iterable
from typing import Final

from cordage_tui.cli.base.errors import UsageError
from cordage_tui.config.errors import suggest
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.domain.safe_text import one_line
from cordage_tui.store.runs.run_listing import RunFilter, RunListing
from cordage_tui.store.runs.run_lookup import RunRows

# Runs named by the start of their id, or by `@` and the row number before there is an id.

_ROW: Final = re.compile(r"@(\d{1,15})", re.ASCII)
_SHOWN: Final = 5
"""Number of ambiguous runs that an error lists."""
_UNASKED: Final = 4
"""Least characters of an id without confirmation."""
_RECENT: Final = 200
"""Number of newest runs searched for the nearest match."""


def find_run(listing: RunListing, rows: RunRows, profile: str, word: str) -> RunRow:
    """Find the run that `word` names. Raises UsageError if there is none, with the nearest match, or more than one."""
    word = word.strip()
    row = _ROW.fullmatch(word)
    numbered = rows.run(RowId(int(row[1])), profile) if row else None
    matches = [numbered] if numbered else []
    if word and not row:
        matches = listing.beginning_with(profile, word, _SHOWN + 1)
    if len(matches) == 1:
        return matches[0]
    exact = [match for match in matches if match.run_id == word]
    if len(exact) == 1:
        return exact[0]
    if matches:
        ids = ", ".join(one_line(match.run_id or "", 60) for match in matches[:_SHOWN])
        raise UsageError(f"{word!r} matches several runs: {ids} …", "Give more of the id.")
    if row:
        raise UsageError(f"There is no run {word!r} here.", "See: cordage-tui runs")
    raise UsageError(f"No run here begins with {word!r}.{_near(listing, profile, word)}", "See: cordage-tui runs")


def find_runs(listing: RunListing, rows: RunRows, profile: str, word: str) -> list[RunRow]:
    """Find the run that `word` names, or the runs of the batch with that number. Raises UsageError as `find_run` does."""
    batch = _ROW.fullmatch(word.strip())
    members = listing.newest(RunFilter(profile, batch=RowId(int(batch[1])))) if batch else []
    return members or [find_run(listing, rows, profile, word)]


def check_long_enough(words: Iterable[str], option: str = "") -> None:
    """Raise UsageError for an id so short that it may match by chance, before a command acts without a question.

    `option`: the option that suppresses the question.
    """
    for word in map(str.strip, words):
        if len(word) < _UNASKED and not _ROW.fullmatch(word):
            least = f"At least {_UNASKED} characters of an id are needed{f' with {option}' if option else ''}"
            advice = f"Give more of the id{f', or omit {option}' if option else ''}."
            raise UsageError(f"{least}: {one_line(word, 20)!r} is too short.", advice)


def _near(listing: RunListing, profile: str, word: str) -> str:
    recent = listing.newest(RunFilter(profile, limit=_RECENT))
    return suggest(word, [one_line(row.run_id[: max(4, len(word))]) for row in recent if row.run_id])
