"""Inside tmux pictures depend on the terminals around it, and are sent again to one that may not have them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image as Picture
from rich.console import Console
from textual.color import Color

from cordage_tui.domain.image import Image, ImageFormat, PixelSize
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.engine.images.sandbox.sixels import sixels
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.images.kitty import passed_through, sending
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.images.tmux import TmuxClients, allow, ask, read
from cordage_tui.ui.images.tmux_watch import TmuxWatch
from cordage_tui.ui.terminal.capabilities import GraphicsProtocol, TerminalCapabilities, questions
from cordage_tui.ui.terminal.replies import DeviceAttributes
from tests.ui.images.test_renderer import _Kept, _Wire

KITTY = "0|@1|100|xterm-kitty|bpaste,title|kitty(0.41.1)"
GHOSTTY = "0|@1|101|xterm-ghostty|bpaste|ghostty 1.2.0"
DISGUISED = "0|@1|102|xterm-256color|256,RGB|kitty(0.41.1)"
DIM = "0|@1|103|xterm-256color|256|kitty(0.41.1)"
XTERM = "0|@1|104|xterm-256color|256,RGB,sixel,title|XTerm(398)"
PLAIN = "0|@1|105|alacritty|256,RGB|"
NESTED = "0|@1|106|tmux-256color|256,RGB,sixel|tmux 3.5a"
ELSEWHERE = "0|@2|107|alacritty|256|"
CONTROL = "1|@1|108|||"
LINE = "set -g allow-passthrough on"


def _clients(passthrough: str, *clients: str) -> TmuxClients:
    clients_read = read("\n".join([f"@1|{passthrough}|", *clients, ""]))
    assert clients_read is not None
    return clients_read


@pytest.mark.parametrize(
    ("passthrough", "clients", "route", "line"),
    [
        ("on", [KITTY], "kitty", ""),
        ("all", [GHOSTTY], "kitty", ""),
        ("1", [KITTY], "kitty", ""),
        ("", [KITTY], "kitty", ""),
        ("on", [DISGUISED, KITTY], "kitty", ""),
        ("on", [KITTY, ELSEWHERE, CONTROL], "kitty", ""),
        ("off", [KITTY], "blocks", LINE),
        ("0", [GHOSTTY, KITTY], "blocks", LINE),
        ("on", [DIM], "blocks", "set -as terminal-features ',xterm-256color:RGB'"),
        ("off", [XTERM], "sixel", ""),
        ("on", [XTERM, KITTY], "blocks", ""),
        ("on", [KITTY, PLAIN], "blocks", ""),
        ("on", [PLAIN], "blocks", ""),
        ("on", [NESTED], "blocks", ""),
        ("on", [KITTY, NESTED], "blocks", ""),
        ("on", [], "blocks", ""),
        ("on", [ELSEWHERE], "blocks", ""),
    ],
)
def test_the_best_that_all_who_look_can_draw(passthrough: str, clients: list[str], route: str, line: str) -> None:
    """The best protocol of all attached terminals is used, and a hint names the missing line of tmux.conf."""
    clients_read = _clients(passthrough, *clients)
    assert (clients_read.route, clients_read.line) == (GraphicsProtocol(route), line)
    assert (clients_read.hint is None) == (line == "")
    assert line in (clients_read.hint or "")


def test_a_tmux_built_without_sixel_draws_none() -> None:
    """A tmux that reports no support for Sixel gets half blocks."""
    for support, route in (("1", "sixel"), ("0", "blocks")):
        clients_read = read(f"@1|on|{support}\n{XTERM}\n")
        assert clients_read is not None and clients_read.route == GraphicsProtocol(route)


@pytest.mark.parametrize("output", ["", "no server running on /tmp/x", "\n\n"])
def test_what_is_no_answer_is_none(output: str) -> None:
    """An error or an empty reply of tmux gives None."""
    assert read(output) is None


def test_tmux_is_asked_about_this_pane(tmp_path: Path) -> None:
    """tmux is asked about this pane with a minimal environment, and a failure gives None."""
    fake = tmp_path / "tmux"
    fake.write_text(f'#!/bin/sh\n[ -z "$KEY" ] && [ "$4" = %7 ] && printf \'@1|on|\\n{KITTY}\\n\'\n')
    fake.chmod(0o700)
    environ = {"PATH": str(tmp_path), "TMUX": "/x,1,0", "TMUX_PANE": "%7", "KEY": "secret"}
    assert ask(environ) == _clients("on", KITTY)
    fake.write_text("#!/bin/sh\nexit 1\n")
    assert ask(environ) is None
    fake.unlink()
    assert ask(environ) is None


def test_tmux_is_let_pass_pictures_on_in_this_pane_only(tmp_path: Path) -> None:
    """Passthrough is allowed for this pane only, and no setting of the user is changed."""
    fake = tmp_path / "tmux"
    fake.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/asked\n')
    fake.chmod(0o700)
    assert allow({"PATH": str(tmp_path), "TMUX": "/x,1,0", "TMUX_PANE": "%7"})
    assert (tmp_path / "asked").read_text() == "set-option -p -t %7 allow-passthrough on\n"
    fake.unlink()
    assert not allow({"PATH": str(tmp_path), "TMUX": "/x,1,0"})


def test_only_the_pictures_go_through() -> None:
    """Only picture commands are wrapped, each separately, and unwrapped they are the same."""
    sent = sending(7, b"x" * 9000, 3, 2)
    wrapped = passed_through(sent)
    assert sent.count("\x1b_G") == wrapped.count("\x1bPtmux;") == 3
    assert wrapped.replace("\x1bPtmux;", "").replace("\x1b\x1b\\\x1b\\", "\x1b\\").replace("\x1b\x1b", "\x1b") == sent
    assert passed_through("\U0010eeee\x1b[m") == "\U0010eeee\x1b[m"


PNG = Image(ImageFormat.PNG, 95, 61, (b"png",))
INSIDE = {"TERM": "tmux-256color", "LANG": "C.UTF-8", "TMUX": "/nowhere,1,0", "TMUX_PANE": "%0"}


class _Pane:
    """Renderer inside tmux with a record of its output, and the timers of its watch."""

    def __init__(self, app: BaseApp, show: str = "auto") -> None:
        self.wire, self.kept = _Wire(pixels=PixelSize(9, 18)), _Kept()
        self.renderer = ImageRenderer(app, self.wire, show, INSIDE, self.kept)
        self.watch = TmuxWatch(app, INSIDE, self.renderer.on_tmux)
        self.checks: list[None] = []
        self.watch.check = lambda: self.checks.append(None)
        self.renderer.tmux = self.watch

    def attach(self, *clients: str, passthrough: str = "on") -> None:
        """Report these clients of tmux."""
        self.watch.on_answer(_clients(passthrough, *clients))

    def drawn_output(self) -> str:
        """Draw the picture, and return the output."""
        before = len(self.wire.sent)
        self.renderer.strips(PNG, Color(1, 2, 3))
        return "".join(self.wire.sent[before:])


@pytest.fixture
async def pane() -> AsyncIterator[_Pane]:
    app = BaseApp()
    async with app.run_test():
        yield _Pane(app)


async def test_the_claims_of_tmux_are_ignored(pane: _Pane) -> None:
    """tmux's own claim to draw Sixel is ignored, and only its clients decide."""
    pane.renderer.on_reply(DeviceAttributes(sixel=True))
    assert pane.renderer.route is GraphicsProtocol.BLOCKS
    assert questions(TerminalCapabilities.of(INSIDE), "auto", cell_known=False) == ""
    pane.attach(XTERM)
    assert pane.renderer.route is GraphicsProtocol.SIXEL
    pane.attach(KITTY)
    assert pane.renderer.route is GraphicsProtocol.KITTY


