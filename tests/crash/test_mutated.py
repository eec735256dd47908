"""Mutated answers under random keys neither end the program nor reach the terminal; and this harness would notice.

The long form, with thousands of answers: `python tests/crash/mutated.py --answers 5000`.
"""

import pytest

from tests.crash import mutated

ANSWERS = 120


@pytest.mark.long
@pytest.mark.timeout(900)  # so many answers, not so many seconds
def test_mutated_answers_do_no_harm() -> None:
    """No crash, no traceback, no escape sequence but our own, no run that was not submitted, a whole database."""
    report = mutated.play(ANSWERS, seed=7)
    print(report)
    assert not report.faults
    assert report.answers >= ANSWERS
    assert len(report.kinds) >= 6


@pytest.mark.parametrize(
    "written",
    [
        b"\x1b]0;PWNED\x07",
        b"\x1b]2;PWNED\x1b\\",
        b"\x1b]8;;https://evil.example/\x1b\\",
        b"\x1b[5i",
        b"\x1bc",
        b"\x9b2J",
        b"\x1b]0;",
    ],
    ids=["title", "title of another", "link", "printing", "reset", "C1", "unfinished"],
)
def test_what_is_not_ours_is_noticed(written: bytes) -> None:
    """What the zeros above are worth."""
    assert list(mutated.strange_tokens(b"text" + written))
