"""When nothing happens, nothing is written and almost nothing is asked (issue 2)."""

from tests.acceptance.server import Run

HOUR_S = 3600


def test_an_idle_screen_is_silent(open_window, judge):
    """With a history of hours on screen, ten idle seconds cause no output, few calls and at most five wake-ups per
    second."""
    for n, webhook in enumerate(judge.webhooks * 4):
        judge.runs.append(Run(webhook, {"prompt": "old"}, 2.0, fails=n % 3 == 0))
        judge.runs[-1].born -= HOUR_S * (n + 1.5)
    person = open_window()
    person.terminal.wait_for(lambda text: text.count("1h") >= 1 and "12h" in text)
    for _ in range(20):
        if person.terminal.read_for(1.0) == 0:
            break
    else:
        raise AssertionError("it does not settle")
    calls, wake_ups = len(judge.calls), person.terminal.wake_ups()
    assert person.terminal.read_for(10.0) == 0
    assert person.terminal.wake_ups() - wake_ups <= 50
    assert len(judge.calls) - calls <= len(judge.webhooks)
