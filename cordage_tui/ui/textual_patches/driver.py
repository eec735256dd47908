"""Driver and parser of the terminal whose threads, signals and keys a subclass can replace."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from threading import Thread
from typing import Any, Final

from textual._parser import ParseError
from textual._time import get_time
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.message import Message

UNREADABLE: Final = (ParseError, ValueError, ArithmeticError, LookupError)
"""Errors of Textual's parser for sequences that no terminal sends, but that a broken connection may produce."""


class PatchedDriver(LinuxDriver):
    """Driver with our writer, and with a thread for keys that does not keep the program alive.

    When the terminal is gone, Textual's writer blocks the program forever, and its thread for keys still waits for a key
    (T26). Unnecessary if upstream let a driver make its own threads.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._own_writer: Any = None
        self._own_reader: Thread | None = None
        super().__init__(*arguments, **named)

    @abstractmethod
    def make_writer(self, descriptor: int, encoding: str) -> Any:
        """Return a writer to use instead of Textual's: a thread with `write` and `stop`. Called when the terminal is taken."""

    def handle_stop_signal(self) -> None:
        """Handle SIGTSTP. Without this hook, a program that is stopped by a signal loses the text of an open editor."""
        super()._sigtstp_application()

    def handle_continue_signal(self) -> None:
        """Handle SIGCONT. Without this hook, a second writer and reader would start while the first ones run (T26)."""
        super()._sigcont_application()

    @property
    def app(self) -> App[Any]:
        """App that the driver draws."""
        return self._app

    @property
    def reader(self) -> Thread | None:
        """Thread that reads keys; None before the terminal is taken."""
        return self._own_reader

    @property
    def has_terminal(self) -> bool:
        """True unless another program has been given the terminal."""
        return self._auto_restart

    def suspend_until_continued(self) -> None:
        """Give the terminal back. When it is taken again, the app gets a signal."""
        self.suspend_application_mode()
        self._must_signal_resume = True

    def call_in_loop(self, call: Callable[..., object], *arguments: object) -> None:
        """Call a function on the event loop, from any thread. Raises RuntimeError if the loop is closed."""
        self._loop.call_soon_threadsafe(call, *arguments)

    @property
    def _writer_thread(self) -> Any:
        return self._own_writer

    @_writer_thread.setter
    def _writer_thread(self, textuals: Any) -> None:
        if textuals is not None:
            self._own_writer = self.make_writer(textuals.fileno(), getattr(self._file, "encoding", "utf-8"))

    @property
    def _key_thread(self) -> Any:
        return self._own_reader

    @_key_thread.setter
    def _key_thread(self, thread: Any) -> None:
        if thread is not None:
            thread.daemon = True
        self._own_reader = thread

    def _sigtstp_application(self, *_: object) -> None:
        self.handle_stop_signal()

    def _sigcont_application(self, *_: object) -> None:
        self.handle_continue_signal()


class PatchedParser(XTermParser):
    """Parser of keys that shows how long it waits, and whose keys a subclass can replace.

    Without it, `alt` is lost for all keys except letters and digits, and an unknown sequence types its characters (T53).
    Unnecessary with a public time-out and a public method for a sequence.
    """

    def left_s(self) -> float | None:
        """Return the seconds until the parser stops waiting; None: it does not wait."""
        return None if self._timeout_time is None else max(0.0, self._timeout_time - get_time())

    def end_waiting(self) -> Iterator[Message]:
        """End the wait, if the parser waits: the input so far counts as complete."""
        if self._timeout_time is not None:
            self._timeout_time = 0.0
            yield from self.tick()

    def keys_of(self, sequence: str, alt: bool) -> Iterable[Key]:
        """Return the keys of a sequence; empty: it is not the sequence of a key. `alt`: an escape came before it."""
        return super()._sequence_to_key_events(sequence, alt)

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[Key]:
        return self.keys_of(sequence, alt)
