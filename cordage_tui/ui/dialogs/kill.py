"""The question before a kill. What is killed is frozen when it opens, however the table moves behind it."""

from textual.content import Content

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.dialogs.question import ConfirmDialog
from cordage_tui.ui.ink import GLYPHS, RUN_COLOURS, literal

MAX_PROMPT = 160
"""Characters of the prompt that are shown: three lines of the dialog, enough to know it by."""


@dataclass(frozen=True, slots=True)
class KillTarget:
    """The run as it was when the dialog was asked for."""

    row: RowId
    short_id: str
    """First 8 characters of the run's id; what a protected profile has typed."""
    prompt: SafeText
    """Empty when the run was started elsewhere."""
    webhook: SafeText
    status: Status
    status_name: SafeText
    elapsed: SafeText | None
    """How long it has been going, as the table writes it; None: not known."""
    protected: bool
    """The profile asks for the short id to be typed."""


class KillDialog(ConfirmDialog):
    """True: kill `target`. False: leave it alone."""

    def __init__(self, target: KillTarget) -> None:
        name = one_line(target.short_id) or SafeText("kill")
        super().__init__(
            SafeText("Kill this run?"),
            kill_lines(target),
            SafeText("Kill"),
            danger=True,
            typed=name if target.protected else None,
        )
        self.target = target


def kill_lines(target: KillTarget) -> list[Content]:
    """The run by its prompt, then where and how it stands, then what a kill means."""
    prompt = one_line(target.prompt, MAX_PROMPT)
    name = literal(prompt, "bold") if prompt else literal(SafeText("started elsewhere, prompt unknown"), "$quiet")
    colour = f"${RUN_COLOURS[target.status]}"
    state = literal(SafeText(f"{GLYPHS[target.status]} {one_line(target.status_name)}"), colour)
    about = [target.webhook, *([target.elapsed] if target.elapsed else []), SafeText(target.short_id)]
    rest = literal(one_line(" · ".join(part for part in about if part)), "$quiet")
    final = literal(SafeText("A killed run stays cancelled; e runs its inputs again."), "$quiet")
    return [name, Content.assemble(state, "  ", rest), Content(""), final]
