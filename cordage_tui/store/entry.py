"""How a submission enters the database, alone or as one of many."""

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.inputs import Inputs, prompt_of
from cordage_tui.domain.outbox import SHOWN_AS, OutboxState
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import one_line
from cordage_tui.store.database import Transaction
from cordage_tui.store.moves import OutboxTransitions
from cordage_tui.store.rows import MAX_PROMPT, digest, search_text, stored


@dataclass(frozen=True, slots=True)
class SubmissionOwner:
    """Whose submission it is, and to which batch it belongs."""

    profile: str
    webhook: str
    batch: RowId | None = None
    folded: bool = False


def insert_submission(
    write: Transaction, moves: OutboxTransitions, owner: SubmissionOwner, inputs: Inputs, now: float
) -> RowId:
    """Write a prompt down as `queued`, last in the queue, and give it its row. `now`: epoch seconds."""
    whose = {"profile": owner.profile, "webhook": owner.webhook}
    line = {**shown(inputs), "batch": owner.batch, "folded": int(owner.folded), "created_at": now}
    row = RowId(write.insert("runs", {**whose, "status": SHOWN_AS[OutboxState.QUEUED].value, **line}))
    write.insert("details", {"id": row, "inputs": stored(inputs)})
    entry = {"state": OutboxState.QUEUED.value, "fingerprint": digest(inputs), "submitted_at": now, "place": row}
    write.insert("outbox", {"id": row, **whose, **entry})
    write.touch(row)
    moves.update_duplicate_notes(write, row)
    return row


def shown(inputs: Inputs) -> dict[str, object]:
    """The columns of `runs` that follow from what is sent."""
    prompt = one_line(prompt_of(inputs), MAX_PROMPT)
    return {"prompt": prompt, "search": search_text(prompt)}
