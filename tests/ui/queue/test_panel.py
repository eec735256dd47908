"""The queue as a widget."""

from typing import Any

import pytest
from textual.app import ComposeResult

from cordage_tui.domain.outbox import QueueEstimate
from cordage_tui.domain.run import OutboxState
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.queue.lines import QueueRowContext
from cordage_tui.ui.queue.panel import QueuePanel

NOW = 1_000_000.0


class _Panel(QueuePanel):
    """Counts the lines it asked to have drawn again."""

    drawn = 0

    def refresh(self, *regions: Any, **progress_text: Any) -> Any:
        self.drawn += len(regions)
        return super().refresh(*regions, **progress_text)

    def text(self) -> list[str]:
        return [self.render_line(y).text.rstrip() for y in range(self.size.height)]


class _App(BaseApp):
    AUTO_FOCUS = "_Panel"

    def compose(self) -> ComposeResult:
        yield _Panel()

    @property
    def panel(self) -> _Panel:
        return self.query_one(_Panel)

    def tell(self, queue: Any, now: float = NOW, border: int | None = None) -> None:
        queued = sum(w.state is OutboxState.QUEUED for w in queue.rows)
        drain = QueueEstimate(queued, 60.0, None)
        self.panel.show(queue.waiting(0, len(queue.rows)), queue.ahead, QueueRowContext(now, {}, 0, drain, border))


async def test_the_cursor_stays_on_its_prompt(line, prompt) -> None:
    """Whatever is sent or put ahead of it; and when it is sent itself, the next one has the cursor."""
    app, queue = _App(), line(50)
    async with app.run_test(size=(80, 12)) as pilot:
        app.tell(queue)
        await pilot.press("j", "j", "j")
        assert app.panel.selected.row == 4
        del queue.rows[:2]
        app.tell(queue)
        assert app.panel.selected.row == 4
        queue.rows.insert(0, prompt(99, OutboxState.UNCERTAIN))
        app.tell(queue)
        assert app.panel.selected.row == 4 and "prompt 99" in app.panel.text()[0]
        queue.rows = [w for w in queue.rows if w.row != 4]
        app.tell(queue)
        assert app.panel.selected.row == 5


async def test_a_scrolled_list_stands_still(line) -> None:
    """Prompts that leave above it move nothing on screen but the numbers."""
    app, queue = _App(), line(200)
    async with app.run_test(size=(80, 12)) as pilot:
        app.tell(queue)
        await pilot.press("G", "ctrl+u", "ctrl+u")
        seen = [text.split("prompt")[1] for text in app.panel.text()]
        del queue.rows[:3]
        app.tell(queue)
        assert [text.split("prompt")[1] for text in app.panel.text()] == seen


async def test_every_panels_moving_keys_move_it(line) -> None:
    """By one, by half a screen, to the ends, and not beyond."""
    app = _App()
    async with app.run_test(size=(80, 12)) as pilot:
        app.tell(line(30))
        for keys, row in (("k", 1), ("j", 2), ("G", 30), ("j", 30), ("up", 29), ("g", 1), ("ctrl+d", 6), ("ctrl+u", 1)):
            await pilot.press(keys)
            assert app.panel.selected.row == row
        await pilot.click(_Panel, offset=(5, 4))
        assert app.panel.selected.row == 4


async def test_the_border_of_the_lanes_is_no_prompt(line) -> None:
    """The cursor steps over it, a click on it moves nothing, and one below it finds the prompt that stands there."""
    app = _App()
    async with app.run_test(size=(80, 12)) as pilot:
        app.tell(line(30), border=2)
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
    """An idle screen writes nothing; a step of the cursor costs two lines, in ten thousand too, and asks nothing."""
    app, queue = _App(), line(10_000)
    async with app.run_test(size=(80, 30)) as pilot:
        app.tell(queue)
        await pilot.pause()
        app.panel.drawn = 0
        app.tell(queue)
        app.panel.tick(QueueRowContext(NOW, {}, 0, QueueEstimate(10_000, 60.0, None)))
        assert app.panel.drawn == 0
        queue.asked.clear()
        await pilot.press("j")
        assert app.panel.drawn == 2 and queue.asked == []


async def test_an_empty_queue_says_so(line) -> None:
    """And has nothing under its cursor, until something comes."""
    app, queue = _App(), line(0)
    async with app.run_test(size=(80, 12)) as pilot:
        app.tell(queue)
        await pilot.press("j", "G")
        assert app.panel.selected is None and "Queue is empty." in "".join(app.panel.text())
        app.tell(line(1))
        assert app.panel.selected is not None and "prompt 1" in app.panel.text()[0]


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (10, 2), (40, 5)])
async def test_no_size_is_too_small(line, size: tuple[int, int]) -> None:
    """Down to a single cell."""
    app = _App()
    async with app.run_test(size=size) as pilot:
        for count in (0, 1, 100):
            app.tell(line(count))
            await pilot.press("j", "G")
