"""The machine of a user: empty folders, a configuration, and the program in a terminal."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cordage_tui.config.paths import Paths
from tests.e2e.terminal import Terminal

PROGRAM = (sys.executable, "-m", "cordage_tui")


@dataclass(frozen=True)
class Home:
    """The folders of a user, all of them below `root`, without anything of the developer."""

    root: Path
    forked: bool = False
    """Whether programs are forks of a started one by default."""

    @property
    def paths(self) -> Paths:
        app = "cordage-tui"
        return Paths(
            self.root / "config" / app,
            self.root / "data" / app,
            self.root / "state" / app,
            self.root / "Downloads" / "cordage",
        )

    def environ(self, key: str | None = None, **more: str) -> dict[str, str]:
        """Return the whole environment of a process there; `key` is the API key."""
        folders = {f"XDG_{name.upper()}_HOME": str(self.root / name) for name in ("config", "data", "state")}
        own = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8", "HOME": str(self.root)}
        return own | folders | ({"CORDAGE_API_KEY": key} if key else {}) | more

    def configure(self, base_url: str, webhooks: Mapping[str, str], extra: str = "") -> None:
        """Write a profile `studio` with these webhooks, by key, and with `extra` TOML for its table."""
        lines = ["[profiles.studio]", f'base_url = "{base_url}"', extra]
        for key, name in webhooks.items():
            lines += ["[[profiles.studio.webhooks]]", f'key = "{key}"', f'name = "{name}"']
        self.paths.config_dir.mkdir(parents=True, exist_ok=True)
        self.paths.config_file.write_text("\n".join(lines))

    def open(
        self,
        environ: Mapping[str, str],
        *argv: str,
        columns: int = 120,
        rows: int = 36,
        program: Sequence[str] | None = None,
        forked: bool | None = None,
        controlling: bool = True,
        nohup: bool = False,
        answers: Mapping[str, str] | None = None,
    ) -> Terminal:
        """Start the program in a terminal of its own; `forked` overrides the default of this home."""
        options = {"controlling": controlling, "nohup": nohup, "answers": answers}
        if program is None and (self.forked if forked is None else forked):
            return Terminal(argv, environ, columns, rows, forked=True, **options)
        return Terminal([*(program or PROGRAM), *argv], environ, columns, rows, **options)

    def files(self) -> dict[Path, bytes]:
        """Return everything that was written to disk."""
        return {path: path.read_bytes() for path in self.root.rglob("*") if path.is_file()}
