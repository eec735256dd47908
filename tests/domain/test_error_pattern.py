"""Errors without the parts that differ between them."""

import pytest

from cordage_tui.domain.filter.parser import FilterVocabulary, parse_filter
from cordage_tui.domain.statistics.error_pattern import error_pattern, has_parts, pattern_filter, pattern_parts


@pytest.mark.parametrize(
    ("error", "pattern"),
    [
        ("Node 12 timed out after 30.5s", "Node … timed out after …"),
        ("cannot fetch https://a.example/x?y=1: 404", "cannot fetch …"),
        ("run 550e8400-e29b-41d4-a716-446655440000 of wh_abc123 is gone", "run … of … is gone"),
        ("Out of memory\nGPU 3", "Out of memory GPU …"),
        ("content policy", "content policy"),
        ("failed\x1fset_key", "failed"),
        ("7", "…"),
        ("", ""),
    ],
)
def test_numbers_ids_and_urls_are_taken_out(error: str, pattern: str) -> None:
    assert error_pattern(error) == pattern


def test_the_parts_of_a_pattern_find_each_error_that_has_it() -> None:
    """The parts of a pattern, also quoted ones, form one filter that finds each error with them."""
    errors = ['Node 1 said "no" after 3s', 'node 22 said "no" after 4s']
    parts = pattern_parts(error_pattern(errors[0]))
    assert parts == ("Node", 'said "no" after')
    assert all(has_parts(error, parts) for error in errors) and not has_parts("Node 1 is gone", parts)
    assert not parse_filter(pattern_filter(parts), FilterVocabulary()).unknown
    assert pattern_parts("…") == ()
