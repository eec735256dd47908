"""Output links: on storage's own origin, signed, and good until a time that stands in them."""

from urllib.parse import urlencode

from cordage_tui.simulator.runs import SimRun
from cordage_tui.simulator.world import SimulatedWorkspace, token

_WEEK_S = 7 * 86_400


def link(world: SimulatedWorkspace, run: SimRun, name: str) -> str:
    """The URL of one output, signed now if the world's links expire, else always the same one."""
    lasting_s = world.options.links_last_s
    expires = int(run.ends_at + _WEEK_S if lasting_s is None else world.clock() + lasting_s)
    path = f"/outputs/{run.run_id}/{name}"
    return f"{world.storage_url}{path}?{urlencode({'expires': expires, 'signature': _signature(world, path, expires)})}"


def is_signed(world: SimulatedWorkspace, path: str, query: dict[str, str]) -> bool:
    """Whether `path` was asked for with a right signature that has not expired."""
    expires = query.get("expires", "")
    if not (expires.isascii() and expires.isdigit() and len(expires) < 16):
        return False
    if query.get("signature") != _signature(world, path, int(expires)):
        return False
    return world.options.links_last_s is None or world.clock() < int(expires)


def _signature(world: SimulatedWorkspace, path: str, expires: int) -> str:
    return token(f"{world.seed}/{path}/{expires}", 40)
