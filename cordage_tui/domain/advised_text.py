"""Text with advice: a sentence together with the id of the action that helps."""

from typing import Final

from cordage_tui.domain.safe_text import SafeText, safe

# Text with advice names an action, never a key or a command.
#
# Engine and store do not know whether a screen or a shell shows their text. The app names the key that the user has given
# to the action, the command line the command that does the same.


class AdvisedText(str):
    """Safe text together with the id of the next action. As text it is only the sentence."""

    __slots__ = ("action",)
    action: str
    """As in the list of bindings, such as `queue.resume`."""


def advised(sentence: str, action: str | None) -> SafeText:
    """Attach an action to `sentence`; None: there is none."""
    text = safe(sentence)
    if action is None:
        return text
    advised_text = AdvisedText(text)
    advised_text.action = action
    return SafeText(advised_text)


def action_of(text: str | None) -> str | None:
    """The id of the action that leads on; None: the text names none."""
    return text.action if isinstance(text, AdvisedText) else None


BUG_ADVICE: Final = SafeText(
    "cordage-tui ended because of a bug. Your prompts are on disk: start it again, and they are there.\n"
    "A prompt that was being sent will be uncertain; it is not resent automatically.\n"
    "To report it, within 15 minutes: cordage-tui doctor --bundle bundle.txt"
)