async def test_a_picture_is_wrapped_and_its_cells_are_text(pane: _Pane) -> None:
    """A picture is sent wrapped and once, and is removed at the end."""
    pane.attach(KITTY)
    assert pane.drawn_output().startswith("\x1bPtmux;\x1b\x1b_G")
    assert pane.drawn_output() == ""
    assert "\x1b\x1b_Ga=d" in pane.wire.leaving()


async def test_who_may_not_have_a_picture_gets_it_again(pane: _Pane) -> None:
    """A newly attached terminal gets the picture twice, because tmux lists it before it accepts input."""
    again = KITTY.replace("|100|", "|200|")
    pane.attach(KITTY)
    assert pane.drawn_output() != ""
    pane.attach(KITTY)
    assert pane.drawn_output() == ""
    for clients in ([again], [again, GHOSTTY], [GHOSTTY, KITTY]):
        for _ in range(2):
            pane.attach(*clients)
            assert pane.drawn_output() != ""
        pane.attach(*clients)
        assert pane.drawn_output() == ""
    pane.attach(GHOSTTY)
    assert pane.drawn_output() == ""


async def test_few_pictures_are_sixels_and_many_half_blocks(pane: _Pane) -> None:
    """tmux holds few images, so few pictures are Sixel bands and many are half blocks."""
    pane.attach(XTERM)
    output = OutputRef(RowId(1), 1, "https://files.example/1.png")
    assert pane.renderer.wanted(output, 20, 10, among=9).form is ImageFormat.RGB
    wanted = pane.renderer.wanted(output, 20, 10, among=8)
    assert (wanted.form, wanted.cell, wanted.box) == (ImageFormat.SIXEL, PixelSize(9, 6), PixelSize(180, 180))
    assert pane.renderer.wanted(output, 200, 10).box == PixelSize(1000, 180)
    image = Image(ImageFormat.SIXEL, 18, 30, tuple(sixels(Picture.new("RGB", (18, 30)), 6)))
    strips = pane.renderer.strips(image, Color(1, 2, 3))
    assert (pane.renderer.cells(image), [strip.cell_length for strip in strips]) == ((2, 2), [2, 2])
    assert pane.wire.finish("\x1b[2;3H" + strips[0].render(Console()))[1][0].startswith("\x1b7\x1b[2;3H\x1bP")


