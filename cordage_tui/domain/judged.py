"""What a filter asks of the user's own verdicts, and how that is written: `is:kept`, `stars:3`."""

import re
from enum import StrEnum
from typing import Final

from cordage_tui.domain.output import Rating
from cordage_tui.domain.value import dataclass

_WORD: Final = re.compile(r"is:(?P<opinion>[a-z]+)|stars:(?P<stars>[0-5]?)|is:", re.ASCII)
"""A word of the filter that is no text to look for, in lower case. One half typed asks for nothing yet."""


class Decision(StrEnum):
    """What the user has decided of an output."""

    KEPT = "kept"
    REJECTED = "rejected"
    UNDECIDED = "undecided"

    @classmethod
    def of(cls, verdict: Rating) -> "Decision":
        if verdict.kept is None:
            return cls.UNDECIDED
        return cls.KEPT if verdict.kept else cls.REJECTED


def decided(verdict: Rating) -> str:
    """The word for what was decided; empty: nothing yet."""
    return "" if verdict.kept is None else Decision.of(verdict).value


@dataclass(frozen=True, slots=True)
class RatingFilter:
    """A condition on one output: all of it at once."""

    opinion: Decision | None = None
    """None: whichever."""
    stars: int = 0
    """At least so many."""

    def __bool__(self) -> bool:
        """Whether it leaves any output out."""
        return self != RatingFilter()

    def allows(self, verdict: Rating) -> bool:
        """Whether an output with that verdict meets it."""
        return verdict.stars >= self.stars and self.opinion in (None, Decision.of(verdict))


def parse_rating_filter(text: str) -> tuple[str, RatingFilter]:
    """The text to look for that is left of a filter, and what it asks of verdicts.

    The words `is:kept`, `is:rejected`, `is:undecided` (or their first letters) and `stars:1` to `stars:5` may stand anywhere
    between the others; of several that contradict each other the last counts.
    """
    words: list[str] = []
    opinion, stars = None, 0
    for word in text.split():
        found = _WORD.fullmatch(word.casefold())
        meant = _opinion(found["opinion"]) if found and found["opinion"] else None
        if found is None or (found["opinion"] and meant is None):
            words.append(word)
        elif found["stars"] is not None:
            stars = int(found["stars"] or 0)
        elif meant is not None:
            opinion = meant
    return " ".join(words), RatingFilter(opinion, stars)


def _opinion(start: str) -> Decision | None:
    return next((opinion for opinion in Decision if opinion.startswith(start)), None)
