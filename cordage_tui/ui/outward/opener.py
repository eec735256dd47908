"""Opens an output in the system's own viewer: its file where there is one, else its address; never by itself."""

import sys
from pathlib import Path
from typing import Final

from textual.app import App
from textual.content import Content

from cordage_tui.domain.environment import is_remote, opener, takes_sequences
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.text import SafeText, one_line, safe_unlimited, veil_link
from cordage_tui.domain.urls import OutputUrl, checked_link, leads_here
from cordage_tui.engine.concurrency import run_in_daemon_thread
from cordage_tui.engine.engine import Engine
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.detail.outputs import linked
from cordage_tui.ui.ink import literal
from cordage_tui.ui.outward.clipboard import Clipboard, in_path
from cordage_tui.ui.outward.hosts import KnownHosts, disguised, origin
from cordage_tui.ui.outward.program import start_detached
from cordage_tui.ui.outward.viewable import is_viewable
from cordage_tui.ui.toast import toast

_REMOTE: Final = "Over SSH nothing is opened: whatever came up would be on the other machine's screen."
_NO_VIEWER: Final = "Nothing here can open it: there is no display, or no xdg-open."


class ExternalOpener:
    """For the outputs of one profile. Where nothing can be opened, the address is shown and copied instead."""

    def __init__(self, app: App[int], engine: Engine, clip: Clipboard) -> None:
        self._app = app
        self._engine = engine
        self._clip = clip
        self._hosts = KnownHosts(engine.store.settings, engine.profile.stored_as)

    def output(self, output: OutputRef) -> None:
        """This output: the file it was downloaded to if that is one to be looked at, else its address."""
        try:
            path = self._engine.downloads.paths(output.row).get(output.number)
            output = self._as_given(output)
        except StoreError as error:
            self._say(error.what, error=True)
            return
        if path is not None and self._argv() and is_viewable(path):
            self._start(str(path), one_line(path.name))
        else:
            self._address(output)

    def file(self, path: Path) -> None:
        """A file of ours, if it is one to be looked at."""
        if not self._argv():
            self._say(one_line(_REMOTE if is_remote(self._clip.environ) else _NO_VIEWER))
        elif not is_viewable(path):
            self._say(one_line(f"{path.name} is not opened: it is gone, or of no kind that is only looked at."))
        else:
            self._start(str(path), one_line(path.name))

    def _as_given(self, output: OutputRef) -> OutputRef:
        """With the address as the server gave it last, so that what is wrong with it is not mended. Raises StoreError."""
        outputs = self._engine.store.picked.output_refs([output.row])
        return next((given for given in outputs if given.number == output.number), output)

    def _argv(self) -> tuple[str, ...] | None:
        return opener(self._clip.environ, sys.platform, in_path)

    def _address(self, output: OutputRef) -> None:
        try:
            link = checked_link(output.url, loopback=leads_here(self._engine.profile.base_url))
        except ValueError as why:
            self._say(one_line(f"This output is not opened: its address {why}."), error=True)
            return
        try:
            known = self._hosts.knows(link)
        except StoreError as error:
            self._say(error.what, error=True)
            return
        if not self._argv():
            self._show(output, link)
        elif known:
            self._start(str(link), link.place)
        else:
            self._ask(link)

    def _ask(self, link: OutputUrl) -> None:
        from cordage_tui.ui.dialogs.question import ConfirmDialog

        said = "Nothing from this host was opened here before."
        if disguised(link):
            said = "Its name has letters that may look like others; this is how it is looked up."
        lines = [literal(origin(link), "bold"), literal(one_line(said), "$quiet")]
        dialog = ConfirmDialog(one_line("Open this address?"), lines, one_line("Open"))
        self._app.push_screen(dialog, lambda yes: self._agreed(link) if yes else None)

    def _agreed(self, link: OutputUrl) -> None:
        try:
            self._hosts.add(link)
        except StoreError as error:  # it will be asked again: that is all
            self._say(error.what, error=True)
        self._start(str(link), link.place)

    def _start(self, target: str, name: SafeText) -> None:
        if (argv := self._argv()) is not None:
            self._say(one_line(f"Opening {name} · {argv[0]}"))
            self._app.run_worker(self._opened((*argv, target)), group="open", exclusive=False)

    async def _opened(self, argv: tuple[str, ...]) -> None:
        if (
            trouble := await run_in_daemon_thread(lambda: start_detached(argv, self._clip.environ), "opener")
        ) is not None:
            self._say(trouble, error=True)

    def _show(self, output: OutputRef, link: OutputUrl) -> None:
        """The address, to be followed in the terminal where that can, and on the clipboard."""
        from cordage_tui.ui.dialogs.text import TextDialog

        self._clip.copy(safe_unlimited(str(link)), one_line(f"URL of output {output.number}"))
        shown = literal(veil_link(safe_unlimited(str(link))))
        shown = linked(shown, link) if takes_sequences(self._clip.environ) else shown
        why = one_line(_REMOTE if is_remote(self._clip.environ) else _NO_VIEWER)
        whole_one = one_line("The whole address, signature and all, is copied: paste it into a browser.")
        text = Content("\n").join([shown, Content(""), literal(why, "$quiet"), literal(whole_one, "$quiet")])
        self._app.push_screen(TextDialog(one_line(f"Output {output.number}"), text))

    def _say(self, words: SafeText, *, error: bool = False) -> None:
        toast(self._app, words, error=error)
