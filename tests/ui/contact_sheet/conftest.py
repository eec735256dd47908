"""Faces of tiles, as the store would tell them."""

from collections.abc import Callable
from typing import Any

import pytest

from cordage_tui.domain.output import OutputRef, Rating
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.contact_sheet.tiles import Tile, TileModel


def face_of(number: int = 1, row: int = 1, status: Status = Status.COMPLETED, **told: Any) -> TileModel:
    run = RunRow(
        RowId(row), "wh", f"run-{row}", status, SafeText(status.value), SafeText("a red fox"), 100.0, 100.0, 112.0, 1
    )
    output = OutputRef(RowId(row), number, f"https://s/{row}/{number}.png") if number else None
    values: dict[str, Any] = {"verdict": Rating(), "outputs": 1, "name": SafeText("a red fox")}
    return TileModel(Tile(RowId(row), number), run, output, **(values | told))


@pytest.fixture
def model() -> Callable[..., TileModel]:
    """`face(number, row, status, field=…)`; number 0: a run without outputs."""
    return face_of
