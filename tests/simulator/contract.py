"""docs/dev/wire-contract.md as an OpenAPI description, and schemathesis that holds a server to it.

`python -m tests.simulator.contract --examples 2000` plays many requests; the suite plays few.
"""

import argparse
import time
from typing import Any, Final

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cordage_tui.simulator.rate_limits import LimitPlan
from cordage_tui.simulator.server import ServerThread, run_in_thread
from cordage_tui.simulator.world import plain_world

_TIME: Final = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
_STATUS: Final = {"enum": ["pending", "running", "completed", "failed", "cancelled"]}
_RUN: Final = {
    "type": "object",
    "required": ["run_id", "status", "created_at", "completed_at"],
    "properties": {
        "run_id": {"type": "string", "minLength": 1},
        "status": _STATUS,
        "created_at": _TIME,
        "completed_at": {"anyOf": [_TIME, {"type": "null"}]},
        "metadata": {"type": "object", "required": ["type", "node_count", "webhook_key"]},
        "outputs": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]},
    },
}
_STARTED: Final = {
    "type": "object",
    "required": ["run_id", "status", "message"],
    "properties": {"run_id": {"type": "string", "minLength": 1}, "status": _STATUS, "node_count": {"type": "integer"}},
}
_KILLED: Final = {"type": "object", "required": ["run_id", "status", "message"], "properties": {"status": _STATUS}}
_ERROR: Final = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string", "minLength": 1}, "retry_after": {"type": "integer", "minimum": 0}},
}
_LIMITS: Final = {
    f"X-RateLimit-{name}": {"required": True, "schema": {"type": "integer", "minimum": 0}}
    for name in ("Limit", "Remaining", "Reset")
}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "headers": _LIMITS, "content": {"application/json": {"schema": schema}}}


def _call(schema: dict[str, Any], *errors: int, body: bool = False, names: tuple[str, ...] = ()) -> dict[str, Any]:
    """Describe one call: its successful answer, and the statuses of its errors."""
    answers = {"200": _answer("ok", schema)} | {str(status): _answer("error", _ERROR) for status in (401, 429, *errors)}
    operation: dict[str, Any] = {"responses": answers}
    if body:
        operation["requestBody"] = {"content": {"application/json": {"schema": {"type": "object"}}}}
    return operation | {"security": [{"key": []}], "parameters": [_part(name) for name in names]}


def _part(name: str) -> dict[str, Any]:
    """Return a segment of the path; `?` and `#` in it would end the path, as the requests are written."""
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[^?#]+$"}}


def description(webhook_key: str, run_id: str) -> dict[str, Any]:
    """The contract as OpenAPI 3; half of all calls name a webhook and a run that are there."""
    known = {"webhook": webhook_key, "run": run_id}

    def with_known(call: dict[str, Any]) -> dict[str, Any]:
        for part in call["parameters"]:
            part["schema"] = {"anyOf": [{"const": known[part["name"]]}, part["schema"]]}
        return call

    on_run = ("webhook", "run")
    return {
        "openapi": "3.0.3",
        "info": {"title": "Cordage Webhook API", "version": "1"},
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/{webhook}/trigger": {
                "post": with_known(_call(_STARTED, 400, 404, 413, 422, body=True, names=("webhook",)))
            },
            "/{webhook}/runs": {"get": with_known(_call({"type": "array", "items": _RUN}, 404, names=("webhook",)))},
            "/{webhook}/runs/{run}": {"get": with_known(_call(_RUN, 404, names=on_run))},
            "/{webhook}/runs/{run}/kill": {"post": with_known(_call(_KILLED, 404, 409, names=on_run))},
        },
    }


CHECKS: Final = (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)


def played(examples: int, limits: LimitPlan | None = None) -> int:
    """Play the examples against a simulator of their own, with limits that are never reached unless `limits` is
    given."""
    limits = limits or LimitPlan(trigger=10**6, read=10**6, kill=10**6)
    server = run_in_thread(plain_world(time.time, limits=limits))
    try:
        return _play(server, examples)
    finally:
        server.close()


def _play(server: ServerThread, examples: int) -> int:
    """Send that many requests of each call, with any body and any path, and return how many there were. Raises for an answer
    that the contract does not describe."""
    key = server.world.webhooks[0].key
    run = server.world.trigger(key, {"prompt": "a fox"})
    schema = schemathesis.openapi.from_dict(description(key, run.run_id))
    count = 0
    for operation in schema.get_all_operations():

        @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.ok().as_strategy())
        def held(case: Any) -> None:
            nonlocal count
            count += 1
            headers = {"Authorization": f"Bearer {server.api_key}"}
            answer = case.call(base_url=server.base_url, headers=headers)
            case.validate_response(answer, checks=CHECKS, headers=headers)

        held()
    return count


def main() -> None:
    """Play as many requests as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=2000, help="requests of each call")
    examples = parser.parse_args().examples
    print(f"{played(examples):,} requests, all answered as the contract says.")


if __name__ == "__main__":
    main()
