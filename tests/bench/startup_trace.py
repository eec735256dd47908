"""CPU time of a program's start by phase, until its first frame: what `startup.py --trace` runs in its pseudo-terminal.

    python tests/bench/startup_trace.py REPORT ours|bare

A function's time counts for the innermost phase only. REPORT gets the phases in milliseconds, as JSON.
"""

import importlib
import importlib._bootstrap
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

INTERPRETER_MS: Final = time.thread_time() * 1000
TEXTUALS: Final = {
    "parse stylesheets": ("textual.css.stylesheet:Stylesheet.parse", "textual.css.stylesheet:Stylesheet.read"),
    "apply stylesheets": ("textual.css.stylesheet:Stylesheet.apply",),
    "mount widgets": ("textual.app:App._register",),
    "lay out": ("textual.screen:Screen._refresh_layout",),
    "paint": ("textual.screen:Screen._compositor_refresh",),
}
OURS: Final = {
    "construct": (
        "cordage_tui.ui.app:CordageApp.__init__",
        "cordage_tui.engine.workspace:build_engine",
        "cordage_tui.ui.main.screen:MainScreen.__init__",
    ),
    "open database": ("cordage_tui.store.store:Store.open",),
    "ask database": tuple(f"cordage_tui.store.file.database:Database.{name}" for name in ("row", "rows", "_commit")),
    "fill widgets": ("cordage_tui.ui.main.presenter:MainPresenter.show_all",),
}


class PhaseClock:
    """Clock that knows which phase the main thread is in."""

    def __init__(self) -> None:
        self.ms: Counter[str] = Counter()
        self._phases = ["events and the rest"]
        self._since = time.thread_time()

    def enter(self, phase: str) -> None:
        self._count()
        self._phases.append(phase)

    def leave(self) -> None:
        self._count()
        self._phases.pop()

    def around(self, call: Callable[..., Any], phase: Callable[..., str]) -> Callable[..., Any]:
        """Make `call` count for a phase, which `phase` names from its arguments."""

        def timed(*arguments: Any, **named: Any) -> Any:
            self.enter(phase(*arguments))
            try:
                return call(*arguments, **named)
            finally:
                self.leave()

        return timed

    def wrap(self, phases: dict[str, tuple[str, ...]]) -> None:
        """Make the functions of `phases` count."""
        for phase, places in phases.items():
            for place in places:
                module, _, path = place.partition(":")
                owner_name, _, name = path.rpartition(".")
                owner = importlib.import_module(module)
                owner = getattr(owner, owner_name) if owner_name else owner
                own = owner.__dict__[name]
                timed = self.around(getattr(own, "__func__", own), lambda *_, phase=phase: phase)
                setattr(owner, name, classmethod(timed) if isinstance(own, classmethod) else timed)

    def _count(self) -> None:
        now = time.thread_time()
        self.ms[self._phases[-1]] += (now - self._since) * 1000
        self._since = now


def import_phase(name: str, *_: object) -> str:
    """Phase of the import of a module."""
    owner = name.partition(".")[0]
    return f"import {owner if owner in ('cordage_tui', 'textual', 'rich') else 'all others'}"


def report_first_frame(clock: PhaseClock, report: Path) -> None:
    """Write the report once something was drawn."""
    from textual.app import App

    display = App._display

    def displayed(self: Any, screen: Any, update: Any) -> None:
        display(self, screen, update)
        if update is not None and not report.exists():
            clock.enter("")
            draft = report.with_suffix(".draft")
            draft.write_text(json.dumps({"start Python": INTERPRETER_MS, **clock.ms}))
            draft.rename(report)

    App._display = displayed  # type: ignore[method-assign]


def main() -> None:
    report, program = Path(sys.argv[1]), sys.argv[2]
    clock = PhaseClock()
    importlib._bootstrap._find_and_load = clock.around(importlib._bootstrap._find_and_load, import_phase)  # type: ignore[attr-defined]
    if program == "ours":
        import gc

        gc.disable()  # as `cli.main` does first of all
        from cordage_tui.cli import launch as _  # noqa: F401
        from cordage_tui.cli.main import main as run
        from cordage_tui.ui import app as _app  # noqa: F401

        clock.wrap(TEXTUALS | OURS)
        report_first_frame(clock, report)
        sys.exit(run([]))
    import reference

    app = reference.static()
    clock.wrap(TEXTUALS)
    report_first_frame(clock, report)
    app.run()


if __name__ == "__main__":
    main()
