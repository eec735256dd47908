"""The demo's webhooks: five workflows of a small studio, and what is sent to them."""

from collections.abc import Mapping, Sequence

from cordage_tui.simulator import prompts
from cordage_tui.simulator.webhooks import Durations, OutputKind, PainterKind, SimWebhook

_RATIOS = ["3:2", "1:1", "16:9"]

STUDIO: tuple[SimWebhook, ...] = (
    SimWebhook(
        "sunset",
        "Sunset",
        Durations(min_s=5.0, median_s=12.0, spread=0.35, queue_s=1.5),
        node_count=5,
        failure_rate=0.12,
        reasons=prompts.PICTURE_REASONS,
        max_outputs=3,
        scene=PainterKind.MOUNTAINS,
        inputs={"style": ["photorealistic", "painterly", "anime"], "ratio": _RATIOS},
    ),
    SimWebhook(
        "portrait",
        "Portrait",
        Durations(min_s=8.0, median_s=18.0, spread=0.3, queue_s=2.5),
        node_count=8,
        failure_rate=0.12,
        reasons=prompts.PICTURE_REASONS,
        max_outputs=2,
        scene=PainterKind.PORTRAIT,
        inputs={"style": ["film", "studio", "charcoal"], "seed": 7},
    ),
    SimWebhook(
        "product",
        "Product shots",
        Durations(min_s=10.0, median_s=25.0, spread=0.3, queue_s=3.0),
        node_count=11,
        failure_rate=0.15,
        reasons=prompts.PRODUCT_REASONS,
        max_outputs=4,
        scene=PainterKind.STILL_LIFE,
        inputs={"image_url": "", "background": ["sand", "white", "slate"]},
    ),
    SimWebhook(
        "loop",
        "Video loop",
        Durations(min_s=25.0, median_s=45.0, spread=0.25, queue_s=6.0),
        node_count=9,
        failure_rate=0.18,
        reasons=prompts.LOOP_REASONS,
        output=OutputKind.LOOP,
        also=OutputKind.IMAGE,
        scene=PainterKind.FLOW,
        inputs={"seconds": 4, "fps": [12, 24]},
    ),
    SimWebhook(
        "caption",
        "Caption",
        Durations(min_s=2.0, median_s=4.0, spread=0.3, queue_s=0.5),
        node_count=3,
        failure_rate=0.08,
        reasons=prompts.CAPTION_REASONS,
        output=OutputKind.TEXT,
        also=OutputKind.JSON,
        inputs={"tone": ["plain", "poetic"]},
    ),
)
"""Their keys are names here; a world gives them real ones."""

PROMPTS: Mapping[str, Sequence[str]] = {
    "Sunset": prompts.SUNSET,
    "Portrait": prompts.PORTRAIT,
    "Product shots": prompts.PRODUCT,
    "Video loop": prompts.LOOP,
    "Caption": prompts.CAPTION,
}
"""By the name of the webhook."""
