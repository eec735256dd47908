"""What one life of the worker is to be like."""

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
    """The app, drawing nowhere; it never ends by itself."""


@dataclass(frozen=True)
class Life:
    """One start of a process, until it ends or is killed."""

    home: str
    pace: Pace
    api_key: str
    crash_at: str | None = None
    """A failpoint; None: none."""
    occurrence: int = 1
    """The how manyth time it is met there it dies."""
    kill_after_s: float | None = None
    """Seconds of the world's time until it is killed from outside; None: it is not."""
    control: Control | None = None
    kind: Kind = Kind.WORKER
    prompt: tuple[str, str] | None = None
    """Of a command: webhook key and text."""
    made_from: str | None = None
    """Of a `rerun`: the run that it makes the prompt from."""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Life":
        told = json.loads(text)
        control = Control(told["control"]) if told["control"] else None
        prompt = tuple(told["prompt"]) if told["prompt"] else None
        about = {"pace": Pace(**told["pace"]), "control": control, "kind": Kind(told["kind"]), "prompt": prompt}
        return cls(**{**told, **about})

    @property
    def folder(self) -> Path:
        return Path(self.home)

    @property
    def environment(self) -> dict[str, str]:
        """By which the program finds its home and its key."""
        dirs = {f"XDG_{kind}_HOME": str(self.folder / kind.lower()) for kind in ("CONFIG", "DATA", "STATE")}
        return {**dirs, "HOME": self.home, "CORDAGE_API_KEY": self.api_key}
