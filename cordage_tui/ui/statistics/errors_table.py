"""Table of the errors of a webhook: how often and when they occurred, and how many prompts are left to rerun."""

from collections.abc import Sequence
from typing import Final

from textual.content import Content
from textual.message import Message

from cordage_tui.domain.formatting import clock_time, format_age
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.history.failure_clusters import FailureCluster, again_words, error_words
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.disabled_reasons import DisabledReason, not_here, read_only
from cordage_tui.ui.keys.moves import picking_actions
from cordage_tui.ui.widgets.headed_list import HeadedListView, ListColumn
from cordage_tui.ui.widgets.text import centred, literal

_COUNTING: Final = SafeText("Counting…")
_NONE: Final = SafeText("No run has failed.")
_FINDS_NONE: Final = not_here("No filter finds these failures: their error has no words.")
_NONE_LEFT: Final = not_here("All of them have completed since, wait or run, or their inputs are unknown.")
_EMPTY: Final = DisabledReason(_NONE)


def error_details(cluster: FailureCluster, now: float, width: int) -> list[Content]:
    """Draw the error, at most three lines of it, and its figures, wrapped to `width` cells. `now`: epoch seconds."""
    first, last = (clock_time(at, now)[:-3] for at in (cluster.since, cluster.last))
    figures = (
        ("first", first),
        ("last", last),
        ("completed when rerun", again_words(cluster)),
        ("to rerun", f"{len(cluster.left):,}"),
        ("under way", f"{cluster.under_way:,}"),
        ("inputs unknown", f"{cluster.unknown:,}"),
    )
    parts = [part for label, value in figures for part in ((f"{label} ", "$quiet"), (f"{value}   ", ""))]
    error = literal(error_words(cluster), "$run-bad").wrap(width)
    return [*error[:3], *Content.assemble(*parts).wrap(width)]


class ShowFailedRuns(Action["ErrorsPanel"]):
    """Filter the runs to those that failed with this error."""

    id, keys, word = "failures.open", "enter", "show the runs"
    in_footer = True

    def reason(self, panel: "ErrorsPanel") -> DisabledReason | None:
        if panel.selected is None:
            return _EMPTY
        return _FINDS_NONE if panel.selected.filter is None else None

    def run(self, panel: "ErrorsPanel") -> None:
        panel.open_line()


class RerunError(Action["ErrorsPanel"]):
    """Rerun the prompts that have not completed since they failed with this error; previews first."""

    id, keys, word = "failures.rerun", "F", "rerun"
    in_footer = sends = True

    def reason(self, panel: "ErrorsPanel") -> DisabledReason | None:
        if panel.selected is None:
            return _EMPTY
        return None if panel.selected.left else _NONE_LEFT

    def run(self, panel: "ErrorsPanel") -> None:
        if panel.selected is not None:
            panel.post_message(panel.RerunRequested(panel.selected))


class BackToWebhooks(Action["ErrorsPanel"]):
    """Go to the webhooks."""

    id, keys, word = "failures.webhooks", "%,tab,shift+tab", "webhooks"
    in_footer = True

    def run(self, panel: "ErrorsPanel") -> None:
        panel.screen.focus_next()


class CloseErrors(Action["ErrorsPanel"]):
    """Go back to the runs."""

    id, keys, word = "failures.close", "escape,q", "back"
    in_footer = True

    async def run(self, panel: "ErrorsPanel") -> None:
        await panel.run_action("screen.dismiss")


class ErrorsPanel(ActionNode, HeadedListView):
    """Table of the errors of a webhook."""

    BINDING_GROUP_TITLE = "Errors"
    ACTIONS = (
        ShowFailedRuns(),
        RerunError(),
        BackToWebhooks(),
        CloseErrors(),
        *picking_actions("failures", "error"),
    )
    BINDINGS = bindings_of(ACTIONS)
    columns = (
        ListColumn("COUNT", ((0, 6),)),
        ListColumn("ERROR", right=False),
        ListColumn("FIRST", ((50, 5),)),
        ListColumn("LAST", ((0, 5),)),
        ListColumn("AGAIN", ((60, 7),)),
        ListColumn("LEFT", ((0, 5),)),
        ListColumn("ACTIVE", ((100, 6),)),
    )

    class Selected(Message):
        """Show the details of an error."""

    class Opened(Message):
        """Show the runs of a cluster."""

        def __init__(self, cluster: FailureCluster) -> None:
            super().__init__()
            self.cluster = cluster

    class RerunRequested(Message):
        """Rerun the prompts that have not completed since they failed."""

        def __init__(self, cluster: FailureCluster) -> None:
            super().__init__()
            self.cluster = cluster

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self._profile = profile
        self._rows: Sequence[FailureCluster] | None = None
        self._now = 0.0

    @property
    def count(self) -> int:
        return len(self._rows or ())

    @property
    def selected(self) -> FailureCluster | None:
        """Error under the cursor; None: there is none."""
        return self._rows[self.index] if self._rows else None

    def show(self, rows: Sequence[FailureCluster] | None, now: float) -> None:
        """Show these errors; None: they are still being counted. The cursor stays on its error. `now`: epoch seconds."""
        before = self.selected
        self._rows, self._now = rows, now
        places = [cluster.place for cluster in rows or ()]
        self.index = places.index(before.place) if before is not None and before.place in places else 0
        self._kept.clear()
        self.moved()

    def redraw(self) -> None:
        if not self.text_width:
            return
        if self._rows:
            self.draw_lines()
        else:
            message = literal(_COUNTING if self._rows is None else _NONE, "$quiet")
            self.draw(centred([message.truncate(self.text_width, ellipsis=True)], self.text_width, self.height))

    def moved(self) -> None:
        self.redraw()
        self.refresh_bindings()
        self.post_message(self.Selected())

    def draw_line(self, index: int, cursor: bool, width: int) -> Content:
        assert self._rows is not None
        cluster = self._rows[index]
        ages = [format_age(max(0.0, self._now - at)) for at in (cluster.since, cluster.last)]
        cells = {
            "COUNT": (f"{cluster.count:,}", "bold"),
            "ERROR": (error_words(cluster), "$run-bad"),
            "FIRST": (ages[0], "$quiet"),
            "LAST": (ages[1], ""),
            "AGAIN": (again_words(cluster), ""),
            "LEFT": (f"{len(cluster.left):,}", "" if cluster.left else "$quiet"),
            "ACTIVE": (f"{cluster.under_way:,}", "" if cluster.under_way else "$quiet"),
        }
        return self.row_of(cells, cursor=cursor)

    def why_not_send(self) -> DisabledReason | None:
        return read_only(self._profile.name) if self._profile.read_only else None

    def open_line(self) -> None:
        if (cluster := self.selected) is not None and cluster.filter is not None:
            self.post_message(self.Opened(cluster))
