"""Actions on the output that a screen shows: rate it, use it as an input, open it in the system's viewer."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeAlias

from textual.binding import Binding

from cordage_tui.domain.formatting import counted
from cordage_tui.domain.output import MAX_STARS, UNJUDGED, OutputRef, Rating
from cordage_tui.domain.run import RowId
from cordage_tui.ui.external.download_actions import DownloadActions
from cordage_tui.ui.keys.action import Action
from cordage_tui.ui.keys.disabled_reasons import DisabledReason, not_here
from cordage_tui.ui.screen_base import EngineScreen

NO_OUTPUT: Final = not_here("There is no output here.")
UseOutputs: TypeAlias = Callable[[Sequence[OutputRef]], None]
"""Function that uses outputs as inputs of a webhook: one output through the prompt panel, several as a batch."""
_RATE: Final = Binding.Group("Rate", compact=True)


class OutputRatings:
    """Writes the ratings that the user gives. Every screen reads them from the store."""

    def __init__(self, host: EngineScreen[Any]) -> None:
        self._host = host
        self._ratings = host.store.ratings

    def decide(self, output: OutputRef | None, kept: bool) -> None:
        """Keep or reject an output. The same decision again makes it undecided."""
        self._write(output, lambda key, rating: self._ratings.decide([key], None if rating.kept is kept else kept))

    def rate(self, output: OutputRef | None, stars: int) -> None:
        """Give an output stars. The same number again removes them."""
        self._write(output, lambda key, rating: self._ratings.rate([key], 0 if rating.stars == stars else stars))

    def _write(self, output: OutputRef | None, write: Callable[[tuple[RowId, int], Rating], None]) -> None:
        if output is None:
            return
        with self._host.report_errors():
            rating = self._host.reads.last_good(self._ratings.of, {}, output.row).get(output.number, UNJUDGED)
            write((output.row, output.number), rating)


class ShowsOutput(Protocol):
    """Screen, or context of a screen, that shows an output on which keys act."""

    downloads: DownloadActions
    use: UseOutputs

    @property
    def ratings(self) -> OutputRatings:
        """Ratings of the screen."""
        ...

    @property
    def output(self) -> OutputRef | None:
        """Output that keys act on; None: there is none."""
        ...

    def why_no_output(self) -> DisabledReason | None:
        """Return why there is no output to act on; None if there is one."""
        ...

    def outputs_to_use(self) -> Sequence[OutputRef]:
        """Return the outputs that become inputs."""
        ...


class OutputAction(Action[ShowsOutput]):
    """Action on the output that a screen shows. Its id begins with `scope`, so that each screen's keys can be changed."""

    def __init__(self, scope: str, name: str) -> None:
        self.id = f"{scope}.{name}"

    def reason(self, shows: ShowsOutput) -> DisabledReason | None:
        return shows.why_no_output()


class DecideOutput(OutputAction):
    """Keep or reject an output."""

    in_footer = True

    def __init__(self, scope: str, what: str, keys: str, *, kept: bool) -> None:
        super().__init__(scope, "keep" if kept else "reject")
        self.keys, self.word = keys, "keep" if kept else "reject"
        self.help = f"{self.word.capitalize()} {what}; press again to undo"
        self._kept = kept

    def run(self, shows: ShowsOutput) -> None:
        shows.ratings.decide(shows.output, self._kept)


class RateOutput(OutputAction):
    """Give an output stars, or remove them."""

    group = _RATE
    in_palette = False

    def __init__(self, scope: str, stars: int) -> None:
        super().__init__(scope, f"stars_{stars}")
        self.keys, self.word = str(stars), f"{stars} stars" if stars else "no stars"
        self.help = f"Give {counted(stars, 'star')}; press again to undo" if stars else "Remove the stars"
        self._stars = stars

    def run(self, shows: ShowsOutput) -> None:
        shows.ratings.rate(shows.output, self._stars)


class UseOutput(OutputAction):
    """Use an output as an input of a webhook."""

    keys, word = "u", "use as input"
    in_footer = sends = True

    def __init__(self, scope: str, what: str = "this output") -> None:
        super().__init__(scope, "use_output")
        self.help = f"Use {what} as an input of a webhook"

    def run(self, shows: ShowsOutput) -> None:
        if outputs := shows.outputs_to_use():
            shows.use(outputs)


class OpenOutputOutside(OutputAction):
    """Open this output in the system's viewer."""

    keys, word = "o", "open outside"

    def __init__(self, scope: str) -> None:
        super().__init__(scope, "open_outside")

    def run(self, shows: ShowsOutput) -> None:
        if (output := shows.output) is not None:
            shows.downloads.open_outside(output)


def rating_actions(scope: str, what: str = "this output", *, keep: str = "+") -> list[OutputAction]:
    """Return the actions that keep, reject and give stars to `what`."""
    stars = [*range(1, MAX_STARS + 1), 0]
    return [
        DecideOutput(scope, what, keep, kept=True),
        DecideOutput(scope, what, "-", kept=False),
        *(RateOutput(scope, number) for number in stars),
    ]
