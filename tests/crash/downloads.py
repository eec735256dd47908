"""Hundreds of downloads whose connections are cut and whose process is killed, and what became of the files.

    python tests/crash/downloads.py [--downloads 200] [--jobs N] [--seed S]

Each file has 2 MB and its connection is cut after every 64 KB; the process that downloads, three at a time, is killed at
every named place in turn and at random. Then two deliberate faults, which must show. Prints the figures; exits with 1 when a
file differs, is short under a final name, or is there twice, or when a fault did not show.
"""

import argparse
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from cordage_tui.domain.run import RemoteRun, Status
from cordage_tui.domain.safe_text import SafeText
from tests.crash.load_points import NAMES, Fault
from tests.crash.loader import PROFILE, LoadLife, opened
from tests.storage_server import StorageServer

ROOT = Path(__file__).parents[2]
MEMORY = Path("/dev/shm")
SIZE = 2_000_000
CUT = 65_536
LANE = 10
"""Downloads of one lane; three of them at a time."""
LIFE_S = 0.25
"""Mean of the lives that are ended at random."""
LIVES_MOST = 200
HANGS_S = 60.0
RARE = frozenset({"rename", "naming", "done", "linked", "begun", "recover", "sidecar write", "sidecar sync"})


@dataclass
class Tally:
    """The counts of a campaign."""

    downloads: int = 0
    identical: int = 0
    """Files with the same bytes as in the storage."""
    kills: int = 0
    named: int = 0
    """Kills at a named place."""
    places: Counter[str] = field(default_factory=Counter)
    """Kills at each place."""
    connections: int = 0
    short: int = 0
    """Deaths after which a file with a final name was not whole."""
    twice: int = 0
    """Files in excess of one per download."""
    left: int = 0
    """Parts that are left over."""
    bare: int = 0
    """Files without a readable sidecar."""

    @property
    def faults(self) -> int:
        return self.short + self.twice + self.left + self.bare + self.downloads - self.identical

    def __iadd__(self, other: "Tally") -> "Tally":
        for about in fields(self):
            setattr(self, about.name, getattr(self, about.name) + getattr(other, about.name))
        return self

    def __str__(self) -> str:
        figures = [f"{getattr(self, f.name):,} {f.name}" for f in fields(self) if f.name != "places"]
        return ", ".join([*figures, f"{len(self.places)} of {len(NAMES)} places"])


@dataclass(frozen=True)
class Job:
    """What one lane plays."""

    seed: int
    downloads: int = LANE
    size: int = SIZE
    cut: int = CUT
    places: tuple[str, ...] = ()
    """Places at which it dies; after each of them it dies once at random."""
    kills: int = 20
    """Number of random kills at the end."""
    life_s: float = LIFE_S
    fault: Fault | None = None


class Lane:
    """One home, its storage, and its process that is killed again and again."""

    def __init__(self, job: Job, home: Path, storage: StorageServer, loader: "subprocess.Popen[str]") -> None:
        self.tally = Tally(downloads=job.downloads)
        self._job = job
        self._home = home
        self._storage = storage
        self._loader = loader
        self._rng = random.Random(job.seed)
        self._folder = home / "pictures"
        self._hashes: set[str] = set()

    def play(self) -> Tally:
        """Play until every download has ended."""
        self._ask()
        for place in self._job.places:
            self._live(place, self._rng.randint(1, 1 if place.split(" ", 1)[-1] in RARE else 3))
            self._live(kill_after_s=self._life_s())
        for _ in range(self._job.kills):
            if not self._live(kill_after_s=self._life_s()):
                break
        while self._live():
            assert self.tally.kills < LIVES_MOST
        self._reckon()
        return self.tally

    def _ask(self) -> None:
        links = []
        for number in range(self._job.downloads):
            content = b"\x89PNG\r\n\x1a\n" + self._rng.randbytes(self._job.size - 8)
            self._hashes.add(sha256(content).hexdigest())
            links.append(self._storage.put(f"{number}.png", content, cut_every=self._job.cut))
        run = RemoteRun("550e8400-e29b", Status.COMPLETED, SafeText("completed"), outputs=tuple(links))
        with opened(self._home) as store:
            rows = store.runs.merge(PROFILE.name, PROFILE.webhooks[0].key, [run])
            refs = store.run_lookup.output_refs([*rows])
            store.downloads.enqueue(PROFILE.name, refs, self._folder, "{run}-{n}.{ext}", Path.is_file)

    def _live(self, crash_at: str | None = None, occurrence: int = 1, kill_after_s: float = HANGS_S) -> bool:
        """Run one life, and return whether it was killed."""
        life = LoadLife(str(self._home), crash_at, occurrence, kill_after_s, self._job.fault)
        assert self._loader.stdin and self._loader.stdout
        self._loader.stdin.write(life.to_json() + "\n")
        self._loader.stdin.flush()
        code = int(self._loader.stdout.readline())
        assert code in (0, -9), f"a process that downloads ended with {code}"
        self.tally.kills += code == -9
        if code == -9 and crash_at is not None:
            self.tally.named += 1
            self.tally.places[crash_at] += 1
        self.tally.short += any(self._hash(path) not in self._hashes for path in self._finals())
        return code == -9

    def _life_s(self) -> float:
        return self._rng.expovariate(1 / self._job.life_s)

    def _finals(self) -> list[Path]:
        return [path for path in self._folder.rglob("*") if path.suffix not in (".part", ".json") and path.is_file()]

    def _hash(self, path: Path) -> str:
        return sha256(path.read_bytes()).hexdigest()

    def _reckon(self) -> None:
        finals = self._finals()
        found = Counter(map(self._hash, finals))
        self.tally.identical = len(found.keys() & self._hashes)
        self.tally.twice = max(0, len(finals) - self._job.downloads)
        self.tally.left = len(list(self._folder.rglob("*.part")))
        self.tally.bare = sum(not _has_sidecar(path) for path in finals)
        self.tally.connections = len(self._storage.seen)


