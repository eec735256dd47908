"""How a try can end, besides well and with what storage and disk say."""

from cordage_tui.domain.text import SafeText
from cordage_tui.engine.words import sentences


class Hopeless(Exception):
    """Trying again by itself would not help."""

    def __init__(self, what: str) -> None:
        self.what: SafeText = sentences(what)
        super().__init__(self.what)


class Gone(Exception):
    """The user has taken it off the list; nothing of it is to be left."""
