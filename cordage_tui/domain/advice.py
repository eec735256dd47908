"""Text with advice: it names an action, never a key or a command.

Engine and store do not know whether a screen or a shell shows their text. The app names the key that the user has given
to the action, the command line the command that does the same.
"""

from cordage_tui.domain.text import SafeText, safe


class AdvisedText(str):
    """Safe text together with the id of the action that leads on. As text it is the words alone."""

    __slots__ = ("action",)
    action: str
    """As in the list of bindings, such as `queue.resume`."""


def advised(words: str, action: str | None) -> SafeText:
    """Attach an action to `words`; None: there is none."""
    text = safe(words)
    if action is None:
        return text
    made = AdvisedText(text)
    made.action = action
    return SafeText(made)


def action_of(text: str | None) -> str | None:
    """The id of the action that leads on; None: the text names none."""
    return text.action if isinstance(text, AdvisedText) else None
