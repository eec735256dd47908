"""Option `--where`: the filter of the app, compiled for lists and for commands that act on its matches."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cordage_tui.cli.base.errors import UsageError
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.store.file.database import Database

if TYPE_CHECKING:
    from types import ModuleType

    from cordage_tui.domain.filter.parser import ParsedFilter
    from cordage_tui.store.runs.filter_sql import FilterConditions, RunCondition

_CORRECT = "Correct it. To search for it as text, put it in quotes."


def filter_conditions(database: Database) -> "FilterConditions":
    """Return the compiler of filter expressions."""
    from cordage_tui.store.runs.filter_sql import FilterConditions

    return FilterConditions(database, SystemClock())


def compile_where(text: str, profile: Profile, compiler: "FilterConditions") -> "tuple[RunCondition, ParsedFilter]":
    """Compile a filter expression; returns the condition, and the words that it was made of."""
    parsed = compiler.parse(text, profile.names)
    return compiler.condition(parsed.expression, profile.stored_as, profile.names), parsed


def unknown_words(text: str, parsed: "ParsedFilter") -> list[tuple[str, str, str]]:
    """List each word that is not understood, with the reason, and a question that names the nearest."""
    return [
        (typed := str(one_line(text[word.start : word.end], 80)), _why_unknown(typed), _question(word.nearest))
        for word in parsed.unknown
    ]


def _why_unknown(typed: str) -> str:
    name, colon, value = typed.partition(":")
    if not colon or value[:1] in ("<", ">", "=") or name.lower() in {field.value for field in _language().FilterField}:
        return f"{typed!r} is not understood"
    return f"there is no filter or input {name!r}"


def _language() -> "ModuleType":
    from cordage_tui.domain.filter import expression  # late: most commands have no filter

    return expression


def _question(nearest: str) -> str:
    return f" Did you mean {str(one_line(nearest, 80))!r}?" if nearest else ""


def acting_condition(text: str, profile: Profile, compiler: "FilterConditions") -> "RunCondition":
    """Compile `--where` of a command that acts on runs.

    Raises UsageError for a word that is unknown or has no value, and for a filter that matches everything. Each might
    act on more runs than intended.
    """
    condition, parsed = compile_where(text, profile, compiler)
    for _, why, near in unknown_words(text, parsed):
        raise UsageError(f"--where: {why}.{near}", _CORRECT)
    for word in parsed.words:
        if not all(value.text.strip() for value in word.values):
            raise UsageError(f"--where: {str(one_line(text[word.start : word.end], 80))!r} has no value.", _CORRECT)
    if parsed.expression == _language().EVERYTHING:
        raise UsageError("--where: this filter matches every run.", "Add a term to it, or name the runs by their ids.")
    return condition


def check_chosen(named: Sequence[str], where: str | None, *, required: bool = True) -> None:
    """Raise UsageError unless the runs are named, or chosen by `--where`, and not both; neither only if not `required`."""
    if named and where is not None:
        raise UsageError("Both run ids and --where were given.", "Omit one of them.")
    if required and not named and where is None:
        raise UsageError(
            "It is not clear which runs are meant.", "Give their ids, or a filter: --where 'status:active'"
        )
