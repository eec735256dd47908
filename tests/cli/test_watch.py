"""`cordage-tui watch` follows runs to their end, and does not wait for ever for a silent server."""

import pytest

from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.world import Options


@pytest.mark.parametrize("fault", [{"kind": FaultKind.SILENCE}, {"kind": FaultKind.STATUS, "status": 503}])
@pytest.mark.parametrize("argv", [["ID"], [], ["--forever"]])
def test_watch_gives_up_if_nothing_can_be_read(studio, argv, fault):
    """If nothing can be read for the time of `--stall`, `watch` ends with 3 and says how to follow the runs later."""
    run_id = studio.started()
    assert studio("runs").code == 0
    studio.fails(Call.ANY, **fault)
    ended = studio("watch", *(run_id if word == "ID" else word for word in argv), "--stall", "1")
    assert ended.code == 3
    assert "The runs continue." in ended.err
    assert "cordage-tui watch" in ended.err
    assert f"{run_id[:8]}  running" in ended.out


def test_watch_continues_when_the_server_comes_back(studio):
    """If the first read fails and later ones succeed, `watch` ends with the code of the runs."""
    run_id = studio.started()
    assert studio("runs").code == 0
    studio.ends(run_id, in_s=3.0)
    studio.read_long_ago()
    studio.server.world.faults.add(Call.ANY, Fault(FaultKind.STATUS, status=503), count=2)
    ended = studio("watch", run_id)
    assert "could not be refreshed" in ended.err
    assert (ended.code, ended.out.splitlines()[-1].split()[2]) == (0, "completed")


def test_trouble_and_its_end_are_printed_once_each(studio):
    """`watch` prints the trouble once and its end once, however many reads fail between."""
    run_id = studio.started()
    assert studio("runs").code == 0
    studio.ends(run_id, in_s=5.0)
    studio.read_long_ago()
    studio.server.world.faults.add(Call.ANY, Fault(FaultKind.STATUS, status=503), count=3)
    messages = [line for line in studio("watch", run_id).err.splitlines() if "Sunset:" in line]
    assert messages[-1] == "Sunset: read again"
    assert [("503" in line) for line in messages].count(True) == len(messages) - 1
    assert len(messages) == len(set(messages))


def test_watch_gives_up_on_a_run_without_news(studio):
    """If the list does not name the run and no read of the run succeeds, `watch` gives up. It prints the reason."""
    run_id = studio.started()
    assert studio("runs").code == 0
    studio.server.world.options = Options(page_size=1)
    studio.started()
    studio.read_long_ago()
    studio.fails(Call.GET, FaultKind.STATUS, status=500)
    ended = studio("watch", run_id, "--stall", "1")
    assert ended.code == 3
    assert f"Run {run_id[:8]} is not heard from since" in ended.err and "500" in ended.err
    assert "The runs continue." in ended.err
