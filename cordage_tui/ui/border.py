"""A widget's border as regions, for widgets that know themselves what differs within it."""

from textual.geometry import Region
from textual.widget import Widget


def border(widget: Widget) -> tuple[Region, ...]:
    """The border's four sides, from where the content begins; none when there is no border."""
    top, right, bottom, left = widget.styles.gutter
    width, height = widget.content_size
    across, x = left + width + right, -left
    sides = (
        Region(x, -top, across, top),
        Region(x, 0, left, height),
        Region(width, 0, right, height),
        Region(x, height, across, bottom),
    )
    return tuple(side for side in sides if side)
