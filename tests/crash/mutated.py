"""The real program against a server that answers everything mutated, while keys are typed at random.

    python tests/crash/mutated.py [--answers 5000] [--seed 1]

Bytes are flipped, cut, doubled; values are replaced by others, by hostile text, by structures too deep or too long; statuses
and content types are swapped. After each session the program must still be alive and end when told to, with no traceback,
nothing sent to the terminal but what an honest session of the same keys sends, and a whole database. Each trigger that
reached the server must be one that was submitted, once.
"""

import argparse
import json
import random
import re
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cordage_tui.simulator.fault_responses import PAYLOADS
from tests.acceptance.server import KEY, Judge, Run
from tests.e2e.home import Home
from tests.e2e.terminal import Terminal
from tests.e2e.vt import tokens

WEBHOOKS: Final = {"wh_sunset00001": "Sunset", "wh_portrait002": "Portrait"}
KEYS: Final = (
    *("r",) * 12, *("j",) * 4, *("k",) * 3, *("g", "G", "\x04", "\x15", "1", "2", "3", "4", "\t", "\r", "\x1b", "\x1b", "\x1b"),
    *("/", "fox", "i", "J", "[", "]", "s", "w", "L", "?", "=", " ", "V", "*", "O", ">", "+", "_", "0", "y", "Y", "C", "e", "x", "n", "d", "t", "m"),
)  # fmt: skip
"""Nearly every key that neither ends the program nor starts another."""
SESSION_ANSWERS: Final = 250
GAP_S: Final = 0.03
SIZES: Final = ((120, 36), (80, 24), (160, 50))
TITLES: Final = re.compile(r"\x1b\]2;(● \d+ · )?cordage\x1b\\")
LINKS: Final = re.compile(r"\x1b\]8;(id=[\d-]+)?;(http://127\.0\.0\.1:\d+/[!-~]*)?\x1b\\")
SHAPES: Final = frozenset({
    *("text", "c0 0a", "c0 0d", "ESC \\", "ESC 7", "ESC 8", "ESC =", "ESC >"),
    *("CSI H", "CSI m", "CSI ?h", "CSI ?l", "CSI ?$p", "CSI >u", "CSI <u", "CSI ?u", "CSI J", "CSI K", "CSI t", "CSI c"),
    *("CSI n", "CSI ?n", "CSI >c", "CSI >q", "CSI  q", "CSI G", "CSI A", "CSI B", "CSI C", "CSI D"),
    *("OSC 2", "OSC 8", "OSC 52", "OSC 777", "OSC 10", "OSC 11", "OSC 22", "ESC _", "ESC P"),
})  # fmt: skip
"""What the program sends by its own will: moving, colours, modes, title, links, the clipboard, the pointer, questions to the terminal."""


class MutatingJudge(Judge):
    """Answers honestly until `chance` says otherwise. Rate limits allow as many reads as the program wants."""

    def __init__(self, rng: random.Random, chance: float) -> None:
        super().__init__(list(WEBHOOKS))
        self.rng = rng
        self.chance = chance
        self.limits = {"trigger": 6_000, "read": 60_000, "kill": 3_000}
        self.kinds: Counter[str] = Counter()
        """How many answers were mutated, by way."""
        for n in range(40):
            key = list(WEBHOOKS)[n % 2]
            run = Run(
                key, {"prompt": f"fox {n}"}, seconds=1 if n > 5 else 600, fails=n % 7 == 0, born=time.time() - 60 * n
            )
            run.outputs = (f"{self.origin}/outputs/{run.id}.png",)
            self.runs.append(run)

    def mutate(self, budget: str, status: int, body: bytes) -> tuple[int, str, bytes]:
        if self.rng.random() >= self.chance:
            return super().mutate(budget, status, body)
        if self.rng.random() < 0.1:
            self.kinds["status"] += 1
            return self.rng.choice(STATUSES), self.rng.choice(TYPES), body
        name, change = self.rng.choice(list(MUTATIONS.items()))
        self.kinds[name] += 1
        return (
            status,
            self.rng.choice(TYPES) if self.rng.random() < 0.05 else "application/json",
            change(body, self.rng),
        )


