"""Where the viewer finds what it shows."""

from typing import Protocol

from cordage_tui.ui.viewer.exhibit import ViewerModel


class ViewerSource(Protocol):
    """The outputs of whatever screen the viewer was opened from; that screen's cursor goes along."""

    def exhibit(self) -> ViewerModel | None:
        """The chosen output as it stands now; None: there is none any more."""
        ...

    def step(self, by: int) -> None:
        """The output `by` places further is the chosen one."""
        ...

    def step_run(self, by: int) -> None:
        """The first output of the next run that has any, or of the one before, is."""
        ...
