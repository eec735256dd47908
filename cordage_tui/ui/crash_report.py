"""Report of the bug that ends the app."""

from cordage_tui.domain.text import BUG_ADVICE, traceback_text


class CrashReport:
    """Report of a bug without values of variables, as keys may be among them (docs/library-traps.md T11)."""

    def __init__(self, *, shows_locals: bool = False) -> None:
        """`shows_locals`: in the demo, where no value is a user's, the report has local variables."""
        self.shows_locals = shows_locals
        self.has_happened = False
        """The app was ended by a bug."""
        self.bug: BaseException | None = None
        """The bug that has ended it, if it is known."""

    def record(self, error: BaseException | None) -> str:
        """Note that the app ends because of `error`, and return what is printed about it."""
        self.has_happened = True
        self.bug = self.bug or error
        report = f"{traceback_text(error, with_locals=self.shows_locals)}\n" if error else ""
        return f"{report}{BUG_ADVICE}"
