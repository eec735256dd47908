"""Terminals around tmux, and the image protocol that reaches them. Imported only inside tmux.

tmux itself is asked about the terminals. Its replies to terminal queries, such as device attributes, do not depend on
the terminals around it.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from cordage_tui.config.keys_from_programs import CommandTimeout, run_bounded
from cordage_tui.domain.base.environment import TMUX_VARIABLES, bare_environment
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.terminal.capabilities import GraphicsProtocol

# Question and answer.

_LIMIT_S: Final = 2.0
"""Seconds that tmux gets to answer."""
_PANE: Final = "#{window_id}|#{allow-passthrough}|#{sixel_support}"
"""Format of the pane. The last field is empty before tmux 3.6; then only the terminals' features show it."""
_CLIENT: Final = (
    "#{client_control_mode}|#{window_id}|#{client_pid}|#{client_termname}|#{client_termfeatures}|#{client_termtype}"
)
"""Format of a client. The last field is the terminal's own text about itself, so it may contain anything."""
_HOLDS_PIXELS: Final = ("xterm-kitty", "xterm-ghostty")
"""TERM of the terminals that draw Kitty's placeholders. From it tmux also knows that they take all colours."""
_CALLED: Final = ("kitty", "ghostty")
"""Beginnings of the names that these terminals report, whatever TERM is."""
_MULTIPLEXERS: Final = ("tmux", "screen")
PASSTHROUGH: Final = SafeText("set -g allow-passthrough on")
"""Line of tmux.conf without which Kitty's protocol does not reach the terminal."""


class OuterTerminal(NamedTuple):
    """Terminal in which a tmux client runs."""

    pid: str
    """Process of the client. A terminal that is attached again has another one."""
    term: str
    features: frozenset[str]
    kind: str
    """Name and version as the terminal reports them; empty: it does not."""

    @property
    def is_multiplexer(self) -> bool:
        return self.term.startswith(_MULTIPLEXERS) or self.kind.lower().startswith(_MULTIPLEXERS)

    @property
    def has_placeholders(self) -> bool:
        """True if the terminal draws Kitty's placeholders."""
        return self.term.startswith(_HOLDS_PIXELS) or self.kind.lower().startswith(_CALLED)

    @property
    def has_true_colour(self) -> bool:
        """True if tmux passes on all colours. A placeholder's colour is the number of its picture."""
        return self.term.startswith(_HOLDS_PIXELS) or "RGB" in self.features


@dataclass(frozen=True, slots=True)
class TmuxClients:
    """Terminals that show a pane of tmux."""

    passes: bool
    """True if sequences in a passthrough reach the terminals. tmux before 3.3 has no option to prevent that."""
    seen_by: tuple[OuterTerminal, ...]
    """Terminals that show the pane. Empty while another window is shown, or no client is attached."""
    has_sixel: bool = True
    """False if this tmux was built without Sixel."""

    @property
    def route(self) -> GraphicsProtocol:
        """Best protocol that reaches all terminals."""
        if not self.seen_by or any(terminal.is_multiplexer for terminal in self.seen_by):
            return GraphicsProtocol.BLOCKS
        if self.passes and all(terminal.has_placeholders and terminal.has_true_colour for terminal in self.seen_by):
            return GraphicsProtocol.KITTY
        takes_sixel = self.has_sixel and all("sixel" in terminal.features for terminal in self.seen_by)
        return GraphicsProtocol.SIXEL if takes_sixel else GraphicsProtocol.BLOCKS

    @property
    def cuts(self) -> bool:
        """True if one of the terminals is xterm, which cuts large Sixel images."""
        return any(terminal.kind.startswith("XTerm") for terminal in self.seen_by)

    @property
    def terminal(self) -> SafeText:
        """Name of the first terminal as it reports it, else its TERM."""
        return one_line(next((terminal.kind or terminal.term for terminal in self.seen_by), "none"))

    @property
    def reason(self) -> SafeText:
        """Reason for half blocks in a few words."""
        if not self.seen_by:
            return one_line("no terminal shows this pane of tmux")
        if any(terminal.is_multiplexer for terminal in self.seen_by):
            return one_line("tmux runs inside tmux or screen")
        if self._dim:
            return one_line(f"tmux gives {self.terminal} 256 colours")
        if self._has_placeholders:
            return one_line(f"tmux does not pass pictures on to {self.terminal}")
        if len({terminal.term for terminal in self.seen_by}) > 1:
            return one_line("several terminals show this tmux, and not all draw the same pictures")
        return one_line(f"tmux knows of no pictures in {self.terminal}")

    @property
    def hint(self) -> SafeText | None:
        """Hint for the user about half blocks; None: no line of tmux.conf would give better pictures."""
        if not self.line:
            return None
        workaround = '; for now: "Pictures through tmux" among the commands' if self.line == PASSTHROUGH else ""
        return one_line(f"Pictures are half blocks: {self.reason}. In ~/.tmux.conf: {self.line}{workaround}", 300)

    @property
    def line(self) -> SafeText:
        """Line of tmux.conf that would give better pictures; empty: there is none."""
        if self.route is not GraphicsProtocol.BLOCKS or not self._has_placeholders:
            return SafeText("")
        return one_line(f"set -as terminal-features ',{self._dim[0].term}:RGB'") if self._dim else PASSTHROUGH

    @property
    def _has_placeholders(self) -> bool:
        return bool(self.seen_by) and all(
            terminal.has_placeholders and not terminal.is_multiplexer for terminal in self.seen_by
        )

    @property
    def _dim(self) -> list[OuterTerminal]:
        return [terminal for terminal in self.seen_by if terminal.has_placeholders and not terminal.has_true_colour]


def ask(environ: Mapping[str, str]) -> TmuxClients | None:
    """Ask the tmux of `environ` which terminals show this pane; None: it does not answer. Blocks for some milliseconds."""
    command = ("display-message", "-p", *_target(environ), _PANE, ";", "list-clients", "-F", _CLIENT)
    printed = _run(environ, *command)
    return read(printed) if printed is not None else None


def allow(environ: Mapping[str, str]) -> bool:
    """Let the tmux of `environ` pass on pictures from this pane. Return whether it agreed. Blocks like `ask`."""
    return _run(environ, "set-option", "-p", *_target(environ), "allow-passthrough", "on") is not None


def _target(environ: Mapping[str, str]) -> tuple[str, ...]:
    pane = environ.get("TMUX_PANE", "")
    return ("-t", pane) if pane else ()


def _run(environ: Mapping[str, str], *command: str) -> str | None:
    """Return the output of a tmux command; None: it failed."""
    try:
        result = run_bounded(("tmux", *command), environ=bare_environment(environ, *TMUX_VARIABLES), limit_s=_LIMIT_S)
    except (OSError, CommandTimeout):
        return None
    return result.out if result.code == 0 else None


def read(printed: str) -> TmuxClients | None:
    """Parse the answer of tmux to `ask`; None: it is not an answer."""
    pane, *clients = printed.splitlines() or [""]
    if pane.count("|") != 2:
        return None
    window, passthrough, sixel = pane.split("|")
    fields = [line.split("|", 5) for line in clients if line.count("|") >= 5]
    seen_by = (
        OuterTerminal(pid, term, frozenset(features.split(",")), kind)
        for control, shown_window, pid, term, features, kind in fields
        if control != "1" and shown_window == window
    )
    return TmuxClients(passthrough not in ("off", "0"), tuple(seen_by), sixel != "0")
