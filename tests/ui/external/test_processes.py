"""Programs that receive text or files from us."""

import os
import signal
import time
from pathlib import Path

from cordage_tui.ui.external.clipboard import pipe_to
from cordage_tui.ui.external.opener import start_detached


def ended(pid: int) -> bool:
    """Return whether the process has ended, or is a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"


def until(holds) -> None:
    """Wait until `holds` returns true, at most ten seconds."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_text_is_given_whole(program, environ, tmp_path):
    """The tool gets the text byte for byte on stdin, with no argument and no shell."""
    tool = program("tool", f'cat > {tmp_path}/got; echo "$#" > {tmp_path}/count')
    text = ("a\x00$(touch x) `id`\n" * 5_000).encode()
    assert pipe_to([str(tool)], text, environ) is None
    assert (tmp_path / "got").read_bytes() == text
    assert (tmp_path / "count").read_text() == "0\n"


def test_nobody_waits_for_what_a_tool_leaves_behind(program, environ, tmp_path):
    """A tool may leave a process with open files behind, as xclip does, and we do not wait for it."""
    tool = program("tool", f"cat > /dev/null; sleep 30 & echo $! > {tmp_path}/pid")
    begun = time.monotonic()
    assert pipe_to([str(tool)], b"x", environ) is None
    assert time.monotonic() - begun < 5
    pid = int((tmp_path / "pid").read_text())
    assert not ended(pid) and os.getsid(pid) != os.getsid(0)
    os.kill(pid, signal.SIGKILL)


def test_a_tool_that_hangs_is_ended_with_all_it_started(program, environ, tmp_path):
    """A tool that hangs is ended with its children, and a hanging, failing or missing tool gives a message."""
    tool = program("tool", f"sleep 30 & echo $! > {tmp_path}/pid; wait")
    assert pipe_to([str(tool)], b"x", environ, limit_s=1.0) == f"{tool} did not accept it within 1 s."
    until(lambda: ended(int((tmp_path / "pid").read_text())))
    bad = program("bad", "echo Error: \x1b[31mno display >&2; exit 3")
    assert pipe_to([str(bad)], b"x", environ) == f"{bad} failed (3): Error: ␛[31mno display"
    assert "cannot be started" in str(pipe_to([str(tmp_path / "none")], b"x", environ))


def test_a_viewer_may_stay_and_one_that_fails_is_reported(program, environ, tmp_path):
    """A viewer gets its own session and is waited for only briefly, so that a quick failure is reported."""
    stays = program("stays", f"echo $$ > {tmp_path}/pid; exec sleep 30")
    assert start_detached([str(stays), "x"], environ, limit_s=0.5) is None
    pid = int((tmp_path / "pid").read_text())
    assert not ended(pid) and os.getsid(pid) == pid
    os.kill(pid, signal.SIGKILL)
    fails = program("fails", "exit 4")
    assert start_detached([str(fails), "x"], environ) == f"{fails} could not open it (4)."
