"""What the engine refuses, in words for the user."""

from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Profile


class ReadOnlyProfile(Exception):
    """The profile is `read_only`: nothing is sent or killed through it."""

    def __init__(self, profile: str) -> None:
        self.what: SafeText = one_line(
            f"Profile {profile} is read-only, so nothing was sent. Start without --read-only, or change read_only in config.toml."
        )
        super().__init__(self.what)


def refuse_if_read_only(profile: Profile) -> None:
    """Raises `ReadOnlyProfile` where nothing may be sent or killed."""
    if profile.read_only:
        raise ReadOnlyProfile(profile.name)
