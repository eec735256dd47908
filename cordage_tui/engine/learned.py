"""What the history of a profile teaches about how long its runs take."""

from cordage_tui.domain.durations import Durations
from cordage_tui.engine.session import Session


class Learning:
    """Durations by webhook and node count, learned from the runs that have finished, whoever started them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, webhook_key: str, node_count: int | None = None) -> Durations:
        """What is known of such runs; memoryless while that is little."""
        return Durations.memoryless()