def play(*jobs: Job) -> Tally:
    """Play these lanes in this process, one after the other."""
    folder = (
        MEMORY if MEMORY.is_dir() else None
    )  # SIGKILL takes nothing from the kernel: a disk would show nothing more
    whole = Tally()
    with _loader() as loader:
        for job in jobs:
            with tempfile.TemporaryDirectory(prefix="cordage-load-", dir=folder) as home, StorageServer() as storage:
                whole += Lane(job, Path(home), storage, loader).play()
    return whole


def played(jobs: Iterable[Job], cores: int | None = None) -> list[Tally]:
    """Return the tally of each job, in order."""
    with ProcessPoolExecutor(cores or os.cpu_count() or 1, multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(play, jobs))


def total(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of all tallies."""
    whole = Tally()
    for tally in tallies:
        whole += tally
    return whole


def lanes(
    downloads: int, seed: int, *, lane: int = LANE, size: int = SIZE, times: int = 3, life_s: float = LIFE_S
) -> list[Job]:
    """Return jobs for so many downloads, `lane` in each. The lanes share the named places, each place so many times."""
    count = -(-downloads // lane)
    each = -(-times * len(NAMES) // count)
    places = [NAMES[n % len(NAMES)] for n in range(count * each)]
    return [
        Job(
            seed + n,
            min(lane, downloads - n * lane),
            size,
            places=tuple(places[n * each : (n + 1) * each]),
            life_s=life_s,
        )
        for n in range(count)
    ]


def spoilt(fault: Fault) -> Job:
    """Return a job of one lane with this fault."""
    places = ("after rename", "before done", "after write") if fault is Fault.FORGETS else ("after progress",)
    return Job(1, downloads=3, size=300_000, places=places, kills=2, fault=fault)


@contextmanager
def _loader() -> "Iterator[subprocess.Popen[str]]":
    command = [sys.executable, "-m", "tests.crash.loader"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as loader:
        yield loader
        assert loader.stdin
        loader.stdin.close()


def _has_sidecar(path: Path) -> bool:
    try:
        sidecar = json.loads(path.with_name(path.name + ".json").read_text())
    except (OSError, ValueError):
        return False
    return bool(sidecar["sha256"] == sha256(path.read_bytes()).hexdigest())


def main() -> int:
    """Print the figures, and return 0 if all is as it must be."""
    asked = _asked()
    began = time.monotonic()
    whole = total(played(lanes(asked.downloads, asked.seed), asked.jobs))
    print(f"{time.monotonic() - began:,.0f} s: {whole}", flush=True)
    blind = [
        fault for fault, tally in zip(Fault, played(map(spoilt, Fault), asked.jobs), strict=True) if not tally.faults
    ]
    for fault in Fault:
        print(f"control: {fault.value}: {'NOT NOTICED' if fault in blind else 'noticed'}")
    return 1 if whole.faults or blind else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--downloads", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="cores to keep busy")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
