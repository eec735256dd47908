"""The counts of a campaign."""

from dataclasses import dataclass, field, fields

from cordage_tui.domain.run import RowId

FAULTS = (
    "lost",
    "twice",
    "unknown",
    "dropped",
    "misbound",
    "out_of_order",
    "orphaned",
    "beyond_limit",
    "dead_links",
    "damaged",
    "waiting",
)


@dataclass
class Tally:
    """Sums over lanes with `+=`. The rows are those of one lane and are only counted."""

    prompts: int = 0
    runs: int = 0
    """Which the server has in the end."""
    kills: int = 0
    unmet: int = 0
    """Failpoints at which nothing was killed."""
    windows: int = 0
    """Kills of a window; the others were of workers and commands."""
    commands: int = 0
    """Kills of a `trigger`."""
    by_command: int = 0
    """Prompts that a `trigger` has submitted."""
    in_flight: int = 0
    """Kills while a prompt was between its intent and its outcome."""
    uncertain: int = 0
    """Prompts that ever were."""
    resolved: int = 0
    """Of these, found in the run list by the program itself."""
    resent: int = 0
    """Of these, called not seen and sent again on the user's word."""
    looked_up: int = 0
    """Of these, told apart by the user: the list shows one run for several."""
    unknown: int = 0
    """Runs which the server has of a prompt that is not known here."""
    dropped: int = 0
    """Runs which the server has of a prompt that was dropped here."""
    waiting: int = 0
    """Not settled when the lane ended."""
    taken_back: int = 0
    """Prompts that a `trigger` took back when it ended by itself: no try of them had reached the server."""
    lost: int = 0
    """Prompts that neither run nor wait."""
    twice: int = 0
    """Runs beyond one for each prompt."""
    misbound: int = 0
    """Prompts that are shown with another's run, and not marked as a guess."""
    guessed: int = 0
    """Prompts that are shown with a run by a guess, marked as one."""
    guessed_wrong: int = 0
    """Of these, with another's."""
    not_told: int = 0
    """Prompts that ran as one of several runs, which is whose not being told."""
    batched: int = 0
    """Prompts that were submitted in a batch."""
    out_of_order: int = 0
    """Prompts that were sent before another one of a lower lane, or of theirs ahead of them."""
    children: int = 0
    """Prompts that were made from an earlier one; one has a link to an output of it."""
    by_rerun: int = 0
    """Of these, submitted by a `rerun`."""
    orphaned: int = 0
    """Prompts whose parent or link is not what they were submitted with."""
    over_limit: int = 0
    """Prompts that the user let pass the run limit."""
    beyond_limit: int = 0
    """Prompts that passed it without that."""
    linked: int = 0
    """Bodies that arrived with an output of another run."""
    dead_links: int = 0
    """Of these, with a link that was not valid any more."""
    held: int = 0
    """Prompts that were held as the output which is their input is gone, and given up by the user."""
    strangers: int = 0
    """Runs that others started on the same webhooks."""
    taken_back_guesses: int = 0
    """Guesses that the user took back, as the run was another's."""
    damaged: int = 0
    """Kills after which SQLite's integrity_check complained."""
    asked: set[RowId] = field(default_factory=set)
    torn: set[RowId] = field(default_factory=set)
    accounts: list[str] = field(default_factory=list)
    """A line for each text that was lost or ran twice: what became of its prompts."""

    def figures(self) -> dict[str, int]:
        """By name, in order."""
        numbers = {f.name: getattr(self, f.name) for f in fields(self) if f.type == "int" or f.type is int}
        return {**numbers, "resent": self.resent + len(self.asked), "looked_up": self.looked_up + len(self.torn)}

    @property
    def faults(self) -> dict[str, int]:
        """What must not be."""
        figures = self.figures()
        return {name: figures[name] for name in FAULTS if figures[name]}

    def __iadd__(self, other: "Tally") -> "Tally":
        for name, number in other.figures().items():
            setattr(self, name, getattr(self, name) + number)
        self.accounts += other.accounts
        return self

    def __str__(self) -> str:
        figures = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in self.figures().items())
        return "\n".join([figures, *self.accounts])
