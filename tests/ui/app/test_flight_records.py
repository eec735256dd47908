"""The app records how it goes, for `doctor --bundle`: from its begin to its end, the sizes of its terminal, and a bug by type and place."""

import pytest

from cordage_tui.engine.record_ring import FlightRecord, RecordRing


def records(program, *kinds: str) -> list[FlightRecord]:
    found = RecordRing(program.paths.flight_records).read(program.clock.wall()).records
    return [record for record in found if record["kind"] in kinds]


async def test_the_app_records_its_begin_its_terminal_and_its_end(opened) -> None:
    """Nothing before the first frame; then calls, sizes, and the bug that ends it, without a word of what it says."""
    with pytest.raises(KeyError):
        async with opened() as program:
            await program.pilot.resize_terminal(100, 30)
            await program.sees("● live")

            def breaks() -> None:
                raise KeyError("promptxyzzy")

            program.app.call_later(breaks)
    assert [one["command"] for one in records(program, "begin", "end")] == ["app", "app"]
    assert records(program, "call")
    assert [(one["columns"], one["rows"]) for one in records(program, "size")][-1] == (100, 30)
    (bug,) = records(program, "bug")
    assert bug["error"] == "builtins.KeyError"
    assert "xyzzy" not in program.paths.flight_records.read_text()
