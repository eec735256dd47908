"""Candidates of shell completion for filters."""

from collections.abc import Iterator, Sequence

from cordage_tui.cli.base.where_option import filter_conditions
from cordage_tui.domain.filter.completion import complete
from cordage_tui.domain.filter.expression import value_text
from cordage_tui.domain.filter.parser import parse_filter
from cordage_tui.domain.webhook import Profile
from cordage_tui.store.file.database import Database


def authors(profile: Profile, database: Database) -> Sequence[str]:
    """Return the authors of runs. Raises StoreError."""
    return filter_conditions(database).vocabulary(profile.names).authors


def filter_endings(current: str, profile: Profile, database: Database) -> Iterator[str]:
    """Complete the last word of a filter to names and values, as `/` in the app does. Raises StoreError."""
    vocabulary = filter_conditions(database).vocabulary(profile.names)
    completion = complete(current, len(current), parse_filter(current, vocabulary), vocabulary)
    for ending in completion.candidates:
        text = ending if completion.field is None else value_text(ending)
        yield f"{current[: completion.start]}{text}"
