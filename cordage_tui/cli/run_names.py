"""The run that a person means: the beginning of its id, or `@` and the number of a row that has no run yet."""

import re
from collections.abc import Iterable
from typing import Final

from cordage_tui.cli.errors import UsageError
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.domain.text import one_line
from cordage_tui.store.run_listing import RunFilter, RunListing

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
    found = listing.row_of(profile, RowId(int(row[1]))) if row else None
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
