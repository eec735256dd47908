"""The hosts whose outputs the user has had opened: a new one is asked about, an old one is not."""

import json
from typing import Final

from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.urls import OutputUrl
from cordage_tui.store.user_data import AppSettings

MOST: Final = 100
"""Hosts that are remembered; the oldest is forgotten first."""


class KnownHosts:
    """One profile's, kept in the store. Methods raise StoreError."""

    def __init__(self, settings: AppSettings, profile: str) -> None:
        self._settings = settings
        self._name = f"opened hosts/{profile}"

    def knows(self, link: OutputUrl) -> bool:
        """Whether links to there are opened without a question. One that may pass for another is always asked about."""
        return not disguised(link) and str(origin(link)) in self._all()

    def add(self, link: OutputUrl) -> None:
        """The user has said yes to this one."""
        if not disguised(link):
            hosts = [host for host in self._all() if host != origin(link)]
            self._settings.save(self._name, json.dumps([*hosts, origin(link)][-MOST:]))

    def _all(self) -> list[str]:
        return [str(host) for host in json.loads(self._settings.get(self._name) or "[]")]


def origin(link: OutputUrl) -> SafeText:
    """`https://storage.example:8443`."""
    return one_line(f"{link.scheme}://{link.place}")


def disguised(link: OutputUrl) -> bool:
    """Its name has letters that may look like others (FAULTS.md C 114): it is shown as it is looked up."""
    return any(label.startswith("xn--") for label in link.host.split("."))
