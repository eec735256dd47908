"""ConfigError, with the nearest known name for a misspelt one."""

from collections.abc import Sequence

from cordage_tui.domain.text import SafeText, one_line, safe

# What is wrong with the settings, in words for the person who can mend it.

_SHOWN = 600


class ConfigError(Exception):
    """Settings, a credential or the place they live in cannot be used as they are.

    No value of a setting is ever part of it: it might be a secret.
    """

    def __init__(self, happened: str, advice: str) -> None:
        self.happened: SafeText = safe(happened, _SHOWN)
        """What is wrong and where: file, line and column as far as they are known."""
        self.advice: SafeText = safe(advice, _SHOWN)
        """What to do next."""
        self.what: SafeText = SafeText(f"{self.happened} {self.advice}")
        """Both, for a place that has one line."""
        super().__init__(self.what)


# Words for what was almost right.


def suggest(word: str, known: Sequence[str]) -> str:
    """` Did you mean …?` for a word that is close to a known one, whatever its case, else nothing. Starts with a space."""
    import difflib

    folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word[:80].casefold(), folded, n=1, cutoff=0.6)
    return f" Did you mean {one_line(folded[close[0]], 80)!r}?" if close else ""
