"""What stands on the desk as one body: read, checked, and filled in."""

from cordage_tui.domain.inputs import PROMPT, Inputs, Json, canonical
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Webhook
from cordage_tui.ui.prompt.desk import PromptLayout
from cordage_tui.ui.prompt.written import MAX_BYTES, size


class PromptBody(PromptLayout):
    """Editor and fields together are the inputs for one webhook."""

    webhook: Webhook | None = None
    """What is written for; None: no one webhook. Set by `panel.PromptPanel.show`."""
    _at_rest: str | None = None

    def inputs(self) -> Inputs:
        """What stands in the panel, fields that are left out or wrong not among it."""
        written = self.editor.written
        return self.form.values() | ({PROMPT: str(written)} if written else {})

    def _validated_body(self, text: SafeText) -> dict[str, Json] | None:
        """The body as it stands with that prompt; None, with words that say why, when it cannot be sent."""
        wrong = self.form.first_wrong()
        written = text.strip()
        body = self.form.values() | ({PROMPT: written} if written else {})
        if wrong is not None:
            self.show_message(SafeText(f"Not sent: {one_line(wrong.field.name, 40)} is not right yet."))
            wrong.control.focus()
        elif not body or (PROMPT not in body and canonical(body) == self._at_rest):
            self.show_message(SafeText("Nothing to send: type a prompt."))
        elif size(canonical(body)) > MAX_BYTES:
            self.show_message(SafeText("Not sent: the prompt and its fields are larger than 1 MiB together."))
        else:
            return body
        return None

    def _set_baseline(self, unless: bool = False) -> None:
        """The fields as they stand now are nobody's wish: without a prompt, a stray Enter does not send them; `unless`
        they came from a run that had no prompt."""
        self._at_rest = None if unless else canonical(self.form.values())

    def _fill(self, inputs: Inputs) -> None:
        self.form.load(fields_of(inputs))
        self.editor.write(prompt_of(inputs))
        self._set_baseline(unless=not prompt_of(inputs).strip())


def prompt_of(inputs: Inputs) -> str:
    """The prompt of them; empty when they have none, or one that is no text."""
    prompt = inputs.get(PROMPT)
    return prompt if isinstance(prompt, str) else ""


def fields_of(inputs: Inputs) -> Inputs:
    """All but the prompt; a prompt that is no text is a field like any other."""
    return {name: value for name, value in inputs.items() if name != PROMPT or not isinstance(value, str)}
