"""Menu of rating filters of the contact sheet."""

from typing import Final

from cordage_tui.domain.output import Decision, RatingFilter
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.dialogs.choice_menu import ChoiceMenu, MenuChoice
from cordage_tui.ui.widgets.status_signs import STAR

CHOICES: Final = (
    ("a", SafeText("all"), RatingFilter()),
    ("k", SafeText("✔ kept"), RatingFilter(Decision.KEPT)),
    ("u", SafeText("undecided"), RatingFilter(Decision.UNDECIDED)),
    ("r", SafeText("✖ rejected"), RatingFilter(Decision.REJECTED)),
    *(
        (str(n), SafeText(f"{STAR * n} {'or more' if n < 5 else ''}".rstrip()), RatingFilter(stars=n))
        for n in range(1, 6)
    ),
)
"""Key, name and filter of each choice."""


def words(rating_filter: RatingFilter) -> SafeText:
    """Return the name of a filter, for a title."""
    return next((name for _, name, choice in CHOICES if choice == rating_filter), SafeText("some"))


def filter_menu(current_filter: RatingFilter) -> ChoiceMenu[RatingFilter]:
    """Create the menu of rating filters. It returns the chosen filter; None: no change."""
    choices = [
        MenuChoice(key, name, rating_filter, current=rating_filter == current_filter)
        for key, name, rating_filter in CHOICES
    ]
    return ChoiceMenu(SafeText("Show"), choices, leave_key="f")