STATUSES: Final = (200, 201, 204, 206, 400, 404, 409, 418, 422, 500, 502, 503, 504)
"""Without 401, 402, 403, which stop the polling until there is another key, and 429, which stops it for a while."""
TYPES: Final = ("application/json", "text/html", "text/plain; charset=utf-16", "", "text/\u00ff")


def _flip(body: bytes, rng: random.Random) -> bytes:
    spoilt = bytearray(body)
    for _ in range(rng.randint(1, 8)):
        spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
    return bytes(spoilt)


def _cut(body: bytes, rng: random.Random) -> bytes:
    start, end = sorted(rng.randrange(len(body) + 1) for _ in range(2))
    return body[:start] + body[end:]


def _double(body: bytes, rng: random.Random) -> bytes:
    start, end = sorted(rng.randrange(len(body) + 1) for _ in range(2))
    return body[:end] + body[start:]


def _replace(body: bytes, rng: random.Random) -> bytes:
    """Some values of the JSON are others."""
    told = json.loads(body)
    for _ in range(rng.randint(1, 6)):
        holder = rng.choice(list(_holders(told)) or [[told]])
        at: Any = rng.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        holder[at] = _value(rng)
    return json.dumps(told).encode()


def _rename(body: bytes, rng: random.Random) -> bytes:
    """A name is another, or there twice."""
    names = sorted(set(re.findall(rb'"([a-z_]+)":', body)))
    if not names:
        return body
    return body.replace(
        b'"' + rng.choice(names) + b'":', b'"' + rng.choice([*names, b"x\\u001b[2J"]) + b'":', rng.randint(1, 9)
    )


def _swap(body: bytes, rng: random.Random) -> bytes:
    """Another document altogether."""
    return json.dumps(_value(rng)).encode()


def _many(body: bytes, rng: random.Random) -> bytes:
    """The list, again and again under other ids."""
    told = json.loads(body)
    if not isinstance(told, list):
        return body
    return json.dumps(
        [{**run, "run_id": f"{run['run_id']}{n}"} for n in range(20) for run in told if isinstance(run, dict)]
    ).encode()


MUTATIONS: Final[dict[str, Callable[[bytes, random.Random], bytes]]] = {
    "bytes flipped": _flip,
    "bytes cut": _cut,
    "bytes doubled": _double,
    "values replaced": _replace,
    "names changed": _rename,
    "another document": _swap,
    "many runs": _many,
}


def _holders(value: Any) -> Iterable[Any]:
    if isinstance(value, dict | list) and value:
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _holders(inner)


def _value(rng: random.Random) -> Any:
    match rng.randrange(8):
        case 0:
            return rng.choice(list(PAYLOADS.values()))
        case 1:
            return rng.choice([0, -1, 2**53, 2**63, -(2**70), 1e308, 1e-300, 10**400])
        case 2:
            return rng.choice([None, True, False, "", " ", "null", {}, []])
        case 3:
            deep: Any = "x"
            for _ in range(rng.choice([3, 60, 70, 200])):
                deep = [deep] if rng.random() < 0.5 else {"a": deep}
            return deep
        case 4:
            return rng.choice(["completed", "running", "failed", "cancelled", "pending", "PAUSED", "killing"])
        case 5:
            return rng.choice(["2024-01-15T10:30:00Z", "9999-12-31T23:59:60Z", "1969-01-01", time.time() * 1000, "now"])
        case 6:
            return rng.choice(
                ["javascript:alert(1)", "file:///etc/passwd", "http://169.254.169.254/", "https://[::1", "//x"]
            )
        case _:
            return [_value(rng) for _ in range(rng.randrange(4))]


