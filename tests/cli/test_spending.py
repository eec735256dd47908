"""`trigger` at a run limit sends only the number of prompts that is typed."""

import json

import pytest

from tests.cli.studio import Studio


@pytest.fixture
def limited(studio: Studio) -> Studio:
    """Return a studio with a limit of two runs per day."""
    studio.configure(profile="limits.per_day = 2")
    return studio


def test_beyond_the_limit_nothing_is_sent(limited: Studio) -> None:
    """A batch over the limit is refused whole with 3, and one within it is sent."""
    refused = limited("trigger", "Sunset", "--expand", "a {red|blue|green} fox", "--yes")
    assert refused.code == 3 and limited.triggers == 0
    assert "2 of these 3 prompts are within the limit" in refused.err and "--over-limit 1" in refused.err
    assert "Nothing was started, and nothing is queued" in refused.err
    assert limited("trigger", "Sunset", "--expand", "a {red|blue} fox", "--yes").code == 0
    assert limited.triggers == 2
    again = limited("trigger", "Sunset", "an owl")
    assert again.code == 3 and limited.triggers == 2
    assert "Run limit reached: 2 of 2 runs today. It opens at" in again.err


def test_the_typed_number_exceeds_the_limit(limited: Studio) -> None:
    """`--over-limit` with the exact number exceeds the limit for this command only."""
    assert limited("trigger", "Sunset", "--expand", "a {1|2|3|4} fox", "--yes", "--over-limit", "1").code == 3
    assert limited("trigger", "Sunset", "--expand", "a {1|2|3|4} fox", "--yes", "--over-limit", "2").code == 0
    assert limited.triggers == 4
    assert limited("trigger", "Sunset", "an owl").code == 3


def test_prices_and_limits_are_shown_before_and_by_doctor(limited: Studio) -> None:
    """A dry run and `doctor` show prices and the remaining limit."""
    limited.configure(profile="limits.per_day = 2\ncurrency = '€'", webhook="price = 0.5")
    preview = limited("trigger", "Sunset", "--expand", "a {red|blue} fox", "--dry-run")
    assert "2 runs for €1.00 (2 left of the run limit)" in preview.err
    assert limited("trigger", "Sunset", "a fox").code == 0
    checks = json.loads(limited("doctor", "--json").out)["checks"]
    assert any("1 of 2 today, €0.50 today" in json.dumps(check, ensure_ascii=False) for check in checks)
