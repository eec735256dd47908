"""What is wrong with the settings, in words for the person who can mend it."""

from cordage_tui.domain.text import SafeText, safe

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
