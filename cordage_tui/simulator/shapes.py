"""The JSON of the API's answers (API.md, facts) for runs of the simulated world."""

from collections.abc import Sequence
from datetime import UTC, datetime

from cordage_tui.simulator.options import ListShape
from cordage_tui.simulator.runs import RunStatus, SimRun
from cordage_tui.simulator.signing import link
from cordage_tui.simulator.webhooks import Json
from cordage_tui.simulator.world import SimulatedWorkspace


def rfc3339(seconds: float) -> str:
    """Epoch seconds as `2024-01-15T10:30:00Z`."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def trigger_json(world: SimulatedWorkspace, run: SimRun) -> dict[str, Json]:
    """The answer to a trigger."""
    says_running = world.options.trigger_says_running
    status = RunStatus.RUNNING if says_running else run.status(world.clock())
    answer: dict[str, Json] = {"run_id": run.run_id, "status": status.value, "message": "Workflow started"}
    if world.options.tells_node_count:
        answer["node_count"] = world.webhook(run.webhook_key).node_count
    return answer


def run_json(world: SimulatedWorkspace, run: SimRun) -> dict[str, Json]:
    """The answer to a get."""
    now = world.clock()
    status, ended_at = run.status(now), run.ended_at(now)
    metadata: dict[str, Json] = {
        "type": "webhook",
        "node_count": world.webhook(run.webhook_key).node_count,
        "webhook_key": run.webhook_key,
    }
    if world.options.echo_inputs:
        metadata["inputs"] = dict(run.inputs)
    answer: dict[str, Json] = {
        "run_id": run.run_id,
        "status": status.value,
        "created_at": rfc3339(run.created_at),
        "completed_at": None if ended_at is None else rfc3339(ended_at),
        "metadata": metadata,
        "outputs": [link(world, run, name) for name in run.files] if status is RunStatus.COMPLETED else None,
    }
    if status is RunStatus.FAILED and world.options.tells_reason:
        answer["error"] = run.failure
    return answer


def list_json(world: SimulatedWorkspace, runs: Sequence[SimRun]) -> Json:
    """The answer to a list, in the shape of the options."""
    left_out = [
        name
        for name, kept in (("outputs", world.options.rows_have_outputs), ("metadata", world.options.rows_have_metadata))
        if not kept
    ]
    rows: list[Json] = []
    for run in runs:
        row = run_json(world, run)
        for name in left_out:
            del row[name]
        rows.append(row)
    shape = world.options.list_shape
    return rows if shape is ListShape.BARE else {shape.value: rows}


def kill_json(run: SimRun) -> dict[str, Json]:
    """The answer to a kill."""
    return {"run_id": run.run_id, "status": RunStatus.CANCELLED.value, "message": "Workflow cancelled"}
