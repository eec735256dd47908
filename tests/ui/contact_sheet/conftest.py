"""Models of tiles for the tests of the contact sheet."""

from collections.abc import Callable
from typing import Any

import pytest

from cordage_tui.domain.output import OutputRef, Rating
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.contact_sheet.tiles import Tile, TileModel


def face_of(number: int = 1, row: int = 1, status: Status = Status.COMPLETED, **fields: Any) -> TileModel:
    """Return the model of an output; with number 0, of a run without outputs."""
    run = RunRow(
        RowId(row), "wh", f"run-{row}", status, SafeText(status.value), SafeText("a red fox"), 100.0, 100.0, 112.0, 1
    )
    output = OutputRef(RowId(row), number, f"https://s/{row}/{number}.png") if number else None
    values: dict[str, Any] = {"verdict": Rating(), "outputs": 1, "name": SafeText("a red fox")}
    return TileModel(Tile(RowId(row), number), run, output, **(values | fields))


@pytest.fixture
def model() -> Callable[..., TileModel]:
    """Return the function that makes a model: `model(number, row, status, field=…)`."""
    return face_of
