"""Terminals around tmux, and the image protocol that reaches them. tmux is asked: what it answers in their place, device
attributes for one, does not depend on them. Imported inside tmux only."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from cordage_tui.config.key_sources import CommandTimeout, run_bounded
from cordage_tui.domain.base.environment import TMUX_VARIABLES, bare_environment
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.terminal.capabilities import GraphicsProtocol

# Question and answer.

_LIMIT_S: Final = 2.0
"""Seconds that tmux gets to answer."""
_PANE: Final = "#{window_id}|#{allow-passthrough}|#{sixel_support}"
"""The last is empty before 3.6, whose terminals' features alone tell."""
_CLIENT: Final = (
    "#{client_control_mode}|#{window_id}|#{client_pid}|#{client_termname}|#{client_termfeatures}|#{client_termtype}"
)
"""The last field is what the terminal says that it is, so it may hold anything."""
_HOLDS_PIXELS: Final = ("xterm-kitty", "xterm-ghostty")
"""TERM of the terminals that draw Kitty's placeholders. By it tmux also knows that they take all colours."""
_CALLED: Final = ("kitty", "ghostty")
"""Beginnings of what they say they are, under whatever TERM."""
_MULTIPLEXERS: Final = ("tmux", "screen")
PASSTHROUGH: Final = SafeText("set -g allow-passthrough on")
"""Line of tmux.conf without which Kitty's protocol does not reach the terminal."""


class OuterTerminal(NamedTuple):
    """Terminal in which a tmux client runs."""

    pid: str
    """Process of the client, by which a terminal that was attached anew is another one."""
    term: str
    features: frozenset[str]
    kind: str
    """Name and version, as the terminal says; empty: it does not."""

    @property
    def is_multiplexer(self) -> bool:
        return self.term.startswith(_MULTIPLEXERS) or self.kind.lower().startswith(_MULTIPLEXERS)

    @property
    def has_placeholders(self) -> bool:
        """True if the terminal draws Kitty's placeholders."""
        return self.term.startswith(_HOLDS_PIXELS) or self.kind.lower().startswith(_CALLED)

    @property
    def has_true_colour(self) -> bool:
        """True if tmux passes on the colours that number the pictures of placeholders."""
        return self.term.startswith(_HOLDS_PIXELS) or "RGB" in self.features


@dataclass(frozen=True, slots=True)
class TmuxClients:
    """Terminals that show a pane of tmux."""

    passes: bool
    """True if sequences in a passthrough reach them. tmux before 3.3 has no option against that."""
    seen_by: tuple[OuterTerminal, ...]
    """Empty while another window is shown, or nobody is attached."""
    has_sixel: bool = True
    """False if this tmux was built without."""

    @property
    def route(self) -> GraphicsProtocol:
        """Best protocol that reaches all of them."""
        if not self.seen_by or any(terminal.is_multiplexer for terminal in self.seen_by):
            return GraphicsProtocol.BLOCKS
        if self.passes and all(one.has_placeholders and one.has_true_colour for one in self.seen_by):
            return GraphicsProtocol.KITTY
        takes_sixel = self.has_sixel and all("sixel" in one.features for one in self.seen_by)
        return GraphicsProtocol.SIXEL if takes_sixel else GraphicsProtocol.BLOCKS

    @property
    def cuts(self) -> bool:
        """True if one of them is xterm, which cuts large Sixel images."""
        return any(one.kind.startswith("XTerm") for one in self.seen_by)

    @property
    def terminal(self) -> SafeText:
        """Name of the first terminal, as it says, else its TERM."""
        return one_line(next((one.kind or one.term for one in self.seen_by), "none"))

    @property
    def reason(self) -> SafeText:
        """Reason for half blocks in few words."""
        if not self.seen_by:
            return one_line("no terminal shows this pane of tmux")
        if any(terminal.is_multiplexer for terminal in self.seen_by):
            return one_line("tmux runs inside tmux or screen")
        if self._dim:
            return one_line(f"tmux gives {self.terminal} 256 colours")
        if self._has_placeholders:
            return one_line(f"tmux does not pass pictures on to {self.terminal}")
        if len({one.term for one in self.seen_by}) > 1:
            return one_line("several terminals show this tmux, and not all draw the same pictures")
        return one_line(f"tmux knows of no pictures in {self.terminal}")

    @property
    def hint(self) -> SafeText | None:
        """Hint for the user about half blocks; None: no line of tmux.conf would bring more."""
        if not self.line:
            return None
        now = '; for now: "Pictures through tmux" among the commands' if self.line == PASSTHROUGH else ""
        return one_line(f"Pictures are half blocks: {self.reason}. In ~/.tmux.conf: {self.line}{now}", 300)

    @property
    def line(self) -> SafeText:
        """Line of tmux.conf that would bring better pictures; empty: there is none."""
        if self.route is not GraphicsProtocol.BLOCKS or not self._has_placeholders:
            return SafeText("")
        return one_line(f"set -as terminal-features ',{self._dim[0].term}:RGB'") if self._dim else PASSTHROUGH

    @property
    def _has_placeholders(self) -> bool:
        return bool(self.seen_by) and all(one.has_placeholders and not one.is_multiplexer for one in self.seen_by)

    @property
    def _dim(self) -> list[OuterTerminal]:
        return [one for one in self.seen_by if one.has_placeholders and not one.has_true_colour]


def ask(environ: Mapping[str, str]) -> TmuxClients | None:
    """Ask the tmux of `environ` who shows this pane; None: it does not answer. Blocks for some milliseconds."""
    command = ("display-message", "-p", *_target(environ), _PANE, ";", "list-clients", "-F", _CLIENT)
    said = _run(environ, *command)
    return read(said) if said is not None else None


def allow(environ: Mapping[str, str]) -> bool:
    """Let the tmux of `environ` pass pictures on from this pane, until that ends; return whether it did. Blocks as `ask`."""
    return _run(environ, "set-option", "-p", *_target(environ), "allow-passthrough", "on") is not None


def _target(environ: Mapping[str, str]) -> tuple[str, ...]:
    pane = environ.get("TMUX_PANE", "")
    return ("-t", pane) if pane else ()


def _run(environ: Mapping[str, str], *command: str) -> str | None:
    """Return what a tmux command prints; None: it failed."""
    try:
        done = run_bounded(("tmux", *command), environ=bare_environment(environ, *TMUX_VARIABLES), limit_s=_LIMIT_S)
    except (OSError, CommandTimeout):
        return None
    return done.out if done.code == 0 else None


def read(said: str) -> TmuxClients | None:
    """Read what tmux printed; None: that was no answer to the question."""
    pane, *clients = said.splitlines() or [""]
    if pane.count("|") != 2:
        return None
    window, passthrough, sixel = pane.split("|")
    fields = [line.split("|", 5) for line in clients if line.count("|") >= 5]
    seen_by = (
        OuterTerminal(pid, term, frozenset(features.split(",")), kind)
        for control, at, pid, term, features, kind in fields
        if control != "1" and at == window
    )
    return TmuxClients(passthrough not in ("off", "0"), tuple(seen_by), sixel != "0")
