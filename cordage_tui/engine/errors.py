"""What the engine refuses, in words for the user."""

from cordage_tui.domain.text import SafeText, one_line


class ReadOnlyProfile(Exception):
    """The profile is `read_only`: nothing is sent or killed through it."""

    def __init__(self, profile: str) -> None:
        self.what: SafeText = one_line(
            f"Profile {profile} is read-only, so nothing was sent. Start without --read-only, or change read_only in config.toml."
        )
        super().__init__(self.what)
