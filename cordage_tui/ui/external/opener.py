"""Programs outside the app that open files and URLs."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from textual.app import App
from textual.content import Content

from cordage_tui.domain.base.environment import ChildEnvironment, is_remote, opener, takes_sequences
from cordage_tui.domain.base.file_system import open_regular
from cordage_tui.domain.media_type import HEAD, MediaKind, sniff
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.safe_text import SafeText, one_line, safe_unlimited
from cordage_tui.domain.secrets import veil_link
from cordage_tui.domain.urls import OutputUrl, checked_link, leads_here
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.nonblocking_waits import run_in_daemon_thread
from cordage_tui.store.app_settings import AppSettings
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.dialogs.base import ConfirmDialog, TextDialog
from cordage_tui.ui.external.clipboard import Clipboard, in_path
from cordage_tui.ui.notifications import toast
from cordage_tui.ui.run_detail.output_links import linked
from cordage_tui.ui.widgets.text import literal

# Known hosts. The URL of a new host is confirmed before it is opened.

MOST: Final = 100
"""Most known hosts that are stored. The oldest is dropped first."""


class KnownHosts:
    """Hosts whose URLs the user has opened before, stored for each profile. Methods raise StoreError."""

    def __init__(self, settings: AppSettings, profile: str) -> None:
        self._settings = settings
        self._name = f"opened hosts/{profile}"

    def knows(self, link: OutputUrl) -> bool:
        """Return whether links to this host are opened without a question. A disguised host always needs one."""
        return not disguised(link) and str(origin(link)) in self._all()

    def add(self, link: OutputUrl) -> None:
        """Remember a host that the user has agreed to."""
        if not disguised(link):
            hosts = [host for host in self._all() if host != origin(link)]
            self._settings.save(self._name, json.dumps([*hosts, origin(link)][-MOST:]))

    def _all(self) -> list[str]:
        return [str(host) for host in json.loads(self._settings.get(self._name) or "[]")]


def origin(link: OutputUrl) -> SafeText:
    """Return the origin of a link: `https://storage.example:8443`."""
    return one_line(f"{link.scheme}://{link.place}")


def disguised(link: OutputUrl) -> bool:
    """Return whether the host's name has letters that may look like others (docs/dev/faults.md 114)."""
    return any(label.startswith("xn--") for label in link.host.split("."))


# Files that the system's opener may get. They are viewable or audible, and never executable.

_LOOKED_AT: Final = frozenset(MediaKind) - {MediaKind.OTHER}


def is_viewable(path: Path) -> bool:
    """Return whether `path` is a viewable file: not executable, and of a listed kind by its first bytes and its name.

    The name decides how the opener handles it, and the bytes what it really is (docs/dev/faults.md 135), so both must agree.
    A link is not followed, and a pipe is not read.
    """
    with suppress(OSError), open_regular(path) as file:
        media, is_executable = sniff(file.read(HEAD)), os.fstat(file.fileno()).st_mode & 0o111
        return not is_executable and media.kind in _LOOKED_AT and path.suffix == media.suffix
    return False


# Opening of an output in the system's viewer: its file, if it is downloaded; else its URL.

_REMOTE: Final = "Not opened: over SSH it would appear on the remote machine's screen."
_NO_VIEWER: Final = "Not opened: there is no display, or no xdg-open."


