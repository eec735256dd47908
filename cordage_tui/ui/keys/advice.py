"""Advice of engine and store, with the user's own key for it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from textual.screen import Screen

from cordage_tui.domain.advice import action_of
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.keys.footer import main_key

_WAYS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "queue.resume": (("queue.pause", "resumes"), ("app.queue", "opens the queue to resume")),
    "run.kill": (("run.kill", "retries"),),
    "run.edit": (("run.edit", "edits it"),),
    "run.resend": (("run.resend", "sends it again"),),
    "runs.refresh": (("runs.refresh", "retries"),),
}
"""Bindings for each advised action, the nearest first, and what their keys do."""


def ways_of(text: str | None) -> Sequence[tuple[str, str]]:
    """Return the bindings that a text advises, the nearest first, and what their keys do."""
    return _WAYS.get(action_of(text) or "", ())


def with_key(text: SafeText, screen: Screen[Any]) -> SafeText:
    """Append the key for the advised action on `screen`; return `text` alone where no key does it."""
    for binding, does in ways_of(text):
        if key := main_key(screen, binding):
            return SafeText(f"{text} {key} {does}.")
    return SafeText(str(text))
