"""What a download is called below its folder."""

import time
from collections.abc import Iterator
from itertools import count

from cordage_tui.domain.download import DownloadJob, numbered, path_template
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.run import RunRow
from cordage_tui.domain.webhook import Profile


@dataclass(frozen=True, slots=True)
class DownloadNames:
    """Where one download goes."""

    folders: tuple[str, ...]
    stem: str
    id: int
    """The download's own, so that no other one has a part of the same name."""

    @classmethod
    def of(cls, load: DownloadJob, run: RunRow, profile: Profile) -> "DownloadNames":
        """By its template, and by when its run was made, local time. A part that is there stays where it is."""
        *folders, stem = path_template(load.template).filled(_fields(load, run, profile))
        begun = load.part or load.path
        if begun is not None:
            *folders, _ = begun.split("/")
        return cls(tuple(folders), stem, load.id)

    @property
    def note(self) -> str:
        """What its sidecar is called until it is whole."""
        return f"{self.stem}.{self.id}.json.part"

    def parts(self) -> Iterator[str]:
        """What it may be called until it is whole, the best first."""
        yield f"{self.stem}.{self.id}.part"
        yield from (f"{self.stem}.{self.id}-{number}.part" for number in count(2))

    def names(self, suffix: str) -> Iterator[str]:
        """What it may be called in the end, the best first."""
        first = self.stem + suffix
        yield first
        yield from (numbered(first, number) for number in count(2))

    def below(self, name: str) -> str:
        """Path of a file of that name, below the user's folder."""
        return "/".join((*self.folders, name))


def _fields(load: DownloadJob, run: RunRow, profile: Profile) -> dict[str, str]:
    made = _here(run.created_at)
    return {
        "webhook": profile.label(run.webhook_key),
        "profile": profile.name,
        "date": time.strftime("%Y-%m-%d", made),
        "time": time.strftime("%H-%M-%S", made),
        "run": run.short_id or f"row-{run.id}",
        "n": str(load.number),
        "prompt": run.prompt,
    }


def _here(epoch: float) -> time.struct_time:
    """Local time; of a moment that no calendar has, the beginning of all."""
    try:
        return time.localtime(epoch)
    except (ValueError, OverflowError, OSError):
        return time.localtime(0)
