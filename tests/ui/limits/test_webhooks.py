"""The webhooks' plans, as lines."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import HealthStatus, WebhookHealth
from cordage_tui.ui.limits.screen import page_lines, page_text
from cordage_tui.ui.limits.tables import SortOrder, webhook_lines


def drawn(account, width: int, order: SortOrder = SortOrder.NAME) -> list[str]:
    return [line.plain for line in webhook_lines(account, order, width)]


def test_a_wide_page_tells_it_all(account) -> None:
    """One line a webhook, by name whatever the case; what went wrong stands under it in words."""
    assert drawn(account(), 118)[:5] == [
        "webhook▴                      active   next  interval   cost   queued    median      p95  samples  last response",
        "portrait                           0    27s       30s      1                      not enough runs  ● 2s ago",
        "Sunset [/x]                       12     4s      2.8s      3     0:04      1:35     2:10    1,040  ● 2s ago",
        "Video of a long name indeed…       1      —         —      1                      not enough runs  ∅ gone, 2m old",
        "  Cordage knows no such webhook.",
    ]


def test_eighty_columns_keep_the_plan_and_the_durations(account) -> None:
    """Counts and costs give way."""
    titles, first, second, *_ = drawn(account(), 76)
    assert titles.split() == ["webhook▴", "active", "next", "interval", "median", "p95", "last", "response"]
    assert first.split() == ["portrait", "0", "27s", "30s", "not", "enough", "runs", "●", "2s", "ago"]
    assert second.split() == ["Sunset", "[/x]", "12", "4s", "2.8s", "1:35", "2:10", "●", "2s", "ago"]


def test_the_next_to_be_read_is_first(account) -> None:
    """What is not read at all is last; the arrow stands where the order comes from."""
    titles, *lines = drawn(account(), 118, SortOrder.NEXT)
    assert [line.split()[0] for line in lines[:3]] == ["Sunset", "portrait", "Video"]
    assert "next▴" in titles and "webhook▴" not in titles


def test_what_is_due_is_read_now(account) -> None:
    """No time is told below nought."""
    due = tuple(replace(plan, next_at=990.0) for plan in account().plans)
    assert all(" now " in line for line in drawn(account(plans=due[:2]), 76)[1:3])


def test_an_answer_is_never_told_as_fresh_when_it_is_not(account) -> None:
    """A webhook that cannot be read says so, and how old what is shown of it is."""
    offline = replace(account().plans[0], health=WebhookHealth("wh_b", HealthStatus.OFFLINE, None, 700.0))
    unread = replace(account().plans[1], health=WebhookHealth("wh_a"))
    portrait, sunset = drawn(account(plans=(offline, unread)), 118)[1:3]
    assert portrait.endswith("◌ none yet") and sunset.endswith("⊘ offline, 5m old")


@given(
    st.integers(1, 240),
    st.text(max_size=40),
    st.text(max_size=120),
    st.floats(0, 1e9),
    st.sampled_from(list(HealthStatus)),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_no_line_is_wider_than_the_page(
    account, width: int, name: str, words: str, passed: float, health: HealthStatus
) -> None:
    """With any name, words, ages and health; only pages narrower than their three main columns are cut."""
    plan = replace(account().plans[0], health=WebhookHealth("wh_b", health, one_line(words) or None, 1000.0 - passed))
    told = account(plans=(plan,), names={"wh_b": one_line(name)})
    for order in SortOrder:
        for line in page_lines(told, order, width):
            assert line.cell_length <= max(width, 37)


def test_the_copy_is_the_whole_page_without_its_keys(account) -> None:
    """Whatever fits on the screen, and no line ends in blanks."""
    text = page_text(account(), SortOrder.NEXT)
    assert isinstance(text, str) and SafeText(text) == text
    assert text.index("Sunset [/x]") < text.index("portrait") < text.index("Cordage knows no such webhook.")
    assert "wh_" not in text and " \n" not in text and text.startswith("Budgets ─")
