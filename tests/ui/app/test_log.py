"""The app writes a log for `doctor --bundle`, and reports a crash."""

import pytest

from cordage_tui.config.launch_options import DemoServer
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.app import CordageApp
from tests.records import log_files, records


async def test_the_app_records_its_begin_and_its_end(opened) -> None:
    """The log has the begin and the end of the app, its calls and a bug, but not the message of the bug."""
    with pytest.raises(KeyError):
        async with opened() as program:
            await program.sees("● live")

            def breaks() -> None:
                raise KeyError("promptxyzzy")

            program.app.call_later(breaks)
    assert [record["command"] for record in records(program.paths, "begin", "end")] == ["app", "app"]
    assert records(program.paths, "call")
    (bug,) = records(program.paths, "bug")
    assert bug["error"] == "builtins.KeyError"
    assert "xyzzy" not in "".join(path.read_text() for path in log_files(program.paths))


async def test_a_crash_shows_local_variables_in_the_demo_only(opened) -> None:
    """The crash report of the demo has local variables, and that of a real profile has none."""
    async with opened() as program:
        launch = program.app.launch
        assert not program.app.crash.shows_locals
        demo = DemoServer("http://127.0.0.1:1", "http://127.0.0.1:1", SafeText(""), (), None)
        demo_app = CordageApp(replace(launch, demo=demo), program.app._store, program.clock)
        assert demo_app.crash.shows_locals
