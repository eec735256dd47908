"""Requests of authors: each is named, and submitted once however often it is made."""

from collections.abc import Sequence

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.run import RowId
from cordage_tui.domain.submission import AuthorRequest
from cordage_tui.store.errors import AlreadyRequested
from cordage_tui.store.file.database import Table
from cordage_tui.store.runs.row_codecs import escaped


@dataclass(frozen=True, slots=True)
class EarlierRequest:
    """Prompts that a request was submitted as."""

    rows: Sequence[RowId]
    """In its order, without those that were pruned."""
    at: float
    """When it was submitted, epoch seconds."""


class Requests(Table):
    """Table of requests. Methods raise StoreError."""

    def find(self, profile: str, request: AuthorRequest) -> EarlierRequest | None:
        """Return the earlier submission of a request; None: it was not submitted, or was pruned.

        Raises AlreadyRequested if that one had other inputs.
        """
        sql = """SELECT id, digest, submitted_at FROM requests JOIN outbox USING (id)
            WHERE requests.profile = ? AND author = ? AND name = ? ORDER BY requests.place"""
        submitted = self._database.rows(sql, (profile, request.author, escaped(request.name)))
        if any(digest != request.digest for _, digest, _ in submitted):
            raise AlreadyRequested(request.name, "was already used for other inputs")
        return EarlierRequest([RowId(row) for row, *_ in submitted], submitted[0][2]) if submitted else None
