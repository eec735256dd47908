"""The queue as a widget."""

from typing import Any

import pytest
from textual.app import ComposeResult

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import QueueEstimate
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.queue.lines import QueueRowContext
from cordage_tui.ui.queue.panel import QueuePanel

NOW = 1_000_000.0


class _Panel(QueuePanel):
    """Panel that counts the lines that it draws again."""

    drawn = 0

    def refresh(self, *regions: Any, **progress_text: Any) -> Any:
        self.drawn += len(regions)
        return super().refresh(*regions, **progress_text)

    def text(self) -> list[str]:
        return [self.render_line(y).text.rstrip() for y in range(self.size.height)]


class _App(BaseApp):
    """App with only the panel."""

    AUTO_FOCUS = "_Panel"

    def compose(self) -> ComposeResult:
        yield _Panel()

    @property
    def panel(self) -> _Panel:
        return self.query_one(_Panel)

    def show_queue(self, queue: Any, now: float = NOW, border: int | None = None) -> None:
        """Show this queue in the panel."""
        queued = sum(w.state is OutboxState.QUEUED for w in queue.rows)
        drain = QueueEstimate(queued, 60.0, None)
        self.panel.show(queue.waiting(0, len(queue.rows)), queue.ahead, QueueRowContext(now, {}, 0, drain, border))


async def test_the_cursor_stays_on_its_prompt(line, prompt) -> None:
    """The cursor stays on its prompt, and moves to the next one when its own is sent."""
    app, queue = _App(), line(50)
    async with app.run_test(size=(80, 12)) as pilot:
        app.show_queue(queue)
        await pilot.press("j", "j", "j")
        assert app.panel.selected.row == 4
        del queue.rows[:2]
        app.show_queue(queue)
        assert app.panel.selected.row == 4
        queue.rows.insert(0, prompt(99, OutboxState.UNCERTAIN))
        app.show_queue(queue)
        assert app.panel.selected.row == 4 and "prompt 99" in app.panel.text()[0]
        queue.rows = [w for w in queue.rows if w.row != 4]
        app.show_queue(queue)
        assert app.panel.selected.row == 5


async def test_a_scrolled_list_stands_still(line) -> None:
    """When prompts above leave, the visible lines stay in place and only their numbers change."""
    app, queue = _App(), line(200)
    async with app.run_test(size=(80, 12)) as pilot:
        app.show_queue(queue)
        await pilot.press("G", "ctrl+u", "ctrl+u")
        visible_prompts = [text.split("prompt")[1] for text in app.panel.text()]
        del queue.rows[:3]
        app.show_queue(queue)
        assert [text.split("prompt")[1] for text in app.panel.text()] == visible_prompts


async def test_every_panels_moving_keys_move_it(line) -> None:
    """The usual keys and a click move the cursor, and not beyond the ends."""
    app = _App()
    async with app.run_test(size=(80, 12)) as pilot:
        app.show_queue(line(30))
        for keys, row in (("k", 1), ("j", 2), ("G", 30), ("j", 30), ("up", 29), ("g", 1), ("ctrl+d", 6), ("ctrl+u", 1)):
            await pilot.press(keys)
            assert app.panel.selected.row == row
        await pilot.click(_Panel, offset=(5, 4))
        assert app.panel.selected.row == 4


async def test_the_border_of_the_lanes_is_no_prompt(line) -> None:
    """Keys skip the line between the lanes, and a click on it does nothing."""
    app = _App()
    async with app.run_test(size=(80, 12)) as pilot:
        app.show_queue(line(30), border=2)
        assert "batches" in app.panel.text()[2]
        await pilot.press("j", "j")
        assert app.panel.selected.row == 3 and "▌" in app.panel.text()[3]
        await pilot.click(_Panel, offset=(5, 3))
        assert app.panel.selected.row == 3
        await pilot.click(_Panel, offset=(5, 5))
        assert app.panel.selected.row == 4
        await pilot.press("G")
        assert app.panel.selected.row == 30 and "prompt 30" in app.panel.text()[-1]


async def test_the_same_queue_is_not_drawn_again(line) -> None:
    """An unchanged queue draws nothing, and a step of the cursor draws two lines and reads nothing."""
    app, queue = _App(), line(10_000)
    async with app.run_test(size=(80, 30)) as pilot:
        app.show_queue(queue)
        await pilot.pause()
        app.panel.drawn = 0
        app.show_queue(queue)
        app.panel.tick(QueueRowContext(NOW, {}, 0, QueueEstimate(10_000, 60.0, None)))
        assert app.panel.drawn == 0
        queue.requested.clear()
        await pilot.press("j")
        assert app.panel.drawn == 2 and queue.requested == []


async def test_an_empty_queue_says_so(line) -> None:
    """An empty queue shows a text, and nothing is selected."""
    app, queue = _App(), line(0)
    async with app.run_test(size=(80, 12)) as pilot:
        app.show_queue(queue)
        await pilot.press("j", "G")
        assert app.panel.selected is None and "Queue is empty." in "".join(app.panel.text())
        app.show_queue(line(1))
        assert app.panel.selected is not None and "prompt 1" in app.panel.text()[0]


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (10, 2), (40, 5)])
async def test_no_size_is_too_small(line, size: tuple[int, int]) -> None:
    """The panel accepts keys at any size."""
    app = _App()
    async with app.run_test(size=size) as pilot:
        for count in (0, 1, 100):
            app.show_queue(line(count))
            await pilot.press("j", "G")
