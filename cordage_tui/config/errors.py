"""ConfigError, with the nearest known name for a misspelt one."""

from collections.abc import Sequence

from cordage_tui.domain.safe_text import SafeText, closest, one_line, safe

# Errors of the settings, in sentences for the person who can correct them.

_SHOWN = 600


class ConfigError(Exception):
    """Settings, a credential or their place on disk cannot be used.

    It never contains the value of a setting, which might be a secret.
    """

    def __init__(self, happened: str, advice: str) -> None:
        self.happened: SafeText = safe(happened, _SHOWN)
        """The problem and its place: file, line and column if they are known."""
        self.advice: SafeText = safe(advice, _SHOWN)
        """The next step."""
        self.what: SafeText = SafeText(f"{self.happened} {self.advice}")
        """Both, for a place that has one line."""
        super().__init__(self.what)


# Suggestions for misspelt words.


def suggest(word: str, known: Sequence[str]) -> str:
    """Return ` Did you mean …?` for a word close to a known one, in any case, or an empty text. Starts with a space."""
    near = closest(word, known, 0.6)
    return f" Did you mean {one_line(near, 80)!r}?" if near is not None else ""
