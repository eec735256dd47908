"""Whenever the worker is killed, no prompt is lost and none runs twice, and deliberate faults show that this harness
would notice.

The long form, with thousands of kills, is `python tests/crash/long.py --kills 2000`.
"""

import pytest

from tests.crash.campaign import controlled, every_failpoint, played, played_until, random_kills, shared_webhooks, total
from tests.crash.controls import Control
from tests.crash.failpoints import NAMES
from tests.crash.tally import Tally

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]  # a campaign is so much work, not so many seconds

MOST = 2
"""Deaths at each failpoint: at its first occurrence and, if the life reaches it, at the second. The long form goes on."""
RANDOM_KILLS = 24
CAMPAIGNS = 6
"""At most so many campaigns of random kills. On a busy machine a campaign may have no kill during a request."""
CONTROL_KILLS = 400
"""At most so many kills. On a busy machine a prompt is seldom sent twice in fewer than thirty."""


def test_a_kill_at_any_failpoint_loses_and_repeats_nothing() -> None:
    """After a kill before or after any commit, or at any step of a request, every prompt has one run in the end.

    Or it is held, because its link could not be read again. No link that arrives has expired.
    """
    tally = total(played(every_failpoint(MOST)))
    print(tally)
    assert not tally.faults
    assert not tally.unmet
    assert tally.kills >= 3 * len(NAMES) // 2
    assert tally.in_flight and tally.resolved and tally.by_rerun
    assert tally.linked and tally.held


def test_a_kill_at_random_loses_and_repeats_nothing() -> None:
    """Random kills lose no prompt and repeat none, although answers are lost, late or wrong all the time."""
    campaigns = (random_kills(RANDOM_KILLS, lanes=4, campaign=n) for n in range(CAMPAIGNS))
    tally = played_until(_has_met_all_kinds, campaigns)
    print(tally)
    assert not tally.faults
    assert tally.kills >= RANDOM_KILLS
    assert _has_met_all_kinds(tally)


def test_shared_webhooks_with_other_clocks_lose_and_repeat_nothing() -> None:
    """If others start runs and the server stamps runs by a wrong clock, no prompt that ran is called not seen.

    No run of another is shown as that of a prompt without a mark.
    """
    campaigns = (shared_webhooks(RANDOM_KILLS, lanes=6, campaign=n) for n in range(CAMPAIGNS))
    tally = played_until(_has_met_others, campaigns)
    print(tally)
    assert not tally.faults
    assert tally.kills >= RANDOM_KILLS
    assert _has_met_others(tally)


def _has_met_others(tally: Tally) -> bool:
    """Return whether the campaign had all that a campaign with others on the webhooks must have."""
    return bool(tally.in_flight and tally.strangers and tally.uncertain and tally.guessed + tally.taken_back_guesses)


def _has_met_all_kinds(tally: Tally) -> bool:
    """Return whether the campaign had every kind of process and of prompt."""
    killed = tally.in_flight and tally.windows and tally.commands
    return bool(killed and tally.by_command and tally.batched and tally.children and tally.over_limit)


@pytest.mark.parametrize("control", Control)
def test_a_deliberate_fault_shows_in_the_tally(control: Control) -> None:
    """With a deliberate fault the same tally shows prompts that are lost or sent twice, so zeros mean something."""
    tally = total(played([controlled(control, CONTROL_KILLS)]))
    print(tally)
    assert control.shows(tally)
