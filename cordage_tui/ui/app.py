"""The app: which screen is open, over which engine, in which theme; and how it all ends."""

from dataclasses import replace

from cordage_tui.config.launch import Launch
from cordage_tui.domain.clock import Clock
from cordage_tui.domain.secret import Secret
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.connect import build_engine
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.roster import Roster
from cordage_tui.store.store import Store
from cordage_tui.ui.crash import CrashesQuietly
from cordage_tui.ui.dialogs.question import ConfirmDialog
from cordage_tui.ui.ink import ink
from cordage_tui.ui.look import Look
from cordage_tui.ui.screens.main import MainScreen
from cordage_tui.ui.signals import end_on_signals
from cordage_tui.ui.toast import toast

THEME = "theme"
"""Name of the stored setting."""


class CordageApp(CrashesQuietly, Look):
    """One profile at a time, or the welcome screen."""

    def __init__(self, launch: Launch, store: Store, clock: Clock) -> None:
        super().__init__()
        self.launch = launch
        self.wants_demo = False
        self._store = store
        self._clock = clock
        self._engine: Engine | None = None
        self._wear(launch.settings.theme or store.settings.get(THEME))

    async def on_mount(self) -> None:
        end_on_signals(self, self._end)
        self.theme_changed_signal.subscribe(self, lambda theme: self._store.settings.save(THEME, theme.name))
        for words in self._first_words():
            toast(self, words, error=True)
        if self.launch.profile is not None and self.launch.key is not None:
            await self.open_profile(self.launch.profile, self.launch.key.key)

    async def open_profile(self, profile: Profile, key: Secret) -> None:
        """Shows what the store knows of the profile at once; polling starts after the first frame."""
        if self._engine is not None:
            await self._engine.stop()
        profile = replace(profile, read_only=profile.read_only or self.launch.read_only)
        paths, settings = self.launch.paths, self.launch.settings
        engine = build_engine(profile, key, paths, self._store, self._clock, settings.read_share)
        self._engine = engine
        screen = MainScreen(engine, Roster(engine, paths), settings, self._clock, demo=self.launch.demo is not None)
        await self.push_screen(screen)
        screen.call_after_refresh(engine.start)

    async def action_quit(self) -> None:
        """Leaves at once when nothing would wait; else asks."""
        waiting = self._unsent()
        if not waiting:
            self._end(0)
            return
        words = f"{waiting} {'prompt is' if waiting == 1 else 'prompts are'} not sent yet, or sent without an answer so far."
        lines = [ink(one_line(words)), ink(one_line("They are on disk, and are there when you start again."), "$quiet")]
        dialog = ConfirmDialog(one_line("Quit now?"), lines, one_line("Quit"), no=one_line("Stay"))
        self.push_screen(dialog, lambda yes: self._end(0) if yes else None)

    async def on_unmount(self) -> None:
        if self._engine is not None:
            await self._engine.stop()

    def _unsent(self) -> int:
        if self._engine is None:
            return 0
        tallies = self._store.query.tallies(self._engine.profile.name)
        return sum(tally.unsent for tally in tallies.values())

    def _first_words(self) -> list[SafeText]:
        """What the user must hear about how files and database were found."""
        notice = [self._store.notice] if self._store.notice else []
        return [*notice, *self.launch.settings.warnings]

    def _end(self, code: int) -> None:
        self.exit(return_code=code)

    def _wear(self, theme: str | None) -> None:
        """A theme by its name; one that is not there is no reason to stop."""
        if theme in self.available_themes:
            self.theme = theme
