"""Whatever text comes in, the terminal gets only the sequences that an honest session sends (docs/dev/faults.md rule
11)."""

import base64
import re
import signal
import time
from collections.abc import Sequence
from contextlib import closing
from itertools import zip_longest
from pathlib import Path

import pytest

from cordage_tui.simulator.fault_responses import EVERYTHING
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.server import run_in_thread
from cordage_tui.simulator.world import Options, plain_world
from tests.e2e.home import Home
from tests.e2e.terminal import SILENCE_S, TOGETHER_S
from tests.e2e.vt import tokens

UNSEEN = re.compile("[\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u061c\ufeff\ufffe\U000e0000-\U000e007f]")
"""Characters that reorder or hide text. Joiners are not among them, because Persian and emoji need them."""
TITLES = re.compile(r"\x1b\]2;(● \d+ · )?cordage\x1b\\")
LINKS = re.compile(r"\x1b\]8;(id=[\d-]+)?;(http://127\.0\.0\.1:\d+/[!-~]*)?\x1b\\")
"""All links of these sessions lead to this machine; another one breaks the rule."""
TERM = "xterm-kitty"
"""A terminal that takes notifications, so that the test checks those too."""


EXPECTED_SHAPES = {"OSC 2", "OSC 52", "OSC 777"}
"""Shapes of the sequences that the keys of a session cause: a title, copies and a notification."""
STEPS = (
    *("\x1b", "2", "g", "j", "j", "j", "j", "4", "J", "\x04", "\x15", "y", "Y", "C", "\x1b", "e", "\x1b", "x", "n", "/", "fox", "\x1b"),
    *("1", "j", "R", "\x1b", "X", "n", "j", "j", "G", ":", "\x1b", "?", "\x1b", "P", "\x1b", "r", "2"),
)  # fmt: skip
"""Keys that open every view once."""


def session(
    root: Path, faults: Sequence[Fault] = (), name: str = "Sunset", prompt: str = "a fox", pace: float = 1.0
) -> bytes:
    """Return all bytes of a session on a machine below `root`.

    The keys come `pace` times slower than those of a person. Each fault strikes every call of one of four webhooks.
    """
    world = plain_world(time.time, webhooks=4, seconds=1.0, options=Options(echo_inputs=True))
    for webhook, fault in zip_longest(world.webhooks, faults):
        for n in range(2):
            world.trigger(webhook.key, {"prompt": prompt, "style": prompt, prompt: "x"}, time.time() - 100 * n)
        if fault:
            world.faults.add(Call.ANY, fault, count=None, webhook_key=webhook.key)
    home = Home(root, forked=True)
    with closing(run_in_thread(world)) as served:
        home.configure(served.base_url, {w.key: f"{escaped(name)}{n}" for n, w in enumerate(world.webhooks)})
        with home.open(home.environ(served.api_key, TERM=TERM), columns=160, rows=50) as terminal:
            terminal.wait_for("Webhooks")
            terminal.read_for(2.5 * pace)
            terminal.type("t")
            terminal.wait_for("f1 help")
            terminal.paste(prompt)
            terminal.read_for(0.2 * pace)
            terminal.type("\r")
            terminal.read_for(0.2 * pace)
            terminal.type("\x1b[O")  # nobody is looking: the terminal tells of what ends
            terminal.read_for(2.5 * pace)
            terminal.type("\x1b[I")
            terminal.wait_until_read()
            for keys in STEPS:
                terminal.type(keys)
                terminal.wait_until_read(pace * (SILENCE_S if keys == "\x1b" else TOGETHER_S))
                terminal.settles(pace * 0.1)
            assert terminal.process.poll() is None, terminal.text()
            terminal.settles(0.3)  # a frame that the terminal does not take in time is left out at the end
            terminal.signal(signal.SIGTERM)
            assert terminal.wait_exit() == 143
    return bytes(terminal.written)


