"""Where API.md is silent a server may do it one way or another: here each way can be chosen."""

from dataclasses import dataclass
from enum import StrEnum


class ListShape(StrEnum):
    """What the array of runs is wrapped in: nothing, or an object with it under this name."""

    BARE = "bare"
    RUNS = "runs"
    DATA = "data"
    ITEMS = "items"
    RESULTS = "results"


class ListOrder(StrEnum):
    """In which order a list comes."""

    NEWEST_FIRST = "newest_first"
    UNSORTED = "unsorted"


@dataclass(frozen=True, slots=True)
class Options:
    """How this Cordage behaves where its documentation does not say."""

    list_shape: ListShape = ListShape.RUNS
    list_order: ListOrder = ListOrder.NEWEST_FIRST
    rows_have_outputs: bool = True
    """List rows carry `outputs`; otherwise one get is needed for each."""
    rows_have_metadata: bool = True
    page_size: int | None = None
    """A list holds at most this many runs, the newest; None: all of them."""
    list_lag_s: float = 0.0
    """Seconds until a new run appears in lists (a get finds it at once)."""
    echo_inputs: bool = False
    """`metadata.inputs` holds what was sent. API.md knows no call that returns it."""
    trigger_says_running: bool = True
    """The trigger's answer says `running`, as documented, even for a run that is still `pending`."""
    tells_node_count: bool = True
    """The trigger's answer has `node_count`, which API.md says may be absent."""
    tells_reason: bool = True
    """A failed run has an `error` string."""
    kill_ended_status: int = 409
    """HTTP status of a kill of a run that has ended; any 4xx is possible."""
    latency_s: tuple[float, float] = (0.0, 0.0)
    """Every answer of the API takes a time between these, in seconds."""
    links_last_s: float | None = None
    """Output links are signed at every read and refused this many seconds later; None: they stay the same and valid."""
