"""One trigger that goes wrong."""

import pytest

from cordage_tui.api.client import CordageClient
from cordage_tui.api.errors import CordageError
from tests.api.raw_server import WEBHOOK


async def failure(client: CordageClient, inputs: object = None) -> tuple[CordageError, int]:
    """The error of a trigger, and how often `on_sending` was called."""
    calls: list[None] = []
    with pytest.raises(CordageError) as caught:
        await client.trigger(WEBHOOK, inputs or {"prompt": "fox"}, lambda: calls.append(None))  # type: ignore[arg-type]
    return caught.value, len(calls)
