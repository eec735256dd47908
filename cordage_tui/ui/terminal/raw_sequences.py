"""Raw sequences to the terminal: bell, notifications, title, clipboard, pictures, queries. Only this module writes them.

Textual has no API for these. Its driver's `write` is private, but it keeps them in order with the frames
(docs/dev/library-traps.md).
"""

import fcntl
import struct
import sys
import termios
from base64 import b64encode
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from textual.app import App

from cordage_tui.domain.base.environment import takes_sequences
from cordage_tui.domain.image import PixelSize
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.terminal.driver import driver_of
from cordage_tui.ui.textual_patches.app import textuals_driver

_BEL: Final = "\a"
_ST: Final = "\x1b\\"
_MAX_NOTICE: Final = 200
_MAX_TITLE: Final = 80
REPAINT_S: Final = 0.05
"""Seconds after the terminal came back until the screen is drawn again. Drawn immediately, it can stay blank."""

Write = Callable[[str], None]


class NotificationMethod(StrEnum):
    """Method of desktop notifications."""

    OSC_9 = "OSC 9"
    """iTerm2's: one text."""
    OSC_777 = "OSC 777"
    """urxvt's: title and body; also kitty, Ghostty, WezTerm, foot, Windows Terminal."""
    NONE = "none"
    """No known method. tmux and screen drop both kinds (docs/dev/library-traps.md T13)."""


def notification_of(environ: Mapping[str, str]) -> NotificationMethod:
    """Return the method of the terminal of `environ`. Over SSH, usually only TERM and LC_TERMINAL are passed on."""
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    if "TMUX" in environ or "STY" in environ or term.startswith(("tmux", "screen")):
        return NotificationMethod.NONE
    if program == "iTerm.app" or environ.get("LC_TERMINAL") == "iTerm2":
        return NotificationMethod.OSC_9
    has_osc_777 = term.startswith(("xterm-kitty", "xterm-ghostty", "foot", "rxvt-unicode", "wezterm"))
    if has_osc_777 or program in {"WezTerm", "ghostty"} or "KITTY_WINDOW_ID" in environ or "WT_SESSION" in environ:
        return NotificationMethod.OSC_777
    return NotificationMethod.NONE


class Terminal:
    """Terminal functions besides the screen: bell, desktop notifications, clipboard, window title."""

    def __init__(self, write: Write, environ: Mapping[str, str]) -> None:
        self._write = write
        self._notification = notification_of(environ)
        self._has_title = environ.get("TERM", "") not in {"", "dumb", "linux"}
        self._title: SafeText | None = None

    @classmethod
    def of(cls, app: App[Any], environ: Mapping[str, str]) -> "Terminal":
        """Create the terminal that `app` draws on. If the app is headless, nothing is written."""
        return cls(lambda data: _to_driver(app, data), environ)

    def bell(self) -> None:
        self._write(_BEL)

    def notify(self, title: SafeText, body: SafeText) -> None:
        """Show a desktop notification, if the terminal has a known method."""
        head, rest = one_line(title, _MAX_NOTICE), one_line(body, _MAX_NOTICE)
        match self._notification:
            case NotificationMethod.OSC_9:
                self._write(f"\x1b]9;{f'{head}: {rest}' if rest else head}{_ST}")
            case NotificationMethod.OSC_777:
                self._write(f"\x1b]777;notify;{head.replace(';', ',')};{rest}{_ST}")

    def copy(self, text: bytes) -> None:
        """Copy `text` to the terminal's clipboard (OSC 52). The terminal does not report whether it did."""
        self._write(f"\x1b]52;c;{b64encode(text).decode()}{_BEL}")

    def set_title(self, title: SafeText) -> None:
        """Set the window title, if it differs. The first time, the terminal is asked to save its own title."""
        new_title = one_line(title, _MAX_TITLE)
        if not self._has_title or new_title == self._title:
            return
        save_old = "\x1b[22;2t" if self._title is None else ""
        self._title = new_title
        self._write(f"{save_old}\x1b]2;{new_title}{_ST}")

    def restore_title(self) -> None:
        """Restore the saved window title when the program exits or is suspended."""
        if self._title is not None:
            self._title = None
            self._write("\x1b[23;2t")