def honest_session(root: Path) -> tuple[bytes, float]:
    """Return a session in which all text is harmless, and the pace that this machine needs for all of it now."""
    for pace in (1.0, 3.0, 9.0):
        written = session(root / str(pace), pace=pace)
        if shapes(written) >= EXPECTED_SHAPES:
            break
    return written, pace


def escaped(text: str) -> str:
    """Return the text as a TOML basic string, without lone surrogates."""
    plain = (c for c in text if not "\ud800" <= c <= "\udfff" and c != "\x00")
    return "".join(c if c.isalnum() else f"\\U{ord(c):08x}" for c in plain)


def shapes(written: bytes) -> set[str]:
    """Return the shapes of all sequences in these bytes."""
    return {token.shape for token in tokens(written)}


def assert_inert(written: bytes, honest: set[str]) -> None:
    """Assert that the bytes have only shapes of the honest session, our own titles, and nothing that acts on a
    terminal."""
    for token in tokens(written):
        shape = token.shape
        assert shape in honest, token
        if shape == "OSC 2":
            assert TITLES.fullmatch(token.body), token
        elif shape == "OSC 52":
            copied = base64.b64decode(token.body[2:].rstrip("\x07\x1b\\").split(";")[2]).decode()
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", copied), token
        elif shape == "OSC 8":
            assert LINKS.fullmatch(token.body), token
        if token.kind in {"text", "osc"}:
            assert not UNSEEN.search(token.body), token


def assert_the_check_works(written: bytes) -> None:
    """Assert that the check would find an escape sequence, and that the honest session shows, copies and notifies."""
    honest = shapes(written)
    assert honest >= EXPECTED_SHAPES
    assert_inert(written, honest)
    with pytest.raises(AssertionError):
        assert_inert(b"\x1b]0;PWNED\x07", honest)
    with pytest.raises(AssertionError):
        assert_inert("\u202e".encode(), honest)
    with pytest.raises(ValueError, match="unfinished"):
        assert_inert(b"\x1b]0;never ended", honest)


FAULTS = {
    "every string": Fault(FaultKind.HOSTILE),
    "outputs": Fault(FaultKind.HOSTILE, field="outputs"),
    "status": Fault(FaultKind.HOSTILE, field="status"),
    "error": Fault(FaultKind.PATCH, patch={"status": "failed", "error": EVERYTHING}),
    "run_id": Fault(FaultKind.PATCH, patch={"run_id": "x" + EVERYTHING[:150], "status": "completed"}),
    "metadata": Fault(FaultKind.PATCH, patch={"metadata": {EVERYTHING: EVERYTHING}, EVERYTHING: [EVERYTHING]}),
    "long": Fault(FaultKind.HOSTILE, payload="long"),
    "refusal": Fault(FaultKind.STATUS, status=400, body='{"error": "\\u001b]0;PWNED\\u0007 \\u202e [/b]"}'),
    "reason phrase and type": Fault(FaultKind.CONTENT_TYPE, body="text/\x1b]0;PWNED\x07"),
}


NAMES = tuple(FAULTS)


@pytest.mark.long
@pytest.mark.timeout(900)  # at the slowest pace
def test_text_from_the_server_and_from_this_machine_is_inert(tmp_path):
    """Hostile text from the server, from the configuration and from a paste never acts on the terminal.

    There are few long sessions, because each costs the same, and one honest session is compared with all.
    """
    written, pace = honest_session(tmp_path)
    assert_the_check_works(written)
    name = "\x1b]0;PWNED\x07\u202e\u200b[/b][@click=app.quit]x[/]"
    prompt = EVERYTHING.encode(errors="ignore").decode()
    for where in (NAMES[:3], NAMES[3:6], NAMES[6:]):
        faults = [FAULTS[each] for each in where]
        assert_inert(session(tmp_path / where[0], faults, name, prompt, pace), shapes(written))
