"""The simulator answers every request as docs/dev/wire-contract.md says."""

import pytest

from cordage_tui.simulator.rate_limits import HeaderMode, LimitPlan

pytest.importorskip("schemathesis", reason="only the development environment has it")


@pytest.mark.parametrize("limits", [None, LimitPlan(trigger=5, read=5, kill=5)], ids=["unlimited", "limited"])
def test_every_answer_has_a_described_status_headers_and_body(limits: LimitPlan | None) -> None:
    """Any body and any path, known or not, also beyond the limit: status, media type, limit headers and JSON fit the contract."""
    from tests.simulator.contract import played

    assert played(15, limits) >= 60


def test_a_server_that_breaks_the_contract_is_noticed() -> None:
    """Answers without the limit headers are found by the first request."""
    from schemathesis.core.failures import FailureGroup

    from tests.simulator.contract import played

    with pytest.raises(FailureGroup):
        played(3, LimitPlan(headers=HeaderMode.MISSING))
