"""Actions of other pages, which the palette of the main screen finds: choosing one goes to its page."""

from typing import Final, NamedTuple


class PageAction(NamedTuple):
    """Action of a page that is not open, without the modules of that page."""

    id: str
    opener: str
    """Id of the action of the main screen that opens the page."""
    title: str
    sentence: str
    search: str = ""
    """Other words that find it, separated by commas."""


_SHEET: Final = "runs.sheet"
PAGE_ACTIONS: Final = (
    PageAction(
        "sheet.keep",
        _SHEET,
        "Keep an output",
        "In the contact sheet: keep the output under the cursor",
        "keep, favourite, favorite, like, approve",
    ),
    PageAction(
        "sheet.reject",
        _SHEET,
        "Reject an output",
        "In the contact sheet: reject the output under the cursor",
        "reject, dislike, discard, bad",
    ),
    PageAction(
        "sheet.stars_5",
        _SHEET,
        "Give an output stars",
        "In the contact sheet: give the output under the cursor stars",
        "star, stars, rate, rating, score",
    ),
    PageAction(
        "sheet.filter",
        _SHEET,
        "Show only kept outputs",
        "In the contact sheet: filter by kept, rejected, undecided or stars",
        "filter by rating, favourites, only kept",
    ),
    PageAction(
        "sheet.download",
        _SHEET,
        "Download the kept outputs",
        "In the contact sheet: download what is kept, or the output under the cursor",
        "download kept, download favourites",
    ),
    PageAction("sheet.larger", _SHEET, "Larger pictures", "In the contact sheet: enlarge the pictures", "bigger"),
    PageAction(
        "failures.rerun",
        "app.failures",
        "Rerun what failed with an error",
        "On the page of failures: rerun the prompts that failed with an error",
        "retry failed, rerun all failed",
    ),
    PageAction(
        "failures.open",
        "app.failures",
        "Runs that failed with an error",
        "On the page of failures: filter the runs to those with an error",
        "show failed, failed runs",
    ),
    PageAction(
        "statistics.sort",
        "app.statistics",
        "Sort the statistics",
        "In the statistics: sort by the next column",
        "slowest webhook",
    ),
)
"""Actions with a purpose of their own. Keys that move, close and go back have no line in the palette."""