@dataclass
class Report:
    """What the sessions so far have shown."""

    sessions: int = 0
    answers: int = 0
    keys: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    """In words; empty when all is well."""

    def __str__(self) -> str:
        kinds = ", ".join(f"{name} {count}" for name, count in sorted(self.kinds.items()))
        faults = "\n".join(["", *self.faults])
        return (
            f"{self.answers} answers, {sum(self.kinds.values())} of them mutated ({kinds}); {self.keys} keys in "
            f"{self.sessions} sessions; {len(self.faults)} faults{faults}"
        )


def play(answers: int, seed: int = 1, chance: float = 0.6) -> Report:
    """Sessions until so many answers were given."""
    report = Report()
    while report.answers < answers:
        rng = random.Random(f"{seed} {report.sessions}")
        with tempfile.TemporaryDirectory(prefix="cordage-mutated-") as folder:
            _session(Path(folder), rng, min(SESSION_ANSWERS, answers - report.answers), chance, report)
        report.sessions += 1
    return report


def _session(root: Path, rng: random.Random, answers: int, chance: float, report: Report) -> None:
    judge, home, typed = MutatingJudge(rng, chance), Home(root), []
    home.configure(judge.base_url, WEBHOOKS)
    with home.paths.config_file.open("a") as settings:
        settings.write(
            "\n[notices]\nbell = false\n"
        )  # a run that ends after 30 s rings it, so any other would be hidden
    columns, rows = rng.choice(SIZES)
    started = len(judge.runs)
    try:
        with home.open(home.environ(KEY), columns=columns, rows=rows) as terminal:
            terminal.wait_for("Webhooks")
            end = time.monotonic() + 120.0
            while len(judge.calls) < answers and terminal.process.poll() is None and time.monotonic() < end:
                key = rng.choice(KEYS)
                typed.append(key)
                terminal.type(key)
                terminal.read_for(0.15 if key == "\x1b" else GAP_S)
            name = f"session {report.sessions}, last keys {typed[-12:]!r}"
            report.faults += [f"{name}: {fault}" for fault in dict.fromkeys(_ending(terminal))]
            report.faults += [f"{name}: {fault}" for fault in _database(home, len(judge.runs) - started)]
    finally:
        judge.close()
    report.answers += len(judge.calls)
    report.keys += len(typed)
    report.kinds += judge.kinds


def _ending(terminal: Terminal) -> Iterable[str]:
    """What is wrong with the program and what it wrote, now that it is told to end."""
    if (code := terminal.process.poll()) is not None:
        yield f"it ended with {code}: {terminal.text()[-1500:]}"
        return
    terminal.signal(signal.SIGTERM)
    try:
        if (code := terminal.wait_exit(20.0)) != 143:
            yield f"told to end, it ended with {code}: {terminal.text()[-1500:]}"
    except AssertionError:
        yield "told to end, it did not"
    if b"Traceback" in terminal.written:
        yield "a traceback"
    yield from strange_tokens(bytes(terminal.written))


def strange_tokens(written: bytes) -> Iterable[str]:
    """What was sent to the terminal that the program does not send by its own will."""
    try:
        for token in tokens(written):
            allowed = token.shape in SHAPES or token.shape.startswith("CSI ?")
            if token.shape == "OSC 2":
                allowed = TITLES.fullmatch(token.body) is not None
            elif token.shape == "OSC 8":
                allowed = LINKS.fullmatch(token.body) is not None
            if not allowed:
                yield f"sent to the terminal: {token.body[:80]!r}"
    except (ValueError, UnicodeDecodeError) as error:
        yield f"sent to the terminal: {error}"


def _database(home: Home, started: int) -> Iterable[str]:
    """The server has `started` that many runs for the prompts of this session."""
    connection = sqlite3.connect(home.paths.database)
    try:
        if (found := connection.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            yield f"the database: {found}"
        submitted = connection.execute("SELECT count(*) FROM outbox").fetchone()[0]
        if started > submitted:
            yield f"{started} runs were started for {submitted} prompts"
    finally:
        connection.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    report = play(args.answers, args.seed)
    print(report)
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
