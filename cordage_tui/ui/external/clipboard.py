"""Clipboard of the user at the terminal."""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from cordage_tui.config.launch_options import LaunchOptions
from cordage_tui.domain.base.environment import ChildEnvironment, ClipboardMethod, child_environment, copy_ways
from cordage_tui.domain.safe_text import SafeText, one_line, safe_unlimited
from cordage_tui.engine.nonblocking_waits import run_in_daemon_thread
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.notifications import toast
from cordage_tui.ui.terminal.raw_sequences import Terminal
from cordage_tui.ui.widgets.text import literal, short_path

# Methods to copy to the clipboard, and the toast that names the used one.


class Clipboard:
    """Copies texts by the first method that accepts them. If no method does, it offers to write a file."""

    def __init__(
        self,
        app: BaseApp,
        terminal: Terminal,
        ways: Callable[[], Sequence[ClipboardMethod]],
        environ: ChildEnvironment,
        folder: Path,
    ) -> None:
        """Create the clipboard. `ways` returns the available methods. `environ` is for programs, and `folder` for texts that
        no method accepts."""
        self._app = app
        self._terminal = terminal
        self._ways = ways
        self.environ = environ
        self._folder = folder
        self._turn = asyncio.Lock()

    @classmethod
    def of(cls, app: BaseApp, terminal: Terminal, launch: LaunchOptions) -> "Clipboard":
        """Create the clipboard for the user at this terminal."""
        environ = child_environment(os.environ, launch.settings.secret_env_vars)
        folder = launch.settings.downloads.place(launch.paths)
        return cls(app, terminal, lambda: copy_ways(environ, sys.platform, in_path), environ, folder)

    def copy(self, text: SafeText, what: SafeText) -> None:
        """Copy `text`, and show by which method `what` was copied."""
        self._remember(text)
        self._app.run_worker(self._copy(text, what, self._app.key_order.heard), group="clipboard", exclusive=False)

    def copy_quietly(self, text: str) -> None:
        """Copy a text that was cut or copied in a field. For our own fields it is unchanged; for other programs it is made safe."""
        self._remember(text)
        self._app.run_worker(self._send(safe_unlimited(text)), group="clipboard", exclusive=False)

    def _remember(self, text: str) -> None:
        """Set Textual's own clipboard, which `ctrl+v` pastes. Its `copy_to_clipboard` would also write OSC 52."""
        self._app._clipboard = text

    async def _copy(self, text: SafeText, what: SafeText, keys_before: int) -> None:
        """Copy in a worker. `keys_before`: number of keys that were pressed when the copy was requested.

        Trying all methods takes seconds. If the user has pressed other keys since, no dialog opens.
        """
        way = await self._send(text)
        if way is not None:
            toast(self._app, one_line(f"Copied {what} · {way.name}"))
        elif keys_before == self._app.key_order.heard:
            self._offer_file(text, what)
        else:
            title, why = self._trouble(text)
            toast(self._app, one_line(f"{what} was not copied. {title}: {why} Copy it again for a file."), error=True)

    def _trouble(self, text: SafeText) -> tuple[str, str]:
        """Return why no method accepts the text, as a title and as a sentence."""
        if self._ways():
            return "Too long for the clipboard", f"{len(text):,} characters are more than the terminal accepts."
        return "Clipboard unavailable", "This terminal is not known to support copying."

    async def _send(self, text: SafeText) -> ClipboardMethod | None:
        """Copy the text. Return the method that accepted it; None: no method did.

        Texts are copied one after the other, so that the last one stays.
        """
        data = text.encode(errors="replace")
        async with self._turn:
            for way in self._ways():
                if len(data) <= way.most and await self._try(way, data):
                    return way
        return None

    async def _try(self, way: ClipboardMethod, data: bytes) -> bool:
        if not way.argv:
            self._terminal.copy(data)
            return True
        return await run_in_daemon_thread(lambda: pipe_to(way.argv, data, self.environ), "clipboard") is None

    def _offer_file(self, text: SafeText, what: SafeText) -> None:
        from cordage_tui.ui.dialogs.base import ConfirmDialog

        title, why = self._trouble(text)
        lines = [
            literal(one_line(f"{what}: {why}")),
            literal(one_line(f"Save it to a file in {short_path(self._folder)}."), "$quiet"),
        ]
        dialog = ConfirmDialog(one_line(title), lines, one_line("Write a file"))
        self._app.push_screen(dialog, lambda yes: self._write(text) if yes else None)

    def _write(self, text: SafeText) -> None:
        try:
            path = write_aside(self._folder, text, time.time())
        except OSError as error:
            message = f"It could not be written to {short_path(self._folder)}: {error.strerror or error}."
            toast(self._app, one_line(message), error=True)
        else:
            toast(self._app, one_line(f"Saved to {short_path(path)}"))


COPY_S: Final = 2.0
"""Seconds that a clipboard program gets to accept a text."""


def pipe_to(argv: Sequence[str], text: bytes, environ: ChildEnvironment, limit_s: float = COPY_S) -> SafeText | None:
    """Run `argv` with `text` on its stdin, and kill it at its time limit. Return what went wrong; None: nothing.

    xclip and wl-copy leave a process that serves the text. It has our descriptors open, and must outlive the terminal.
    """
    from cordage_tui.engine.processes.user_program import run_program  # the first frame copies nothing

    try:
        result = run_program(argv, text, environ, limit_s)
    except OSError as error:
        return one_line(f"{argv[0]} cannot be started: {error.strerror or error}.")
    if result.code is None:
        return one_line(f"{argv[0]} did not accept it within {limit_s:g} s.")
    detail = f": {result.last_error}" if result.last_error else "."
    return one_line(f"{argv[0]} failed ({result.code}){detail}", 300) if result.code else None


def in_path(program: str) -> bool:
    """Return whether a program is in the PATH."""
    return shutil.which(program) is not None


# File for a text that no clipboard accepts.

_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_aside(folder: Path, text: str, now: float) -> Path:
    """Write `text` to a new file in `folder` that only the user can read. `now` (epoch seconds) is in its name.

    Raises OSError. No file is ever overwritten.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y-%m-%d-%H%M%S", time.localtime(now))
    for number in range(1, 100):
        path = folder / f"copied-{stamp}{'' if number == 1 else f'-{number}'}.txt"
        try:
            descriptor = os.open(path, _FLAGS, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        return path
    raise FileExistsError(f"{folder} has a hundred such files already")
