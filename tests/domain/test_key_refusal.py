"""Refusals of the API key or its account, which are described in the same words everywhere."""

import pytest

from cordage_tui.domain.key_refusal import is_unpaid, refusal_remedy, refusal_title, waits_for


@pytest.mark.parametrize(
    ("refused", "title", "remedy", "waits"),
    [
        (
            "the account cannot pay for this (402): Payment required",
            "Account cannot pay",
            "Pay for the account, or use the key of another",
            "the account to be paid for, or another API key",
        ),
        ("API key rejected (401): Invalid", "API key rejected", "Set a key that works", "a working API key"),
        (None, "API key rejected", "Set a key that works", "a working API key"),
    ],
)
def test_a_refusal_names_what_is_refused_and_what_helps(
    refused: str | None, title: str, remedy: str, waits: str
) -> None:
    """After a 402 the account is named, because another key of it would be refused too."""
    assert is_unpaid(refused) == (title != "API key rejected")
    assert (refusal_title(refused), refusal_remedy(refused), waits_for(refused)) == (title, remedy, waits)
