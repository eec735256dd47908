"""Text to type for confirmation: y for few, the number for many (docs/dev/faults.md rule 18)."""

import pytest

from cordage_tui.domain.confirmation import is_confirmed, number_to_type
from cordage_tui.domain.safe_text import SafeText


@pytest.mark.parametrize(
    ("count", "listed", "always", "typed"),
    [
        (10, False, False, None),
        (11, False, False, "11"),
        (11, True, False, None),
        (20, True, False, None),
        (21, True, False, "21"),
        (1, True, True, "1"),
        (1, False, True, "1"),
        (0, True, True, None),
    ],
)
def test_the_number_of_many_is_typed(count: int, listed: bool, always: bool, typed: str | None) -> None:
    """The number must be typed sooner if the items are only counted, always in a protected profile, and never for
    zero."""
    assert number_to_type(count, listed=listed, always=always) == typed


@pytest.mark.parametrize(
    ("answer", "required", "agreed"),
    [
        ("y\n", None, True),
        ("Yes", None, True),
        ("", None, False),
        ("11", None, False),
        (" 11\n", "11", True),
        ("y", "11", False),
        ("1", "11", False),
        ("", "11", False),
    ],
)
def test_only_what_was_asked_for_confirms(answer: str, required: str | None, agreed: bool) -> None:
    assert is_confirmed(answer, None if required is None else SafeText(required)) is agreed
