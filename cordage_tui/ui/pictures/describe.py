"""An output in words: where there is no picture of it, and beside one."""

from typing import Final

from cordage_tui.domain.formatting import amount, duration
from cordage_tui.domain.image import ImageState, ImageView
from cordage_tui.domain.media_type import MediaKind
from cordage_tui.domain.text import SafeText

_NAMED: Final = {MediaKind.VIDEO: "video", MediaKind.AUDIO: "audio"}


def describe(sight: ImageView) -> SafeText:
    """What is known of it, most telling first: `PNG · 1024 × 768 · 240 KB`, `video · MP4 · 0:12`, `240 KB, enter to load`."""
    if sight.standing is ImageState.FAILED:
        return sight.words or SafeText("It could not be shown.")
    if sight.standing is ImageState.TOO_LARGE:
        return SafeText(f"{' · '.join(_facts(sight)) or 'large'}, enter to load")
    if facts := _facts(sight):
        return SafeText(" · ".join(facts))
    return SafeText("loading…" if sight.standing is ImageState.LOADING else "")


def _facts(sight: ImageView) -> list[str]:
    facts = list[str]()
    if sight.media is not None:
        facts += [named] if (named := _NAMED.get(sight.media.kind)) else []
        facts.append(sight.media.name)
    if sight.pixels is not None:
        facts.append(f"{sight.pixels.width} × {sight.pixels.height}")
    if sight.duration_s is not None:
        facts.append(duration(round(sight.duration_s)))
    if sight.size is not None:
        facts.append(amount(sight.size))
    return facts
