"""Report of the bug that ends the app."""

from collections.abc import Callable

from cordage_tui.domain.advised_text import BUG_ADVICE
from cordage_tui.domain.secrets import traceback_text
from cordage_tui.store.errors import DAMAGE_ADVICE, StoreError


class CrashReport:
    """Report of a bug without the values of variables, because they may contain keys (docs/dev/library-traps.md T11)."""

    def __init__(self, *, shows_locals: bool = False) -> None:
        """`shows_locals`: show local variables. Used in the demo, which has no secrets of a user."""
        self.shows_locals = shows_locals
        self.has_happened = False
        """Whether a bug has ended the app."""
        self.bug: BaseException | None = None
        """Bug that has ended the app; None: it is not known, or there was none."""
        self.find_damage: Callable[[], StoreError | None] = lambda: None
        """Looks for damage of the database, which may be the cause of what looks like a bug."""
        self.damage: StoreError | None = None
        """Damage that has ended the app; None: there is none."""

    def record(self, error: BaseException | None) -> str:
        """Record that the app ends because of `error`. Return the text to print about it."""
        self.has_happened = True
        self.bug = self.bug or error
        if error is not None:
            self.damage = self.damage or self.find_damage()
        if self.damage is not None:
            return f"{self.damage}\n{DAMAGE_ADVICE}"
        report = f"{traceback_text(error, with_locals=self.shows_locals)}\n" if error else ""
        return f"{report}{BUG_ADVICE}"