class ExternalOpener:
    """Opens outputs in the system's viewer. If nothing can be opened here, the URL is shown and copied instead."""

    def __init__(self, app: App[int], engine: Engine, clip: Clipboard) -> None:
        self._app = app
        self._engine = engine
        self._clip = clip
        self._hosts = KnownHosts(engine.store.settings, engine.profile.stored_as)

    def output(self, output: OutputRef) -> None:
        """Open an output: its downloaded file, if that is viewable, else its URL."""
        try:
            path = self._engine.store.downloads.files(output.row).get(output.number)
            output = self._as_given(output)
        except StoreError as error:
            self._toast(error.what, error=True)
            return
        if path is not None and self._argv() and is_viewable(path):
            self._start(str(path), one_line(path.name))
        else:
            self._open_url(output)

    def file(self, path: Path) -> None:
        """Open a downloaded file, if it is viewable."""
        if not self._argv():
            self._toast(one_line(_REMOTE if is_remote(self._clip.environ) else _NO_VIEWER))
        elif not is_viewable(path):
            self._toast(
                one_line(f"{path.name} is not opened: it is missing, or not a picture, video, audio or text file.")
            )
        else:
            self._start(str(path), one_line(path.name))

    def _as_given(self, output: OutputRef) -> OutputRef:
        """Return the output with its URL exactly as the server sent it last. Raises StoreError."""
        outputs = self._engine.store.run_lookup.output_refs([output.row])
        return next((given for given in outputs if given.number == output.number), output)

    def _argv(self) -> tuple[str, ...] | None:
        return opener(self._clip.environ, sys.platform, in_path)

    def _open_url(self, output: OutputRef) -> None:
        try:
            link = checked_link(output.url, loopback=leads_here(self._engine.profile.base_url))
        except ValueError as why:
            self._toast(one_line(f"This output is not opened: its URL {why}."), error=True)
            return
        try:
            is_known = self._hosts.knows(link)
        except StoreError as error:
            self._toast(error.what, error=True)
            return
        if not self._argv():
            self._show(output, link)
        elif is_known:
            self._start(str(link), link.place)
        else:
            self._ask(link)

    def _ask(self, link: OutputUrl) -> None:
        explanation = "First time a file from this host is opened here."
        if disguised(link):
            explanation = "Its name has letters that may look like others; this is the name that is looked up."
        lines = [literal(origin(link), "bold"), literal(one_line(explanation), "$quiet")]
        dialog = ConfirmDialog(one_line("Open this URL?"), lines, one_line("Open"))
        self._app.push_screen(dialog, lambda yes: self._agreed(link) if yes else None)

    def _agreed(self, link: OutputUrl) -> None:
        try:
            self._hosts.add(link)
        except StoreError as error:  # the question will be asked again next time
            self._toast(error.what, error=True)
        self._start(str(link), link.place)

    def _start(self, target: str, name: SafeText) -> None:
        if (argv := self._argv()) is not None:
            self._toast(one_line(f"Opening {name} · {argv[0]}"))
            self._app.run_worker(self._opened((*argv, target)), group="open", exclusive=False)

    async def _opened(self, argv: tuple[str, ...]) -> None:
        if (
            trouble := await run_in_daemon_thread(lambda: start_detached(argv, self._clip.environ), "opener")
        ) is not None:
            self._toast(trouble, error=True)

    def _show(self, output: OutputRef, link: OutputUrl) -> None:
        """Show the URL as a link for the terminal, and copy it."""
        self._clip.copy(safe_unlimited(str(link)), one_line(f"URL of output {output.number}"))
        url = literal(veil_link(safe_unlimited(str(link))))
        url = linked(url, link) if takes_sequences(self._clip.environ) else url
        reason = one_line(_REMOTE if is_remote(self._clip.environ) else _NO_VIEWER)
        copied = one_line("Full signed URL copied: paste it into a browser.")
        text = Content("\n").join([url, Content(""), literal(reason, "$quiet"), literal(copied, "$quiet")])
        self._app.push_screen(TextDialog(one_line(f"Output {output.number}"), text))

    def _toast(self, message: SafeText, *, error: bool = False) -> None:
        toast(self._app, message, error=error)


OPEN_S: Final = 3.0
"""Seconds in which a failure of an opener is noticed. After that it may keep running: some openers are the viewer."""


def start_detached(argv: Sequence[str], environ: ChildEnvironment, limit_s: float = OPEN_S) -> SafeText | None:
    """Start `argv` without input and output in a new session. Return what went wrong within `limit_s` seconds; None:
    nothing."""
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environ,
            start_new_session=True,
        )
    except OSError as error:
        return one_line(f"{argv[0]} cannot be started: {error.strerror or error}.")
    try:
        code = process.wait(limit_s)
    except subprocess.TimeoutExpired:
        threading.Thread(target=process.wait, name="viewer", daemon=True).start()  # so that no zombie is left
        return None
    return one_line(f"{argv[0]} could not open it ({code}).") if code else None
