"""Which ways lead out of the terminal here: to a clipboard, to a viewer, and for pictures to the screen. Nothing is probed."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from typing import Final

from cordage_tui.cli.checkup.check import TMUX_VARIABLES, Check, CheckLevel
from cordage_tui.config.key_sources import CommandTimeout, run_bounded
from cordage_tui.domain.child_environment import bare_environment
from cordage_tui.domain.environment import TERMINAL, TMUX, copy_ways, is_remote, opener, tmux_hides_colours
from cordage_tui.ui.pictures.depth import ColorDepth
from cordage_tui.ui.pictures.route import GraphicsProtocol, TerminalCapabilities, TerminalReplies, route_of

_TMUX_S: Final = 2.0
_TRUE_COLOUR: Final = ("truecolor", "24bit")


def ways(environ: Mapping[str, str]) -> Iterator[Check]:
    """To the clipboard, to a viewer; and what shows the first frame of a video."""
    yield _clipboard(environ)
    yield _viewer(environ)
    yield Check("ffmpeg", shutil.which("ffmpeg") or "none: videos are shown by a description only")


def pictures(environ: Mapping[str, str], show: str) -> Check:
    """How outputs are shown; `show` is the setting of `[pictures]`."""
    place, depth = TerminalCapabilities.of(environ), _depth(environ)
    route = route_of(place, depth, TerminalReplies(), show)
    if route is GraphicsProtocol.WORDS:
        return Check("pictures", f"described in words: {_why_words(place, depth, show)}")
    if show != "auto":
        return Check("pictures", f"{_named(route)}, by [pictures] show")
    if place.shared:
        return Check("pictures", "half blocks: tmux and screen pass nothing else on")
    better = "Kitty's protocol" if place.kitty else "Sixel"
    return Check(
        "pictures", f"{better} if the terminal says that it has it, else half blocks" if place.asks else "half blocks"
    )


def _clipboard(environ: Mapping[str, str]) -> Check:
    """The way the app would take, and what stands in it."""
    found = copy_ways(environ, sys.platform, _is_there)
    if not found:
        words = "none: no tool is in the PATH, and this terminal is not known to take a text"
        return Check(
            "clipboard", words, CheckLevel.NOTE, "Copying offers a file; or install xclip, xsel or wl-clipboard."
        )
    if found[0] == TMUX:
        return _tmux(environ)
    far = " at your end of SSH" if found[0] == TERMINAL and is_remote(environ) else ""
    return Check("clipboard", f"{found[0].name}{far}")


def _tmux(environ: Mapping[str, str]) -> Check:
    """It takes the text in any case; whether the terminal around it gets it is the user's setting."""
    given = bare_environment(environ, *TMUX_VARIABLES)
    try:
        said = run_bounded(("tmux", "show-options", "-gv", "set-clipboard"), environ=given, limit_s=_TMUX_S)
    except (OSError, CommandTimeout):
        return Check("clipboard", "tmux, which does not answer", CheckLevel.NOTE, "Is tmux in the PATH?")
    setting = said.out.strip()
    if setting == "off":
        cure = "Put into ~/.tmux.conf: set -g set-clipboard external"
        return Check("clipboard", "tmux's own buffer only (set-clipboard off)", CheckLevel.NOTE, cure)
    return Check("clipboard", f"tmux, and by it the terminal (set-clipboard {setting or 'unknown'})")


def _viewer(environ: Mapping[str, str]) -> Check:
    argv = opener(environ, sys.platform, _is_there)
    if argv is not None:
        return Check("opener", argv[0])
    if is_remote(environ):
        return Check("opener", "none over SSH: addresses are shown and copied instead")
    return Check("opener", "none: there is no display, or no xdg-open; addresses are shown and copied instead")


def _depth(environ: Mapping[str, str]) -> ColorDepth:
    """As Rich reads the environment, from which the app has it, and as the app takes tmux."""
    if environ.get("COLORTERM", "").strip().lower() in _TRUE_COLOUR:
        return ColorDepth.TRUE
    if tmux_hides_colours(environ):
        return ColorDepth.PALETTE
    return ColorDepth.PALETTE if environ.get("TERM", "").rpartition("-")[2] in ("256color", "kitty") else ColorDepth.FEW


def _why_words(place: TerminalCapabilities, depth: ColorDepth, show: str) -> str:
    if show == GraphicsProtocol.WORDS:
        return "[pictures] show is off"
    if not place.colours:
        return "NO_COLOR is set"
    if not place.utf8:
        return "the locale is not UTF-8"
    return "the terminal has 16 colours or fewer" if depth is ColorDepth.FEW else "they are off"


def _named(route: GraphicsProtocol) -> str:
    return {GraphicsProtocol.KITTY: "Kitty's protocol", GraphicsProtocol.SIXEL: "Sixel"}.get(route, "half blocks")


def _is_there(program: str) -> bool:
    return shutil.which(program) is not None
