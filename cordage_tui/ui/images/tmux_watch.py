"""Watch on the terminals around tmux, which change without a word to the programs inside."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from textual.app import App

from cordage_tui.engine.concurrency import run_in_daemon_thread
from cordage_tui.ui.images.tmux import PASSTHROUGH, TmuxClients, allow, ask

_LOOK_S: Final = 2.0
"""Seconds between two looks at tmux's socket, whose mode changes when the first client comes and the last one goes."""
_SETTLED_S: Final = 1.0
"""Seconds after pictures were sent when tmux is asked who saw that."""
_NAMED_WITHIN: Final = 5
"""Questions, one each `_SETTLED_S`, until a terminal is taken for one that does not say its name: tmux learns name and features
from the terminal itself, which may be slow or far away."""
_SELDOM: Final = 2
"""Looks between two questions while what was sent is lost, and nobody looks."""

Learn = Callable[[TmuxClients, bool], None]
"""Receives an answer, and whether a terminal may lack pictures that were sent."""


class TmuxWatch:
    """Asks tmux who shows this pane: at the start, when socket, size or focus change, and after pictures were sent.

    What is sent while another window is shown, or nobody is attached, is lost: tmux keeps text only.
    """

    def __init__(self, app: App[Any], environ: Mapping[str, str], learn: Learn) -> None:
        self._app = app
        self._environ = environ
        self._learn = learn
        self._socket = Path(environ["TMUX"].partition(",")[0])
        self._stamp = self._socket_stamp()
        self._clients: TmuxClients | None = None
        self._known: frozenset[tuple[str, str]] = frozenset()
        """Clients that have got all that was sent, with the names of their terminals: what was sent before a terminal said its
        name may be lost."""
        self._met: frozenset[tuple[str, str]] = frozenset()
        """Clients of the last answer."""
        self._unnamed = 0
        """Questions that are left to learn the name of a terminal."""
        self._sent = False
        """Pictures were sent since tmux was asked."""
        self._lost = False
        """Pictures were sent that nobody got."""
        self._looks = 0
        self._is_wanted = False
        self._is_asking = False

    def start(self) -> None:
        """Ask, and watch from now on."""
        self.check()
        self._app.set_interval(_LOOK_S, self._look)

    def check(self) -> None:
        """Ask tmux once more. The answer comes later."""
        self._is_wanted = True
        if not self._is_asking:
            self._is_asking = True
            self._app.run_worker(self._ask(), group="tmux", exclusive=False)

    def pictures_sent(self) -> None:
        """Ask soon who saw the pictures that were just sent."""
        if not self._sent:
            self._sent = True
            self._app.set_timer(_SETTLED_S, self.check)

    @property
    def is_allowable(self) -> bool:
        """True if Kitty's protocol would reach the terminal after `allow`."""
        return self._clients is not None and self._clients.line == PASSTHROUGH

    async def allow(self) -> None:
        """Let tmux pass pictures on from this pane."""
        await run_in_daemon_thread(lambda: allow(self._environ), "tmux")
        self.check()

    def on_answer(self, clients: TmuxClients) -> None:
        """Handle an answer of tmux."""
        now = frozenset((terminal.pid, terminal.kind) for terminal in clients.seen_by)
        sent, self._sent = self._sent, False
        if not now:
            self._lost |= sent
            return
        lacks = self._lost or not now <= self._known
        # A client is listed before its terminal is begun, and what is passed on until then is lost: it is sent to it twice.
        self._known = now if self._clients is None else now & (self._known | self._met)
        self._unnamed = self._unnamed - 1 if now <= self._met else _NAMED_WITHIN
        if self._unnamed > 0 and not all(name for _, name in now):
            self._app.set_timer(_SETTLED_S, self.check)
        self._met, self._lost = now, False
        self._clients = clients
        self._learn(clients, lacks)

    async def _ask(self) -> None:
        try:
            while self._is_wanted:
                self._is_wanted = False
                clients = await run_in_daemon_thread(lambda: ask(self._environ), "tmux")
                if clients is not None:
                    self.on_answer(clients)
        finally:
            self._is_asking = False

    def _look(self) -> None:
        self._looks += 1
        before, self._stamp = self._stamp, self._socket_stamp()
        if before != self._stamp or (self._lost and self._looks % _SELDOM == 0):
            self.check()

    def _socket_stamp(self) -> tuple[int, int] | None:
        with suppress(OSError):
            found = self._socket.stat()
            return found.st_mode, found.st_ctime_ns
        return None
