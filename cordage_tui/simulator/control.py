"""`/_sim/faults`: switching faults on and off while serving, by whoever sits at this machine.

POST one (`{"call": "trigger", "kind": "reset", "acts": true, "count": 3}`), GET those that are on and the kinds there
are, DELETE all. Answers only clients on the loopback address. It is no part of Cordage.
"""

import json
from dataclasses import fields
from ipaddress import ip_address
from typing import Any

from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.hostile import PAYLOADS
from cordage_tui.simulator.messages import HttpRequest, HttpResponse
from cordage_tui.simulator.world import SimulatedWorkspace

PATH = "/_sim/faults"
_FAULT_FIELDS = {found.name for found in fields(Fault)}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "acts": bool,
    "status": int,
    "size": int,
    "seconds": (int, float),
    "patch": dict,
    "drop": list,
    "headers": dict,
}
"""Of the fields that are no strings."""
_BINDING = {"call", "count", "probability", "webhook_key"}


def control(world: SimulatedWorkspace, request: HttpRequest) -> HttpResponse:
    """The answer to a request under `/_sim`."""
    if not ip_address(request.peer).is_loopback:
        return HttpResponse.of_json(403, {"error": "Only from this machine"})
    if request.path != PATH:
        return HttpResponse.of_json(404, {"error": f"There is only {PATH}"})
    match request.method:
        case "GET":
            return HttpResponse.of_json(200, _overview(world))
        case "DELETE":
            world.faults.clear()
            return HttpResponse.of_json(200, _overview(world))
        case "POST":
            return _switch_on(world, request.body)
        case _:
            return HttpResponse.of_json(405, {"error": "Method not allowed"}, (("Allow", "GET, POST, DELETE"),))


def _switch_on(world: SimulatedWorkspace, body: bytes) -> HttpResponse:
    try:
        asked = json.loads(body)
        if not isinstance(asked, dict):
            raise ValueError("expected a JSON object")
        unknown = set(asked) - _FAULT_FIELDS - _BINDING
        if unknown:
            raise ValueError(f"unknown field: {', '.join(sorted(unknown))}")
        binding = {name: asked[name] for name in _BINDING & set(asked) if name != "call"}
        world.faults.add(Call(asked.get("call", "any")), fault_of(asked), **binding)
    except (ValueError, TypeError, RecursionError) as error:
        return HttpResponse.of_json(400, {"error": str(error)})
    return HttpResponse.of_json(200, _overview(world))


def fault_of(asked: dict[str, Any]) -> Fault:
    """The fault that a JSON object describes by the field names of `Fault`. Raises ValueError or TypeError."""
    given = {name: value for name, value in asked.items() if name in _FAULT_FIELDS}
    given["kind"] = FaultKind(str(asked.get("kind")))
    for name, value in given.items():
        if not isinstance(value, _TYPES.get(name, str)):
            raise TypeError(f"{name} has the wrong type")
    if "drop" in given:
        given["drop"] = tuple(given["drop"])
    return Fault(**given)


def _overview(world: SimulatedWorkspace) -> dict[str, object]:
    switched_on = [
        {
            "call": planned.call.value,
            "kind": planned.fault.kind.value,
            "left": planned.left,
            "probability": planned.probability,
        }
        for planned in world.faults.planned
    ]
    return {
        "on": switched_on,
        "calls": [call.value for call in Call],
        "kinds": [kind.value for kind in FaultKind],
        "payloads": list(PAYLOADS),
    }