class DriverWriter:
    """Writer of raw sequences to an app's terminal, in order with its frames. If the app is headless, it writes nothing."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app

    def send(self, data: str) -> None:
        """Write data before the next frame."""
        _to_driver(self._app, data)

    def send_query(self, questions: str) -> None:
        """Write queries, if the driver separates their replies from typing."""
        if driver := driver_of(self._app):
            driver.expect_answers()
            self.send(questions)

    def finish_frames(self, finish: Callable[[str], tuple[str, list[str]]]) -> None:
        """Let `finish` change each frame from now on. It returns the frame, and texts to write after it."""
        if driver := driver_of(self._app):
            driver.finished = finish

    def at_leaving(self, words: Callable[[], str]) -> None:
        """Write the result of `words` whenever the terminal is given back, at the end or for some time."""
        if driver := driver_of(self._app):
            before = driver.last_words
            driver.last_words = lambda: before() + words()

    def cell(self) -> PixelSize | None:
        """Return the size of a cell in pixels; None: the kernel does not know it."""
        if driver_of(self._app) is None or sys.__stdin__ is None:
            return None
        try:
            size = fcntl.ioctl(sys.__stdin__, termios.TIOCGWINSZ, bytes(8))
        except OSError:
            return None
        rows, columns, width, height = struct.unpack("HHHH", size)
        cell = PixelSize(width // columns, height // rows) if rows and columns else PixelSize(0, 0)
        return cell if cell.width and cell.height else None


_ASK_BACKGROUND: Final = f"\x1b]11;?{_ST}\x1b[?2031h\x1b[c"
"""Query for the background colour, request for reports when the colour scheme changes, and a query that every terminal
answers. After that answer, no other answer comes."""
_NO_REPORTS: Final = "\x1b[?2031l"


class BackgroundQuery:
    """Query for the terminal's background, and for reports of its changes. It does not wait for a reply."""

    def __init__(self, app: App[Any], environ: Mapping[str, str]) -> None:
        self._writer = DriverWriter(app)
        self._able = takes_sequences(environ) and not environ.get("STY")
        self._on: bool | None = None
        """Whether reports are wanted; None: they never were."""

    def follow(self) -> None:
        """Ask for the background, and for reports from now on."""
        if self._able:
            if self._on is None:
                self._writer.at_leaving(lambda: _NO_REPORTS if self._on else "")
            self._on = True
            self.renew()

    def renew(self) -> None:
        """Ask again after the terminal was given back for some time."""
        if self._on:
            self._writer.send_query(_ASK_BACKGROUND)

    def stop(self) -> None:
        """Stop the reports."""
        if self._on:
            self._on = False
            self._writer.send(_NO_REPORTS)


_ASK_KEYBOARD: Final = "\x1b[?u\x1b[c"
"""Query for the state of Kitty's keyboard protocol, and a query that every terminal answers."""


class KeyboardQuery:
    """Query for Kitty's keyboard protocol, in which shift+enter and Enter are different keys.

    It does not wait for a reply. Without a reply, the protocol is missing.
    """

    def __init__(self, app: App[Any], environ: Mapping[str, str]) -> None:
        self._app = app
        self._able = takes_sequences(environ) and not environ.get("STY")

    def follow(self) -> None:
        """Ask now, and whenever the terminal was given back for some time, because another terminal may show us then."""
        if self._able:
            self._ask()
            self._app.app_resume_signal.subscribe(self._app, lambda _: self._ask())

    def _ask(self) -> None:
        DriverWriter(self._app).send_query(_ASK_KEYBOARD)


def _to_driver(app: App[Any], data: str) -> None:
    driver = textuals_driver(app)
    if driver is not None and not app.is_headless and not app.is_web:
        driver.write(data)
        driver.flush()
