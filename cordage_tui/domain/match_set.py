"""Match sets: uncertain prompts and runs that may be theirs, if the run list does not show which is which."""

from enum import StrEnum

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.safe_text import SafeText


class SetKind(StrEnum):
    """Kinds of match sets."""

    ALL_RAN = "all ran"
    """As many runs as prompts, and each prompt must have run; which run is whose is unknown. They count as sent."""
    SOME_RAN = "some ran"
    """Fewer runs than prompts: which of the prompts ran is unknown."""
    MORE_RUNS = "more runs"
    """More runs than prompts, so another client used the webhook: whether the prompts ran is unknown."""


class Settlement(StrEnum):
    """A user's decision about a match set."""

    ALL_RAN = "all-ran"
    """Each prompt ran, whichever run is whose: they are not sent again."""
    NONE_RAN = "none-ran"
    """No run is one of these prompts': all are uncertain, and can be resent."""
    AS_GUESSED = "as-guessed"
    """The guesses are right; a prompt without one did not get any of these runs and stays uncertain."""


@dataclass(frozen=True, slots=True)
class FoundSet:
    """A match set as the matcher finds it, in rows of the run table."""

    kind: SetKind
    rows: tuple[RowId, ...]
    """The prompts, in the order they were sent."""
    runs: tuple[RowId, ...]
    """The runs that may be theirs, in the order they were created."""
    likely: tuple[tuple[RowId, RowId], ...] = ()
    """Prompt and run that the times make likely: a guess."""
    is_bound: bool = False
    """The guesses are to be shown as the prompts' runs, marked as guesses: there is one for each prompt."""


@dataclass(frozen=True, slots=True)
class SetPrompt:
    """A prompt of a match set."""

    row: RowId
    prompt: SafeText
    state: OutboxState
    """UNCERTAIN, or ACCEPTED if the set counts it as sent."""
    sent_at: float | None
    """Epoch seconds."""
    guess: str | None
    """Id of the run that the times make likely; None: none is."""


@dataclass(frozen=True, slots=True)
class SetRun:
    """A run that may be one of the prompts'."""

    run_id: str
    row: RowId | None
    """Its line in the run table, or the prompt's line if the run is shown as a guess; None: deleted."""
    status: Status | None
    created_at: float | None
    """Epoch seconds, by this machine's clock."""


@dataclass(frozen=True, slots=True)
class MatchSet:
    """A match set that is not settled."""

    id: int
    webhook_key: str
    kind: SetKind
    prompts: tuple[SetPrompt, ...]
    """In the order they were sent."""
    runs: tuple[SetRun, ...]
    """In the order they were created."""

    @property
    def rows(self) -> tuple[RowId, ...]:
        """The prompts' rows."""
        return tuple(prompt.row for prompt in self.prompts)

    @property
    def is_guessed(self) -> bool:
        """True if at least one prompt has a likely run."""
        return any(prompt.guess is not None for prompt in self.prompts)

    def is_same(self, other: "MatchSet | None") -> bool:
        """Return whether `other` shows the user the same set: the prompts with their states, the runs and the guesses.
        The runs' states may differ."""
        return other is not None and self._shown() == other._shown()

    def _shown(self) -> object:
        prompts = tuple((prompt.row, prompt.state, prompt.guess) for prompt in self.prompts)
        return self.id, self.kind, prompts, frozenset(run.run_id for run in self.runs)


def summary(match_set: MatchSet) -> SafeText:
    """Describe a set in a sentence or two."""
    prompts, runs = counted(len(match_set.prompts), "prompt"), counted(len(match_set.runs), "run")
    match match_set.kind:
        case SetKind.ALL_RAN if len(match_set.prompts) == 1:
            sentence = "This prompt is likely this run. The list does not prove it."
        case SetKind.ALL_RAN:
            sentence = f"These {prompts} are these {runs}: all ran. Which is which is not known."
        case SetKind.SOME_RAN:
            sentence = f"These {prompts} may be {runs} in the list. Which of them ran is not known."
        case SetKind.MORE_RUNS:
            sentence = (
                f"{runs} may be {prompts} of yours, so somebody else used this webhook. Which is whose is not known."
            )
    guess = " Guesses, based on start times, are marked." if match_set.is_guessed and len(match_set.prompts) > 1 else ""
    return SafeText(sentence + guess)


def settlements(match_set: MatchSet) -> tuple[Settlement, ...]:
    """List the possible settlements of a set."""
    if match_set.is_guessed:
        return tuple(Settlement)
    return Settlement.ALL_RAN, Settlement.NONE_RAN


def consequence(match_set: MatchSet, settlement: Settlement, *, again: bool = False) -> SafeText:
    """Describe the consequence and the risk of a settlement."""
    prompts, pronoun = counted(len(match_set.prompts), "prompt"), "it" if len(match_set.prompts) == 1 else "any of them"
    left = sum(prompt.guess is None for prompt in match_set.prompts)
    match settlement:
        case Settlement.ALL_RAN:
            return SafeText(
                f"{prompts} count as run and will not be resent. Prompts that did not run will not be sent."
            )
        case Settlement.NONE_RAN if again:
            return SafeText(
                f"{prompts} will be resent, which is charged. If {pronoun} did run after all, it runs and is charged twice."
            )
        case Settlement.NONE_RAN:
            return SafeText(
                f"{prompts} will be uncertain, and can be resent. Nothing is sent now. You cannot take this back: the "
                f"runs shown are not offered again. If {pronoun} did run after all, resending it is charged a second time."
            )
        case Settlement.AS_GUESSED:
            uncertain_rest = (
                f" {counted(left, 'prompt')} without a guess will stay uncertain and can be resent." if left else ""
            )
            guesses = "The guess becomes" if len(match_set.prompts) - left == 1 else "The guesses become"
            return SafeText(f"{guesses} certain.{uncertain_rest}")
