"""The feed of changes: one notification per commit, with its rows, also for commits of other windows."""

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import HealthStatus, WebhookHealth


def test_each_commit_is_told_once_after_it_is_on_disk(store, stores):
    """A subscriber hears of a row when every other window can read it."""
    other, notices = stores.open(), []
    store.changes.subscribe(lambda rows: notices.append([other.rows.get(row).prompt for row in rows]))
    store.outbox.submit("p", "wh_a", {"prompt": "a fox"})
    assert notices == [["a fox"]]


def test_unsubscribing_ends_it(store):
    """After unsubscribing a subscriber gets no notification, and unsubscribing again is harmless."""
    notices = []
    stop = store.changes.subscribe(notices.append)
    stop()
    stop()
    store.outbox.submit("p", "wh_a", {})
    assert notices == []


def test_another_windows_rows_are_told_by_polling(store, stores):
    """`poll_others` reports the rows that another process changed or deleted once, in one notification."""
    other, notices = stores.open(), []
    store.changes.subscribe(notices.append)
    rows = {other.outbox.submit("p", "wh_a", {"prompt": p}) for p in "ab"}
    store.changes.poll_others()
    store.changes.poll_others()
    other.outbox.drop(min(rows))
    store.changes.poll_others()
    assert notices == [rows, {min(rows)}]


def test_a_pause_for_an_older_database_is_told_to_other_windows(store, stores):
    """The queue that was held says so in each window, though no row has changed."""
    other, notices = stores.open(), []
    store.changes.subscribe(notices.append)
    other.outbox.pause_older("p")
    store.changes.poll_others()
    assert len(notices) == 1 and store.queue_control.read("p").paused is not None


def test_nothing_is_missed_between_two_writers(store, stores):
    """Rows that another process changed between two commits of our own are still reported."""
    other, notices = stores.open(), []
    store.changes.subscribe(notices.append)
    store.outbox.submit("p", "wh_a", {"prompt": "mine"})
    other_row = other.outbox.submit("p", "wh_a", {"prompt": "theirs"})
    store.outbox.submit("p", "wh_a", {"prompt": "mine again"})
    store.changes.poll_others()
    assert other_row in frozenset().union(*notices)


def test_our_own_commits_are_not_told_again(store, stores):
    """Polling does not repeat our own commits."""
    stores.open()
    store.outbox.submit("p", "wh_a", {"prompt": "mine"})
    notices = []
    store.changes.subscribe(notices.append)
    store.changes.poll_others()
    assert notices == []


def test_what_was_there_before_is_not_news(store, stores):
    """A window that opens later is only notified of later changes."""
    store.outbox.submit("p", "wh_a", {"prompt": "old"})
    late, notices = stores.open(), []
    late.changes.subscribe(notices.append)
    late.changes.poll_others()
    assert notices == []


def test_drafts_and_settings_disturb_nobody(store, stores):
    """Drafts and settings, which no other window shows, cause no notification."""
    other, notices = stores.open(), []
    store.changes.subscribe(notices.append)
    other.changes.subscribe(notices.append)
    store.prompts.save_draft("p", "wh_a", {"prompt": "half a fo"})
    store.settings.save("theme", "nord")
    other.changes.poll_others()
    assert notices == []


def test_the_tail_tells_what_came_after(store):
    """`since(tail())` is empty until something changes, and then has exactly that."""
    store.outbox.submit("p", "wh_a", {"prompt": "a"})
    tail = store.changes.tail()
    assert store.changes.since(tail) == frozenset()
    row = store.outbox.submit("p", "wh_a", {"prompt": "b"})
    assert store.changes.since(tail) == {row}


def test_health_is_shared_with_other_windows(store, stores, clock):
    """A health record reaches the other windows with its age, as a notice without rows; the same one again is silent."""
    other, notices, other_notices = stores.open(), [], []
    store.changes.subscribe(notices.append)
    other.changes.subscribe(other_notices.append)
    health = WebhookHealth("wh_a", HealthStatus.OFFLINE, SafeText("no route"), clock.now - 60, clock.now + 5)
    store.health.record("p", health)
    store.health.record("p", health)
    other.changes.poll_others()
    assert (notices, other_notices) == ([frozenset()], [frozenset()])
    assert other.health.all("p") == {"wh_a": health}
    assert other.health.all("q") == {}


def test_healths_that_turn_together_are_written_together(store, stores, clock):
    """An outage of fifty webhooks is one transaction and one notification, and unchanged healths cause none."""
    other, other_notices = stores.open(), []
    other.changes.subscribe(other_notices.append)
    healths = [WebhookHealth(f"wh_{n}", HealthStatus.OFFLINE, SafeText("no route"), None, clock.now) for n in range(50)]
    store.health.record("p", *healths)
    store.health.record("p", *healths)
    other.changes.poll_others()
    assert other_notices == [frozenset()]
    assert other.health.all("p") == {health.webhook_key: health for health in healths}
