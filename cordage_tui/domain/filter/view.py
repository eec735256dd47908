"""Views: filters with a name, which the user chooses like a webhook."""

from collections.abc import Sequence
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText


@dataclass(frozen=True, slots=True)
class View:
    """Filter with a name. Names differ by more than their case."""

    name: str
    filter: str
    """Text of the filter, as it would be typed."""
    is_built_in: bool = False
    """True for a view of this program's: it keeps its name, and is hidden instead of removed."""
    is_hidden: bool = False
    """The sidebar leaves it out."""


BUILT_IN: Final = (
    View("failed today", "status:failed ended:today", is_built_in=True),
    View("uncertain", "is:uncertain", is_built_in=True),
    View("kept", "is:kept", is_built_in=True),
    View("unrated", "is:unrated", is_built_in=True),
    View("slow now", "status:active is:slow", is_built_in=True),
)
"""Views that everybody has."""


@dataclass(frozen=True, slots=True)
class Views:
    """Views in their order, built-in ones first, and the problems of the user's file."""

    all: tuple[View, ...] = BUILT_IN
    problems: tuple[SafeText, ...] = ()
    """A sentence for each entry that cannot be used, with file and line."""

    @property
    def shown(self) -> Sequence[View]:
        """Views that are not hidden."""
        return [view for view in self.all if not view.is_hidden]

    def named(self, name: str) -> View | None:
        """Find a view by its name, in any case."""
        return next((view for view in self.all if same_name(view.name, name)), None)


def same_name(name: str, other: str) -> bool:
    """Return whether two names mean the same view."""
    return name.strip().casefold() == other.strip().casefold()
