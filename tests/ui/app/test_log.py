"""The app logs how it goes, for `doctor --bundle`, and reports a crash."""

import pytest

from cordage_tui.config.launch_options import DemoServer
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.app import CordageApp
from tests.records import log_files, records


async def test_the_app_records_its_begin_and_its_end(opened) -> None:
    """The log of the app has its begin, calls and the bug that ends it, and not a word of the bug's message."""
    with pytest.raises(KeyError):
        async with opened() as program:
            await program.sees("● live")

            def breaks() -> None:
                raise KeyError("promptxyzzy")

            program.app.call_later(breaks)
    assert [one["command"] for one in records(program.paths, "begin", "end")] == ["app", "app"]
    assert records(program.paths, "call")
    (bug,) = records(program.paths, "bug")
    assert bug["error"] == "builtins.KeyError"
    assert "xyzzy" not in "".join(path.read_text() for path in log_files(program.paths))


async def test_a_crash_shows_local_variables_in_the_demo_only(opened) -> None:
    """A crash report of the demo has local variables; of a real profile it has none."""
    async with opened() as program:
        launch = program.app.launch
        assert not program.app.crash.shows_locals
        demo = DemoServer("http://127.0.0.1:1", "http://127.0.0.1:1", SafeText(""), (), None)
        told = CordageApp(replace(launch, demo=demo), program.app._store, program.clock)
        assert told.crash.shows_locals
