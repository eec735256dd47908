"""A yard that is tidied up when its test ends."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.engine.downloads.yard import Yard
from tests.storage_server import StorageServer


@pytest.fixture
def storage() -> Iterator[StorageServer]:
    with StorageServer() as server:
        yield server


@pytest.fixture
async def yard(storage: StorageServer, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Yard]:
    """`@pytest.mark.parametrize("yard", [{"tries": 2}], indirect=True)` sets bounds."""
    yard = Yard(storage, tmp_path, **getattr(request, "param", {}))
    yield yard
    await yard.close()
    yard.store.close()
