"""How each kind of standing with the server looks: one sign, one colour and one word, in the sidebar and the top line."""

from typing import Final

from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import HealthStatus

SIGNS: Final = {
    HealthStatus.LOADING: "◌",
    HealthStatus.LIVE: "●",
    HealthStatus.WAITING: "◷",
    HealthStatus.STALLED: "▣",
    HealthStatus.OFFLINE: "⊘",
    HealthStatus.TIMEOUT: "◔",
    HealthStatus.REFUSED: "✖",
    HealthStatus.GONE: "∅",
    HealthStatus.TROUBLE: "!",
    HealthStatus.DISK: "▤",
    HealthStatus.NOT_THE_API: "≠",
    HealthStatus.LIMITED: "‖",
}
"""One cell each, so that colour never carries the meaning alone."""

HEALTH_COLOURS: Final = {
    HealthStatus.LOADING: "quiet",
    HealthStatus.LIVE: "run-done",
    HealthStatus.WAITING: "run-wait",
    HealthStatus.STALLED: "run-bad",
    HealthStatus.OFFLINE: "run-wait",
    HealthStatus.TIMEOUT: "run-wait",
    HealthStatus.REFUSED: "run-bad",
    HealthStatus.GONE: "run-bad",
    HealthStatus.TROUBLE: "run-wait",
    HealthStatus.DISK: "run-wait",
    HealthStatus.NOT_THE_API: "run-bad",
    HealthStatus.LIMITED: "run-wait",
}
"""Theme variable (without `$`): yellow mends itself, red needs the user."""

WORDS: Final = {
    HealthStatus.STALLED: SafeText("not read"),
    HealthStatus.LOADING: SafeText("connecting"),
    HealthStatus.LIVE: SafeText("live"),
    HealthStatus.WAITING: SafeText("waiting for an answer"),
    HealthStatus.OFFLINE: SafeText("offline"),
    HealthStatus.TIMEOUT: SafeText("no answer in time"),
    HealthStatus.REFUSED: SafeText("key refused"),
    HealthStatus.GONE: SafeText("webhook gone"),
    HealthStatus.TROUBLE: SafeText("server trouble"),
    HealthStatus.DISK: SafeText("disk trouble"),
    HealthStatus.NOT_THE_API: SafeText("not the Cordage API"),
    HealthStatus.LIMITED: SafeText("rate limited"),
}
"""As the top line says it."""

SHORT: Final = {
    HealthStatus.STALLED: SafeText("not read"),
    HealthStatus.LOADING: SafeText("…"),
    HealthStatus.LIVE: SafeText(""),
    HealthStatus.WAITING: SafeText("waiting"),
    HealthStatus.OFFLINE: SafeText("offline"),
    HealthStatus.TIMEOUT: SafeText("timeout"),
    HealthStatus.REFUSED: SafeText("refused"),
    HealthStatus.GONE: SafeText("gone"),
    HealthStatus.TROUBLE: SafeText("trouble"),
    HealthStatus.DISK: SafeText("disk"),
    HealthStatus.NOT_THE_API: SafeText("no API"),
    HealthStatus.LIMITED: SafeText("limited"),
}
"""As a sidebar row says it, where there is room beside the name."""
