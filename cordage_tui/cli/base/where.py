"""Option `--where`: the filter of the app, compiled for lists and for commands that act on its matches."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cordage_tui.cli.base.errors import UsageError
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.text import one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.store.file.database import Database

if TYPE_CHECKING:
    from cordage_tui.domain.filter.parser import ParsedFilter
    from cordage_tui.store.runs.filter_sql import FilterConditions, RunCondition

_CORRECT = "Correct it; to search for text, write it in quotes."


def filter_conditions(database: Database) -> "FilterConditions":
    """Return the compiler of filter expressions."""
    from cordage_tui.store.runs.filter_sql import FilterConditions

    return FilterConditions(database, SystemClock())


def compile_where(text: str, profile: Profile, compiler: "FilterConditions") -> "tuple[RunCondition, ParsedFilter]":
    """Compile a filter expression; returns the condition, and the words that it was made of."""
    parsed = compiler.parse(text, profile.names)
    return compiler.condition(parsed.expression, profile.stored_as, profile.names), parsed


def unknown_words(text: str, parsed: "ParsedFilter") -> list[tuple[str, str]]:
    """List each word that is not understood, with a question that names the nearest."""
    return [
        (str(one_line(text[word.start : word.end], 80)), f" Did you mean {word.nearest!r}?" if word.nearest else "")
        for word in parsed.unknown
    ]


def acting_condition(text: str, profile: Profile, compiler: "FilterConditions") -> "RunCondition":
    """Compile `--where` of a command that acts on runs.

    Raises UsageError for a word that is unknown or has no value, and for a filter that matches everything. Each might
    act on more runs than intended.
    """
    from cordage_tui.domain.filter.expression import EVERYTHING  # most commands have no filter

    condition, parsed = compile_where(text, profile, compiler)
    for typed, near in unknown_words(text, parsed):
        raise UsageError(f"--where: {typed!r} is not known.{near}", _CORRECT)
    for word in parsed.words:
        if not all(value.text.strip() for value in word.values):
            raise UsageError(f"--where: {str(one_line(text[word.start : word.end], 80))!r} has no value.", _CORRECT)
    if parsed.expression == EVERYTHING:
        raise UsageError(
            "--where: the filter asks for nothing, so that every run matches.", "Name the runs, or give it words."
        )
    return condition


def check_chosen(named: Sequence[str], where: str | None, *, required: bool = True) -> None:
    """Raise UsageError unless the runs are named, or chosen by `--where`, and not both; neither only if not `required`."""
    if named and where is not None:
        raise UsageError("Runs are either named or chosen by --where, not both.", "Leave one of them out.")
    if required and not named and where is None:
        raise UsageError("No run is named.", "Name runs by their ids, or choose them with --where.")
