"""Mutated answers during random keys neither end the program nor reach the terminal. Foreign sequences show that this
harness would notice.

The long form, with thousands of answers, is `python tests/crash/mutated.py --answers 5000`.
"""

import pytest

from tests.crash import mutated

ANSWERS = 120


@pytest.mark.long
@pytest.mark.timeout(900)  # so many answers, not so many seconds
def test_mutated_answers_do_no_harm() -> None:
    """Mutated answers cause no crash, no traceback, no foreign escape sequence, no run that was not submitted, and no
    damage to the database."""
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
def test_a_foreign_sequence_is_noticed(written: bytes) -> None:
    """The check of the output finds every sequence that is not ours, so an empty list means something."""
    assert list(mutated.strange_tokens(b"text" + written))
