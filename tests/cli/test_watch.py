"""`cordage-tui watch`: what its exit code says of the runs that it followed."""

import pytest

from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.domain.outbox import OutboxState


@pytest.mark.parametrize(
    ("state", "code"), [(OutboxState.UNCERTAIN, ExitCode.UNCERTAIN), (OutboxState.REJECTED, ExitCode.FAILED)]
)
def test_what_has_no_run_is_no_success(studio, state, code):
    """5 for a prompt of which nobody knows whether it runs, 1 for one that the server rejected."""
    with studio.store() as store:
        row = store.outbox.submit("studio", studio.key, {"prompt": "a fox"})
        store.outbox.claim("studio")
        store.outbox.settle(row, state, "why")
    assert studio("watch", f"@{row}").code == code


def test_an_uncertain_prompt_weighs_more_than_a_failed_run(studio):
    """The one may cost twice when it is repeated, the other not."""
    run_id = studio.started(0.0)
    studio("runs")
    with studio.store() as store:
        row = store.outbox.submit("studio", studio.key, {"prompt": "a fox"})
        store.outbox.claim("studio")
        store.outbox.settle(row, OutboxState.UNCERTAIN, "why")
    assert studio("watch", run_id, f"@{row}").code == ExitCode.UNCERTAIN
