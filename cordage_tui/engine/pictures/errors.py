"""Why there is no picture, in words for the user."""

from cordage_tui.domain.text import SafeText, one_line


class ImageUnavailable(Exception):
    """An output cannot be shown, or a contact sheet not be made."""

    def __init__(self, what: str, *, passing: bool = False) -> None:
        """`passing`: it may go better in a moment."""
        self.what: SafeText = one_line(what)
        self.passing = passing
        super().__init__(self.what)
