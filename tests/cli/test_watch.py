"""`cordage-tui watch`: follows to the end, and does not wait for ever for a server that says nothing."""

import pytest

from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.world import Options


@pytest.mark.parametrize("fault", [{"kind": FaultKind.SILENCE}, {"kind": FaultKind.STATUS, "status": 503}])
@pytest.mark.parametrize("argv", [["ID"], [], ["--forever"]])
def test_it_gives_up_when_nothing_could_be_read_for_so_long(studio, argv, fault):
    """3, and how to follow them later; also where the server takes every question and answers none."""
    run_id = studio.started()
    assert studio("runs").code == 0
    studio.fails(Call.ANY, **fault)
    ended = studio("watch", *(run_id if word == "ID" else word for word in argv), "--stall", "1")
    assert ended.code == 3
    assert "The runs continue." in ended.err
    assert "cordage-tui watch" in ended.err
    assert f"{run_id[:8]}  running" in ended.out


def test_it_goes_on_when_the_server_comes_back(studio):
    """A first read that failed is no reason for another code than that of the runs."""
    run_id = studio.started()
    assert studio("runs").code == 0
    studio.ends(run_id, in_s=3.0)
    studio.read_long_ago()
    studio.server.world.faults.add(Call.ANY, Fault(FaultKind.STATUS, status=503), count=2)
    ended = studio("watch", run_id)
    assert "not refreshed" in ended.err
    assert (ended.code, ended.out.splitlines()[-1].split()[2]) == (0, "completed")


def test_trouble_and_its_end_are_told_once_each(studio):
    """However many reads fail between."""
    run_id = studio.started()
    assert studio("runs").code == 0
    studio.ends(run_id, in_s=5.0)
    studio.read_long_ago()
    studio.server.world.faults.add(Call.ANY, Fault(FaultKind.STATUS, status=503), count=3)
    told = [line for line in studio("watch", run_id).err.splitlines() if "Sunset:" in line]
    assert told[-1] == "Sunset: read again"
    assert [("503" in line) for line in told].count(True) == len(told) - 1
    assert len(told) == len(set(told))


def test_it_gives_up_on_a_run_that_is_not_heard_from(studio):
    """Also while the list can be read, if that does not name the run and no read of it succeeds; the trouble is told."""
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
