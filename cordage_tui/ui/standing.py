"""How each kind of standing with the server looks: one sign, one colour and one word, in the sidebar and the top line."""

from typing import Final

from cordage_tui.domain.health import Health
from cordage_tui.domain.text import SafeText

SIGNS: Final = {
    Health.LOADING: "◌",
    Health.LIVE: "●",
    Health.WAITING: "◷",
    Health.STALLED: "▣",
    Health.OFFLINE: "⊘",
    Health.TIMEOUT: "◔",
    Health.REFUSED: "✖",
    Health.GONE: "∅",
    Health.TROUBLE: "!",
    Health.DISK: "▤",
    Health.NOT_THE_API: "≠",
    Health.LIMITED: "‖",
}
"""One cell each, so that colour never carries the meaning alone."""

COLOURS: Final = {
    Health.LOADING: "quiet",
    Health.LIVE: "run-done",
    Health.WAITING: "run-wait",
    Health.STALLED: "run-bad",
    Health.OFFLINE: "run-wait",
    Health.TIMEOUT: "run-wait",
    Health.REFUSED: "run-bad",
    Health.GONE: "run-bad",
    Health.TROUBLE: "run-wait",
    Health.DISK: "run-wait",
    Health.NOT_THE_API: "run-bad",
    Health.LIMITED: "run-wait",
}
"""Theme variable (without `$`): yellow mends itself, red needs the user."""

WORDS: Final = {
    Health.STALLED: SafeText("not read"),
    Health.LOADING: SafeText("connecting"),
    Health.LIVE: SafeText("live"),
    Health.WAITING: SafeText("waiting for an answer"),
    Health.OFFLINE: SafeText("offline"),
    Health.TIMEOUT: SafeText("no answer in time"),
    Health.REFUSED: SafeText("key refused"),
    Health.GONE: SafeText("webhook gone"),
    Health.TROUBLE: SafeText("server trouble"),
    Health.DISK: SafeText("disk trouble"),
    Health.NOT_THE_API: SafeText("not the Cordage API"),
    Health.LIMITED: SafeText("rate limited"),
}
"""As the top line says it."""

SHORT: Final = {
    Health.STALLED: SafeText("not read"),
    Health.LOADING: SafeText("…"),
    Health.LIVE: SafeText(""),
    Health.WAITING: SafeText("waiting"),
    Health.OFFLINE: SafeText("offline"),
    Health.TIMEOUT: SafeText("timeout"),
    Health.REFUSED: SafeText("refused"),
    Health.GONE: SafeText("gone"),
    Health.TROUBLE: SafeText("trouble"),
    Health.DISK: SafeText("disk"),
    Health.NOT_THE_API: SafeText("no API"),
    Health.LIMITED: SafeText("limited"),
}
"""As a sidebar row says it, where there is room beside the name."""
