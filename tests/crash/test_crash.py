"""Whatever moment the worker is killed at, no prompt is lost and none runs twice; and this harness would notice.

The long form, with thousands of kills: `python tests/crash/long.py --kills 2000`.
"""

import pytest

from tests.crash.campaign import controlled, every_failpoint, played, played_until, random_kills, shared_webhooks, total
from tests.crash.controls import Control
from tests.crash.failpoints import NAMES
from tests.crash.tally import Tally

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]  # a campaign is so much work, not so many seconds

MOST = 4
RANDOM_KILLS = 24
CAMPAIGNS = 6
"""Of random kills, at most: on a busy machine one may have no kill while a prompt was on the wire."""
CONTROL_KILLS = 400
"""At most: on a busy machine a prompt is seldom sent twice in fewer than thirty."""


def test_killed_at_every_failpoint_each_time_it_is_met_nothing_is_lost_or_sent_twice() -> None:
    """Before and after each commit, and at each step on the wire: once the user has answered, every prompt has one run,
    or it was held as its link could not be read again; no link that arrives has expired."""
    tally = total(played(every_failpoint(MOST)))
    print(tally)
    assert not tally.faults
    assert not tally.unmet
    assert tally.kills >= 2 * len(NAMES)
    assert tally.in_flight and tally.resolved and tally.by_rerun
    assert tally.linked and tally.held


def test_killed_at_random_in_foul_weather_nothing_is_lost_or_sent_twice() -> None:
    """Answers are lost, late or wrong all the while."""
    campaigns = (random_kills(RANDOM_KILLS, lanes=4, campaign=n) for n in range(CAMPAIGNS))
    tally = played_until(_met_at_random, campaigns)
    print(tally)
    assert not tally.faults
    assert tally.kills >= RANDOM_KILLS
    assert _met_at_random(tally)


def test_on_shared_webhooks_with_skewed_clocks_nothing_is_lost_or_sent_twice() -> None:
    """Others start runs all the while, and the server stamps runs by a clock that is seconds, minutes or hours off, or cuts its times
    to the minute: no prompt is called not seen that ran, and no run of another is shown as a prompt's unmarked."""
    campaigns = (shared_webhooks(RANDOM_KILLS, lanes=6, campaign=n) for n in range(CAMPAIGNS))
    tally = played_until(_met_others, campaigns)
    print(tally)
    assert not tally.faults
    assert tally.kills >= RANDOM_KILLS
    assert _met_others(tally)


def _met_others(tally: Tally) -> bool:
    return bool(tally.in_flight and tally.strangers and tally.uncertain and tally.guessed + tally.taken_back_guesses)


def _met_at_random(tally: Tally) -> bool:
    killed = tally.in_flight and tally.windows and tally.commands
    return bool(killed and tally.by_command and tally.batched and tally.children and tally.over_limit)


@pytest.mark.parametrize("control", Control)
def test_a_worker_that_does_it_wrong_is_found_out(control: Control) -> None:
    """What the zeros above are worth: with a deliberate fault the same count shows prompts lost or sent twice."""
    tally = total(played([controlled(control, CONTROL_KILLS)]))
    print(tally)
    assert control.shows(tally)
