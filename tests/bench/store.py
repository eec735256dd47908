"""How the store holds up with a long history: each question at 100,000 rows against the same at 100, in one run.

    python tests/bench/store.py [rows]

Prints milliseconds (best of several) and the ratio. Nothing is asserted: machines differ, ratios say what grows.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from history import PROFILE, WORDS, Clock, filled

from cordage_tui.domain.run import RunQuery, SortKey
from cordage_tui.store.store import Store

SCREEN = 50


def best_ms(ask: Callable[[], object], times: int = 7) -> float:
    """The fastest of several, in milliseconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - start) * 1e3)
    return min(taken)


def questions(path: Path) -> dict[str, float]:
    """Milliseconds by question."""
    answers = {"open": best_ms(lambda: Store.open(path, Clock()).close())}
    store = Store.open(path, Clock())
    for sort in SortKey:
        query = RunQuery(PROFILE, sort=sort)
        middle = store.query.count(query) // 2
        row = store.query.window(query, middle, 1)[0].id
        answers[f"{sort}: first screen"] = best_ms(lambda query=query: store.query.window(query, 0, SCREEN))
        answers[f"{sort}: middle screen"] = best_ms(lambda q=query, m=middle: store.query.window(q, m, SCREEN))
        answers[f"{sort}: index of the middle row"] = best_ms(lambda q=query, row=row: store.query.index_of(q, row))
    texts = iter(f"{word} {letter}" for word in WORDS for letter in "abcdefgh")
    answers["filter: new text"] = best_ms(lambda: store.query.count(RunQuery(PROFILE, text=next(texts))))
    fox = RunQuery(PROFILE, text="fox")
    store.query.count(fox)
    answers["filter: screen of what was found"] = best_ms(lambda: store.query.window(fox, 20, SCREEN))
    answers["count"] = best_ms(lambda: store.query.count(RunQuery(PROFILE)))
    answers["tallies"] = best_ms(lambda: store.query.tallies(PROFILE))
    answers["active"] = best_ms(lambda: store.query.active(PROFILE))
    answers["poll_others"] = best_ms(store.changes.poll_others)
    answers["submit"] = best_ms(lambda: store.outbox.submit(PROFILE, "wh_0", {"prompt": str(time.perf_counter())}))
    answers["claim"] = best_ms(lambda: store.outbox.claim(PROFILE), 5)
    store.close()
    return answers


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        small, large = (questions(filled(Path(folder), n)) for n in (100, rows))
    print(f"{'question':36}{'100 rows':>10}{f'{rows} rows':>14}{'ratio':>8}")
    for name, reference in small.items():
        print(f"{name:36}{reference:10.3f}{large[name]:14.3f}{large[name] / reference:8.1f}")


if __name__ == "__main__":
    main()
