"""A refused API key: whether the key itself or its account is refused, and what the user can do."""

from typing import Final

UNPAID: Final = "the account cannot pay for this (402)"
"""Beginning of the words of a 402: the key is known, and the account is refused."""
_PAY: Final = "Pay for the account, or use the key of another"


def is_unpaid(refused: str | None) -> bool:
    """Return whether these words of a refusal are about the account, and not about the key."""
    return refused is not None and refused.lower().startswith(UNPAID.lower())


def refusal_title(refused: str | None) -> str:
    """Return in few words whether the key or the account is refused."""
    return "Account cannot pay" if is_unpaid(refused) else "API key rejected"


def refusal_remedy(refused: str | None) -> str:
    """Return the sentence that says what the user can do; the command or key comes after it."""
    return _PAY if is_unpaid(refused) else "Set a key that works"


def waits_for(refused: str | None) -> str:
    """Return the condition that an unsent prompt waits for."""
    return "the account to be paid for, or another API key" if is_unpaid(refused) else "a working API key"
