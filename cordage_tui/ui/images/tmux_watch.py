"""Watch on the terminals around tmux. They change without any message to the programs inside."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from textual.app import App

from cordage_tui.engine.nonblocking_waits import run_in_daemon_thread
from cordage_tui.ui.images.tmux import PASSTHROUGH, TmuxClients, allow, ask

_LOOK_S: Final = 2.0
"""Seconds between two checks of tmux's socket. Its mode changes when the first client attaches and the last one leaves."""
_SETTLED_S: Final = 1.0
"""Seconds after pictures were sent until tmux is asked which terminals got them."""
_NAMED_WITHIN: Final = 5
"""How often tmux is asked for the name of a terminal, each `_SETTLED_S`, before the terminal counts as nameless. tmux
learns name and features from the terminal itself, which may be slow or far away."""
_SELDOM: Final = 2
"""While pictures were sent to no attached client, ask tmux only at every n-th check of the socket."""

Learn = Callable[[TmuxClients, bool], None]
"""Receives an answer of tmux, and whether a terminal may lack pictures that were sent."""


class TmuxWatch:
    """Asks tmux which terminals show this pane: at the start, when socket, size or focus change, and after pictures were sent.

    Pictures that are sent while another window is shown, or no client is attached, are lost: tmux keeps only text.
    """

    def __init__(self, app: App[Any], environ: Mapping[str, str], learn: Learn) -> None:
        self._app = app
        self._environ = environ
        self._learn = learn
        self._socket = Path(environ["TMUX"].partition(",")[0])
        self._stamp = self._socket_stamp()
        self._clients: TmuxClients | None = None
        self._known: frozenset[tuple[str, str]] = frozenset()
        """Clients that have all pictures, with the names of their terminals. Pictures that were sent before a terminal reported
        its name may be lost."""
        self._met: frozenset[tuple[str, str]] = frozenset()
        """Clients of the last answer."""
        self._unnamed = 0
        """How often tmux will still be asked for the name of a terminal."""
        self._sent = False
        """Whether pictures were sent since tmux was asked."""
        self._lost = False
        """Whether pictures were sent that no terminal got."""
        self._looks = 0
        self._is_wanted = False
        self._is_asking = False

    def start(self) -> None:
        """Ask tmux, and watch from now on."""
        self.check()
        self._app.set_interval(_LOOK_S, self._look)

    def check(self) -> None:
        """Ask tmux again. The answer comes later."""
        self._is_wanted = True
        if not self._is_asking:
            self._is_asking = True
            self._app.run_worker(self._ask(), group="tmux", exclusive=False)

    def pictures_sent(self) -> None:
        """Ask soon which terminals got the pictures that were just sent."""
        if not self._sent:
            self._sent = True
            self._app.set_timer(_SETTLED_S, self.check)

    @property
    def is_allowable(self) -> bool:
        """True if Kitty's protocol would reach the terminal after `allow`."""
        return self._clients is not None and self._clients.line == PASSTHROUGH

    async def allow(self) -> None:
        """Let tmux pass on pictures from this pane."""
        await run_in_daemon_thread(lambda: allow(self._environ), "tmux")
        self.check()

    def on_answer(self, clients: TmuxClients) -> None:
        """Handle an answer of tmux."""
        clients_now = frozenset((terminal.pid, terminal.kind) for terminal in clients.seen_by)
        were_sent, self._sent = self._sent, False
        if not clients_now:
            self._lost |= were_sent
            return
        lacks = self._lost or not clients_now <= self._known
        # tmux lists a client before its terminal is set up, and drops pictures until then. So they are sent to it twice.
        self._known = clients_now if self._clients is None else clients_now & (self._known | self._met)
        self._unnamed = self._unnamed - 1 if clients_now <= self._met else _NAMED_WITHIN
        if self._unnamed > 0 and not all(name for _, name in clients_now):
            self._app.set_timer(_SETTLED_S, self.check)
        self._met, self._lost = clients_now, False
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
            status = self._socket.stat()
            return status.st_mode, status.st_ctime_ns
        return None
