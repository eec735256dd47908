"""The description of one life of a process."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from tests.crash.controls import Control
from tests.crash.scaled import Pace


class Kind(StrEnum):
    """What is started."""

    WORKER = "worker"
    """`cordage-tui queue work`."""
    COMMAND = "command"
    """`cordage-tui trigger` or `rerun`, which submits a prompt of its own and follows it."""
    WINDOW = "window"
    """The app without a terminal; it never ends by itself."""


@dataclass(frozen=True)
class Life:
    """One start of a process, until it ends or is killed."""

    home: str
    pace: Pace
    api_key: str
    crash_at: str | None = None
    """A failpoint at which it dies; None: at none."""
    occurrence: int = 1
    """The occurrence of that failpoint at which it dies."""
    kill_after_s: float | None = None
    """Seconds of the world's time until it is killed from outside; None: it is not."""
    control: Control | None = None
    kind: Kind = Kind.WORKER
    prompt: tuple[str, str] | None = None
    """Webhook key and text of the prompt of a command."""
    made_from: str | None = None
    """The run from which a `rerun` makes its prompt."""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Life":
        values = json.loads(text)
        control = Control(values["control"]) if values["control"] else None
        prompt = tuple(values["prompt"]) if values["prompt"] else None
        converted = {"pace": Pace(**values["pace"]), "control": control, "kind": Kind(values["kind"]), "prompt": prompt}
        return cls(**{**values, **converted})

    @property
    def folder(self) -> Path:
        return Path(self.home)

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which the program finds its home and its key."""
        dirs = {f"XDG_{kind}_HOME": str(self.folder / kind.lower()) for kind in ("CONFIG", "DATA", "STATE")}
        return {**dirs, "HOME": self.home, "CORDAGE_API_KEY": self.api_key}
