"""How a try can end, besides well and with what storage and disk say."""

from cordage_tui.domain.text import SafeText
from cordage_tui.engine.words import join_sentences


class PermanentDownloadError(Exception):
    """Trying again by itself would not help."""

    def __init__(self, what: str) -> None:
        self.what: SafeText = join_sentences(what)
        super().__init__(self.what)


class DownloadCancelled(Exception):
    """The user has taken it off the list; nothing of it is to be left."""