async def test_what_was_sent_while_nobody_looked_is_sent_again(pane: _Pane) -> None:
    """A picture sent while no terminal was attached is sent again, and the protocol stays the same meanwhile."""
    pane.attach(KITTY)
    pane.attach(ELSEWHERE)
    pane.attach(KITTY)
    assert pane.drawn_output() != ""
    pane.attach(ELSEWHERE)
    assert pane.renderer.route is GraphicsProtocol.KITTY
    pane.attach(KITTY)
    assert pane.drawn_output() != ""
    pane.attach()
    pane.attach(KITTY)
    assert pane.drawn_output() != ""


async def test_tmux_is_asked_again_when_something_happened(pane: _Pane, tmp_path: Path) -> None:
    """tmux is asked again after a resize, a change of its socket, and from time to time while pictures are missing."""
    pane.renderer.measure()
    assert len(pane.checks) == 1
    socket = tmp_path / "socket"
    socket.touch(0o600)
    pane.watch._socket = socket
    pane.watch._look()
    assert len(pane.checks) == 2
    for _ in range(20):
        pane.watch._look()
    assert len(pane.checks) == 2
    socket.chmod(0o700)
    pane.watch._look()
    assert len(pane.checks) == 3
    pane.attach(KITTY)
    pane.drawn_output()
    pane.attach()
    for _ in range(8):
        pane.watch._look()
    assert 3 < len(pane.checks) < 8


async def test_a_terminal_that_says_its_name_late_gets_the_pictures(
    pane: _Pane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal that names itself late is asked for some seconds, and gets the pictures again once it is known."""
    monkeypatch.setattr(pane.watch._app, "set_timer", lambda _, call: call())
    silent, nameless = DISGUISED.replace("kitty(0.41.1)", ""), KITTY.replace("kitty(0.41.1)", "")
    pane.attach(silent)
    assert len(pane.checks) == 1 and pane.renderer.route is GraphicsProtocol.BLOCKS
    pane.attach(DISGUISED)
    assert len(pane.checks) == 1 and pane.renderer.route is GraphicsProtocol.KITTY
    pane.attach(nameless)
    pane.drawn_output()
    for _ in range(20):
        pane.attach(nameless)
    assert 4 < len(pane.checks) < 10
    pane.drawn_output()
    assert pane.drawn_output() == ""
    pane.attach(KITTY)
    assert pane.drawn_output() != ""


async def test_the_line_for_tmux_is_hinted_once() -> None:
    """The hint for tmux.conf is shown once, when the first picture is drawn in half blocks."""
    hints: list[str] = []
    blocks = Image(ImageFormat.RGB, 4, 4, (bytes(48),))
    app = BaseApp()
    async with app.run_test() as pilot:
        first = _Pane(app)
        second = _Pane(app)
        second.renderer._kept = first.kept
        forced = _Pane(app, "blocks")
        for pane in (first, second, forced):
            pane.renderer.show_hint = hints.append
            pane.attach(KITTY, passthrough="off")
            await pilot.pause()
            assert len(hints) == (pane is not first)
            pane.renderer.strips(blocks, Color(1, 2, 3))
            pane.renderer.strips(replace(blocks, parts=(bytes(range(48)),)), Color(1, 2, 3))
            await pilot.pause()
    assert len(hints) == 1 and LINE in hints[0]


async def test_what_the_palette_may_offer(pane: _Pane) -> None:
    """The palette offers to allow passthrough only if that would help."""
    assert not pane.watch.is_allowable
    pane.attach(KITTY, passthrough="off")
    assert pane.watch.is_allowable
    for clients in ([DIM], [XTERM]):
        pane.attach(*clients, passthrough="off")
        assert not pane.watch.is_allowable
    pane.attach(KITTY)
    assert not pane.watch.is_allowable
