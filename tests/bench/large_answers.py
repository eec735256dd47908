"""Keys while a list of 8 MiB is being taken in, beside the same keys with a short list.

    python tests/bench/large_answers.py [--quick]

The server is a process of its own and answers each list with the same body: many small runs, runs of 1 KiB, one run with
hundreds of thousands of values, runs with thousands of outputs. From the first request on, the cursor is moved ten times a
second. Milliseconds from a key to the end of the frame that answers it; the longest counts, because one hold of a second among
a hundred keys is what a person remembers. Trust the ratios. Nothing is asserted.
"""

import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from terminal import Terminal

COMMAND = (sys.executable, "-m", "cordage_tui")
WEBHOOK = "wh_bench0000001"
KEY_GAP_S = 0.1
SIZE = 8 * 1024 * 1024 - 64


def short() -> bytes:
    return runs([{"prompt": f"fox {n}"} for n in range(100)])


def many_runs() -> bytes:
    return runs([{}] * 100_000)


def long_runs() -> bytes:
    about = {"created_at": "2024-01-15T10:30:00Z", "metadata": {"x": "y" * 700, "n": [1, 2, 3]}}
    return runs([about] * 9_000)


def many_values() -> bytes:
    return runs([{"prompt": "fox"}] * 50 + [{"values": [["a", 1, {}]] * 200_000}])


def many_outputs() -> bytes:
    return runs([{"outputs": [f"http://127.0.0.1/{n:0>50}.png" for n in range(2_000)]}] * 50)


def runs(about: list[dict[str, object]]) -> bytes:
    told = [{"run_id": f"run{n:07d}", "status": "completed"} | fields for n, fields in enumerate(about)]
    body = json.dumps(told, separators=(",", ":")).encode()
    assert len(body) <= SIZE, len(body)
    return body


BODIES: dict[str, Callable[[], bytes]] = {
    "100 runs": short,
    "100,000 runs": many_runs,
    "9,000 runs of 800 bytes": long_runs,
    "one run of 800,000 values": many_values,
    "50 runs of 2,000 outputs": many_outputs,
}


def serve(body: bytes, ports: "multiprocessing.Queue[int]", asked: "multiprocessing.synchronize.Event") -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.set()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *about: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ports.put(server.server_port)
    server.serve_forever()


@contextmanager
def home(body: bytes) -> Iterator[tuple[dict[str, str], "multiprocessing.synchronize.Event"]]:
    """The environment of a user whose one webhook is answered so; the event is set when it is asked."""
    ports: multiprocessing.Queue[int] = multiprocessing.Queue()
    asked = multiprocessing.Event()
    server = multiprocessing.Process(target=serve, args=(body, ports, asked), daemon=True)
    server.start()
    with tempfile.TemporaryDirectory(prefix="cordage-bench-") as folder:
        config = Path(folder) / "config" / "cordage-tui"
        config.mkdir(parents=True)
        (config / "config.toml").write_text(
            f'[profiles.bench]\nbase_url = "http://127.0.0.1:{ports.get()}/api/webhooks"\n'
            f'[[profiles.bench.webhooks]]\nkey = "{WEBHOOK}"\nname = "Bench"\n'
        )
        env = {f"XDG_{kind}_HOME": str(Path(folder) / kind.lower()) for kind in ("CONFIG", "DATA", "STATE")}
        yield {**env, "HOME": folder, "CORDAGE_API_KEY": "cordage_bench00000001"}, asked
    server.terminate()
    server.join()


def keys(body: bytes, seconds: float) -> list[float]:
    """Milliseconds of each key in that time, counted from the first request."""
    answered: list[float] = []
    with home(body) as (env, asked), Terminal(COMMAND, env) as terminal:
        terminal.shown("Webhooks")
        while not asked.is_set():
            terminal.read(0.01)
        end, key = time.perf_counter() + seconds, "1"
        while time.perf_counter() < end:
            key = "2" if key == "1" else "1"
            answered.append(terminal.press(key, first_s=10.0)[0])
            rest = time.perf_counter() + KEY_GAP_S
            while (left := rest - time.perf_counter()) > 0:
                terminal.read(left)
    return answered


def main() -> None:
    seconds = 3.0 if "--quick" in sys.argv else 20.0
    print(f"{'keys while this list is taken in':36}{'keys':>6}{'ms p50':>8}{'longest':>9}{'ratio':>7}")
    base = 0.0
    for name, make in BODIES.items():
        answered = keys(make(), seconds)
        base = base or max(answered)
        print(
            f"  {name:34}{len(answered):6}{median(answered):8.1f}{max(answered):9.1f}{max(answered) / base:7.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
