"""Notices about ended runs, and the title of the terminal."""

from time import time

import pytest

from cordage_tui.config.settings import NotificationSettings
from cordage_tui.domain.batch import BatchProgress, BatchSource
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.notifications import FinishedRun, Notification, Notifier, summarize
from cordage_tui.ui.terminal.raw_sequences import Terminal

KITTY = {"TERM": "xterm-kitty"}
ALL = NotificationSettings()


class Desk:
    """Notifier with a clock that is set by hand, and a record of all its output."""

    def __init__(self, wanted: NotificationSettings = ALL, environ: dict[str, str] = KITTY) -> None:
        self.now = 100.0
        self.toasts: list[Notification] = []
        self.written: list[str] = []
        self.timers: list[tuple[float, object]] = []
        self.announcer = Notifier(wanted, Terminal(self.written.append, environ), self.toasts.append, self.later, self)

    def wall(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def later(self, seconds: float, call: object) -> None:
        self.timers.append((self.now + seconds, call))

    def turn(self, seconds: float) -> None:
        self.now += seconds
        due = [t for t in self.timers if t[0] <= self.now]
        self.timers = [t for t in self.timers if t[0] > self.now]
        for _, call in due:
            call()  # type: ignore[operator]


def finish(
    status: Status = Status.COMPLETED, took_s: float | None = 12, seen: bool = True, prompt: str = "a fox"
) -> FinishedRun:
    """Return a run that has ended."""
    return FinishedRun(one_line("Sunset"), one_line(prompt), status, one_line(status.value), took_s, seen)


def test_one_ended_run_is_named_by_webhook_outcome_time_and_prompt() -> None:
    """The notice of one run has webhook, outcome and time in its title, and the prompt in its body."""
    notice = summarize([finish(took_s=135)])
    assert (notice.title, notice.body, notice.bad) == ("✔ Sunset completed in 2:15", "a fox", False)


def test_several_ended_runs_are_counted_in_one_notice() -> None:
    """Several ended runs make one notice with their numbers, which is bad if one of them failed."""
    notice = summarize([finish(), finish(), finish(Status.FAILED)])
    assert (notice.title, notice.body, notice.bad) == ("✖ 3 runs ended", "2 completed, 1 failed", True)


def test_a_batch_is_one_notice_with_the_outcomes_of_its_runs() -> None:
    """The time of a batch is from its submission to its last end; together with other runs each of its runs counts."""
    line = RunRow(
        RowId(1), "wh", None, Status.BATCH, one_line("batch"), one_line("{a|b} fox"), created_at=100.0, size=48
    )
    counts = {Status.COMPLETED: 45, Status.FAILED: 3}
    whole = FinishedRun.of_batch(
        line, BatchProgress(BatchSource(""), True, counts, 652.0), one_line("Sunset"), seen=True
    )
    notice = summarize([whole])
    assert (notice.title, notice.body) == ("✖ Sunset 45 completed, 3 failed in 9:12", "{a|b} fox")
    assert notice.bad and notice.loud
    assert summarize([whole, finish()]).title == "✖ 49 runs ended"
    assert summarize([whole, finish()]).body == "46 completed, 3 failed"


@pytest.mark.parametrize(
    ("ended", "loud"),
    [
        (finish(took_s=30, seen=True), False),
        (finish(took_s=31, seen=True), True),
        (finish(took_s=1, seen=False), True),
        (finish(took_s=None, seen=True), False),
        (finish(Status.CANCELLED, took_s=90, seen=False), False),
    ],
)
def test_only_what_was_missed_or_took_long_is_loud(ended: FinishedRun, loud: bool) -> None:
    """A run that took over 30 s or ended unseen rings the bell; a run that the user cancelled does not."""
    desk = Desk()
    desk.announcer.finished(ended)
    assert len(desk.toasts) == 1
    assert desk.written == (["\a", f"\x1b]777;notify;{desk.toasts[0].title};a fox\x1b\\"] if loud else [])


def test_a_flood_is_one_notice_each_five_seconds() -> None:
    """The first notice is shown at once, the others together after five seconds, and none is lost."""
    desk = Desk()
    for _ in range(31):
        desk.announcer.finished(finish(seen=False))
        desk.turn(0.1)
    assert len(desk.toasts) == 1 and desk.written.count("\a") == 1
    desk.turn(4.9)
    assert [notice.body for notice in desk.toasts] == ["a fox", "30 completed"]
    desk.turn(60)
    assert len(desk.toasts) == 2 and not desk.timers


def test_after_a_quiet_time_the_next_notice_is_shown_at_once() -> None:
    """A notice that comes five seconds after the last is not delayed."""
    desk = Desk()
    desk.announcer.finished(finish())
    desk.turn(5)
    desk.announcer.finished(finish())
    assert len(desk.toasts) == 2


@pytest.mark.parametrize(
    ("wanted", "toasts", "written"),
    [
        (NotificationSettings(toast=False), 0, 2),
        (NotificationSettings(bell=False), 1, 1),
        (NotificationSettings(terminal=False), 1, 1),
        (NotificationSettings(toast=False, bell=False, terminal=False), 0, 0),
    ],
)
def test_each_way_can_be_switched_off(wanted: NotificationSettings, toasts: int, written: int) -> None:
    """Each kind of notice that the settings switch off is silent, and the other kinds still work."""
    desk = Desk(wanted)
    desk.announcer.finished(finish(seen=False))
    assert (len(desk.toasts), len(desk.written)) == (toasts, written)


def test_the_title_counts_and_is_given_back() -> None:
    """The title of the terminal is written if the count changes, and closing restores the terminal's own title."""
    desk = Desk()
    desk.announcer.active(0)
    desk.announcer.active(3)
    desk.announcer.active(3)
    desk.announcer.close()
    desk.announcer.close()
    assert desk.written == ["\x1b[22;2t\x1b]2;cordage\x1b\\", "\x1b]2;● 3 · cordage\x1b\\", "\x1b[23;2t"]


def test_the_title_can_be_left_alone() -> None:
    """With `title` off nothing is ever written to the title, not even at the end."""
    desk = Desk(NotificationSettings(title=False))
    desk.announcer.active(3)
    desk.announcer.close()
    assert desk.written == []


def test_a_row_gives_the_time_of_its_run() -> None:
    """The time of a run is from its creation to its end, and is unknown if the clocks disagree."""
    row = RunRow(
        RowId(1), "wh_x", "r", Status.FAILED, SafeText("failed"), SafeText("p"), created_at=10.0, ended_at=52.0
    )
    assert FinishedRun.of(row, SafeText("S"), seen=True).took_s == 42
    late = RunRow(
        RowId(1), "wh_x", "r", Status.FAILED, SafeText("failed"), SafeText("p"), created_at=60.0, ended_at=52.0
    )
    assert FinishedRun.of(late, SafeText("S"), seen=True).took_s is None


async def test_nothing_stays_of_toasts_that_expire_as_others_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Expired toasts leave no widgets on the screen, also if new toasts come all day."""
    now = time()
    monkeypatch.setattr("textual.notifications.time", lambda: now)
    app = BaseApp()
    async with app.run_test(notifications=True) as pilot:
        for n in range(12):
            now += 1_001
            app.notify(f"run {n} ended", timeout=1_001 * (n + 1) + 500)  # until the next
            await pilot.pause()
        assert len(app.screen.query("Toast")) == 1
        assert len(app.screen.query("ToastHolder")) <= 2
