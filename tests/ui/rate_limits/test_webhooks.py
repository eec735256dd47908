"""The plans of the webhooks, as lines."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.webhook import HealthStatus, WebhookHealth
from cordage_tui.ui.rate_limits.screen import page_lines, page_text
from cordage_tui.ui.rate_limits.tables import SortOrder, webhook_lines


def drawn(account, width: int, order: SortOrder = SortOrder.NAME) -> list[str]:
    """Return the text of the lines."""
    return [line.plain for line in webhook_lines(account, order, width)]


def test_a_wide_page_shows_all_columns(account) -> None:
    """A wide page has one line per webhook, sorted by name without case, and its error below it."""
    assert drawn(account(), 118)[:5] == [
        "webhook▴                      active   next  interval  reads  waiting    median      p95  samples  last response",
        "portrait                           0    27s       30s      1                      not enough runs  ● 2s ago",
        "Sunset [/x]                       12     4s      2.8s      3     0:04      1:35     2:10    1,040  ● 2s ago",
        "Video of a long name indeed…       1      —         —      1                      not enough runs  ∅ gone, 2m old",
        "  Cordage knows no such webhook.",
    ]


def test_eighty_columns_keep_the_plan_and_the_durations(account) -> None:
    """In 80 columns counts and costs are left out."""
    titles, first, second, *_ = drawn(account(), 76)
    assert titles.split() == ["webhook▴", "active", "next", "interval", "median", "p95", "last", "response"]
    assert first.split() == ["portrait", "0", "27s", "30s", "not", "enough", "runs", "●", "2s", "ago"]
    assert second.split() == ["Sunset", "[/x]", "12", "4s", "2.8s", "1:35", "2:10", "●", "2s", "ago"]


def test_the_next_to_be_read_is_first(account) -> None:
    """Sorted by the next read, webhooks that are not read are last, and an arrow marks the column."""
    titles, *lines = drawn(account(), 118, SortOrder.NEXT)
    assert [line.split()[0] for line in lines[:3]] == ["Sunset", "portrait", "Video"]
    assert "next▴" in titles and "webhook▴" not in titles


def test_what_is_due_is_read_now(account) -> None:
    """A read that is due shows `now`, and no negative time."""
    due = tuple(replace(plan, next_at=990.0) for plan in account().plans)
    assert all(" now " in line for line in drawn(account(plans=due[:2]), 76)[1:3])


def test_an_old_answer_is_never_shown_as_fresh(account) -> None:
    """A webhook that cannot be read says so, with the age of the last answer."""
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
    account, width: int, name: str, message: str, passed: float, health: HealthStatus
) -> None:
    """With any name, message, age and health no line is wider than the page."""
    plan = replace(account().plans[0], health=WebhookHealth("wh_b", health, one_line(message) or None, 1000.0 - passed))
    model = account(plans=(plan,), names={"wh_b": one_line(name)})
    for order in SortOrder:
        for line in page_lines(model, order, width):
            assert line.cell_length <= max(width, 37)


def test_the_copy_is_the_whole_page_without_its_keys(account) -> None:
    """The copy has the whole page at any size of the screen, without keys of webhooks."""
    text = page_text(account(), SortOrder.NEXT)
    assert isinstance(text, str) and SafeText(text) == text
    assert text.index("Sunset [/x]") < text.index("portrait") < text.index("Cordage knows no such webhook.")
    assert "wh_" not in text and " \n" not in text and text.startswith("Budgets ─")
