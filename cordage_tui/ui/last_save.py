"""Last save before the program ends or another profile opens: of drafts, and of outcomes of prompts."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from math import inf
from typing import Final, NamedTuple

from textual.app import App

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.processes.leadership import LOCK_S
from cordage_tui.store.errors import DatabaseLocked, StoreError
from cordage_tui.ui.dialogs.base import Cover
from cordage_tui.ui.main.screen import MainScreen
from cordage_tui.ui.notifications import toast

DRAFT_S: Final = 10.0
"""Seconds that the end waits for a locked database to take a draft. The text can be printed instead."""
SIGNAL_S: Final = 0.4
"""Seconds that the end by a signal waits for a locked database. The watchdog ends the process soon after."""
LOOK_S: Final = 0.2
"""Seconds between two tries."""
ENDS_NOW: Final = "esc ends at once, and prints it"
STAYS: Final = "esc stays here"


class Unsaved(NamedTuple):
    """Reason why something is not saved yet."""

    words: SafeText
    """What is being saved, and why it is not."""
    most_s: float
    """Seconds that it is worth to wait; 0 unless another program has locked the database."""


class LastSave:
    """Saves the drafts and the outcomes of an app, and waits while another program locks the database."""

    def __init__(
        self,
        app: App[int],
        engine: Callable[[], Engine | None],
        end: Callable[[int, Sequence[SafeText]], None],
        clock: Clock,
    ) -> None:
        """`engine()` is the one that is open now. `end` ends the program, with its exit code and the drafts that are not saved."""
        self._app = app
        self._engine = engine
        self._end = end
        self._clock = clock
        self._cover: Cover | None = None
        self._why = SafeText("")
        """Why the last draft could not be saved."""
        self.has_given_up = False
        """Whether something was left unsaved, so that the end waits for nothing more."""

    @property
    def is_waiting(self) -> bool:
        """Return whether a cover says that something is being saved."""
        return self._cover is not None

    def stop_waiting(self) -> None:
        """End the wait, as escape on its cover does."""
        if self._cover is not None and self._cover.is_attached:
            self._cover.dismiss(None)

    def quit(self) -> None:
        """End the program when everything is saved: now, or after another program has unlocked the database."""
        if self.has_given_up or self.unsaved() is None:
            self._end(0, self.lost())
        else:
            self._app.run_worker(self._save_and_end(0), group="leaving", exclusive=True)

    def end_soon(self, code: int) -> None:
        """End the program because of a signal, whatever cannot be saved."""
        if self.is_waiting:
            self.stop_waiting()
            self._end(code, self.lost())
        else:
            self._app.run_worker(self._save_and_end(code, SIGNAL_S), group="leaving", exclusive=True)

    async def _save_and_end(self, code: int, most_s: float = inf) -> None:
        await self.wait(ends=True, most_s=most_s)
        self._end(code, self.lost())

    async def wait_or_stay(self) -> bool:
        """Save everything before another profile opens. If that fails, stay in the open one, and return False."""
        if await self.wait(ends=False):
            return True
        if (engine := self._engine()) is not None:
            engine.leadership.allow_sending()
        while len(self._app.screen_stack) > 1 and not isinstance(self._app.screen, MainScreen):
            await self._app.pop_screen()
        toast(self._app, one_line("The profile was not opened, because something could not be saved."), error=True)
        return False

    def unsaved(self) -> Unsaved | None:
        """Save what can be saved, and return why something cannot; None: everything is saved."""
        try:
            for screen in self._main_screens():
                screen.prompts.save_all()
        except StoreError as error:
            self._why = error.why
            most_s = DRAFT_S if isinstance(error, DatabaseLocked) else 0.0
            draft: Unsaved | None = Unsaved(join_sentences(f"Saving your draft: {error.why}"), most_s)
        else:
            draft = None
        if (why := self._lock_of_outcome()) is not None:
            return Unsaved(join_sentences(f"Saving the answer to a prompt: {why}"), LOCK_S)
        return draft

    def _lock_of_outcome(self) -> SafeText | None:
        """Return why an outcome cannot be stored, or could not be if the answer came now; None: each one can be."""
        engine = self._engine()
        if engine is None or not engine.leadership.is_sending:
            return None
        try:
            engine.queue.counts()
        except DatabaseLocked as error:
            return error.why
        except StoreError:
            return None
        return engine.leadership.lock

    async def wait(self, *, ends: bool, most_s: float = inf) -> bool:
        """Save everything, and return whether that succeeded. While the database is locked, a cover says so, for `most_s` seconds
        at most. `ends`: whether the program ends after it."""
        began = self._clock.monotonic()
        unsaved = None if self.has_given_up else self.unsaved()
        if unsaved is None:
            return not self.has_given_up
        engine = self._engine()
        if engine is not None:
            engine.leadership.stop_sending()  # else the queue would continue when the lock ends, after the user has quit
        self._cover = Cover(join_sentences(unsaved.words, ENDS_NOW if ends else STAYS))
        await self._app.push_screen(self._cover)
        while unsaved is not None and self._cover in self._app.screen_stack:
            if self._clock.monotonic() - began >= min(most_s, unsaved.most_s):
                break
            await asyncio.sleep(LOOK_S)
            unsaved = self.unsaved()
        self.stop_waiting()
        self._cover = None
        self.has_given_up = ends and unsaved is not None
        return unsaved is None

    def lost(self) -> list[SafeText]:
        """Return each draft that is not saved, in words for the terminal."""
        texts = [text for screen in self._main_screens() for text in screen.prompts.unsaved_texts()]
        return [join_sentences(self._why, "This was not saved"), *texts] if texts else []

    def _main_screens(self) -> Iterator[MainScreen]:
        for screen in self._app.screen_stack:
            if isinstance(screen, MainScreen) and screen.is_mounted:
                yield screen
