"""Open the app, or the demo with a simulator in this process."""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING, Final

from cordage_tui.cli.base.context import store_error
from cordage_tui.cli.base.errors import ExitCode, UsageError
from cordage_tui.cli.base.output_streams import print_message
from cordage_tui.cli.base.profile import check_before_connecting, config_file, load_settings
from cordage_tui.config.key_lookup import FoundKey, find_key
from cordage_tui.config.launch_options import DemoServer, LaunchOptions
from cordage_tui.config.paths import Paths
from cordage_tui.config.profiles import KEY_VARIABLE
from cordage_tui.config.settings import LOG_VARIABLE, Settings, load
from cordage_tui.domain.base.environment import tmux_hides_colours
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.base.file_system import is_file
from cordage_tui.domain.batch import BatchSource, SeededBatch
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.run import SERVER_STATUS, RemoteRun
from cordage_tui.domain.safe_text import SafeText, safe, visible_id
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.store.errors import StoreError
from cordage_tui.store.file.file_lock import FileLock

if TYPE_CHECKING:
    from cordage_tui.simulator.demo import JudgedBatch
    from cordage_tui.simulator.server import ServerThread
    from cordage_tui.simulator.world import SimRun, SimulatedWorkspace
    from cordage_tui.ui.app import AppResult


# The app.


def run(options: argparse.Namespace) -> int:
    """Open the app, and the demo after it when the welcome screen was left for it; return the exit code.

    Raises UsageError if there is no terminal to draw on or no database to store things in, and ConfigError.
    """
    if is_linear(options, os.environ):
        return _run_linear(options)
    check_terminal()
    if not options.demo:
        ending = _open_app(launch_options(options))
        if not ending.wants_demo:
            return _exit_code(ending)

    with demo_launch(options) as launch:
        return _exit_code(_open_app(launch))


def launch_options(options: argparse.Namespace) -> LaunchOptions:
    """Collect the options of the app from files, environment and flags. Raises ConfigError."""
    paths = Paths.system()
    settings = load_settings(paths, options)
    profile = settings.chosen
    check_before_connecting(settings, profile)
    key = find_key(paths, settings, profile.name, os.environ) if profile else None
    return LaunchOptions(
        paths=paths,
        settings=settings,
        profile=profile if profile and profile.webhooks else None,
        key=key,
        read_only=options.read_only,
        mouse=settings.mouse and not options.no_mouse,
        config_file=config_file(options),
        problem=_problem(settings, profile, key),
    )


def check_terminal() -> None:
    """Raise UsageError without a usable terminal: Textual hangs without stdin (docs/dev/library-traps.md T10)."""
    advice = "Use the command line instead: cordage-tui --help; or lines instead of a screen: cordage-tui --linear"
    for name, stream in (("stdin", sys.stdin), ("stdout", sys.stdout), ("stderr", sys.stderr)):
        if stream is None or not stream.isatty():
            raise UsageError(f"{name} is not a terminal, so the app cannot be opened.", advice)


def is_linear(options: argparse.Namespace, environ: Mapping[str, str]) -> bool:
    """Return whether to speak in lines instead of drawing a screen: by flag or variable, or on a terminal that cannot draw one."""
    asked = options.linear or environ.get("ACCESSIBLE", "") not in {"", "0"}
    streams = (sys.stdin, sys.stdout, sys.stderr)
    is_terminal = all(stream is not None and stream.isatty() for stream in streams)
    return asked or (is_terminal and environ.get("TERM", "") in {"", "dumb", "unknown"})


def _run_linear(options: argparse.Namespace) -> int:
    """Run linear mode, with the demo if it was asked for. Raises UsageError and ConfigError."""
    from cordage_tui.cli.linear.program import run as run_lines  # late: the app has a screen

    try:
        ended = None if options.demo else run_lines(launch_options(options))
        if ended is None:
            with demo_launch(options) as launch:
                ended = run_lines(launch)
    except StoreError as error:
        raise store_error(error) from error
    return ExitCode.OK if ended is None else ended


def limit_tmux_colours(environ: MutableMapping[str, str]) -> None:
    """Make Textual draw in 256 colours inside tmux. Call it before Textual is imported, which reads the variable."""
    if tmux_hides_colours(environ):
        environ.setdefault("TEXTUAL_COLOR_SYSTEM", "256")


def _open_app(launch: LaunchOptions) -> "AppResult":
    limit_tmux_colours(os.environ)
    from cordage_tui.ui.app import run as open_app

    try:
        ended = open_app(launch)
    except StoreError as error:
        raise store_error(error) from error
    unstored = [f"Run {visible_id(run.run_id)} was started, and could not be stored." for run in ended.unstored]
    for message in filter(None, [*unstored, *ended.lost, ended.unfinished]):
        print_message(message)  # stderr is a terminal: else there is no app
    return ended


def _exit_code(ending: "AppResult") -> int:
    """Return the exit code; if something could not be saved, that of a command to which the same happens."""
    if ending.crashed:
        return ExitCode.BUG
    if ending.unstored:
        return ending.code or ExitCode.UNFINISHED
    return ending.code or (ExitCode.TRY_AGAIN if ending.lost else ExitCode.OK)


def _problem(settings: Settings, profile: Profile | None, key: FoundKey | None) -> SafeText | None:
    if profile is None:
        return None
    if not profile.webhooks:
        return safe(f"Profile {profile.name!r} has no webhook yet.")
    if key is None:
        source = settings.key_sources.get(profile.name)
        places = [KEY_VARIABLE, *([source.env] if source and source.env else []), "credentials.toml"]
        return safe(f"No API key for profile {profile.name!r}: looked in {', '.join(places)}.")
    return None


# `cordage-tui --demo`: the app with a simulator in this process, and temporary files.

PROFILE: Final = "demo"
_FOLDER: Final = "cordage-demo-"
_LOCK: Final = "demo.lock"
"""File in the demo's folder that is locked as long as the demo lives."""
_JUST_MADE_S: Final = 60.0
"""Age of a folder whose demo may not have locked it yet, seconds."""


@contextmanager
def demo_launch(options: argparse.Namespace) -> Iterator[LaunchOptions]:
    """Serve the demo's workspace in a thread while the context is open.

    Neither the user's settings nor their API key are read, so that they cannot break the demo; a file named with
    `--config` is read for theme and keys. Raises ConfigError for that file, and UsageError if no loopback port is free.
    """
    remove_leftovers(Path(gettempdir()))
    with TemporaryDirectory(prefix=_FOLDER, ignore_cleanup_errors=True) as folder:
        lock, paths = FileLock(Path(folder, _LOCK)), _demo_paths(Path(folder))
        lock.acquire()
        try:
            settings = load(paths, config_file(options))
            served, batch = _serve_demo()
            with closing(served):
                yield _demo_options(options, paths, settings, served, batch)
        finally:
            lock.release()


def _demo_paths(folder: Path) -> Paths:
    """Return paths below a temporary folder. A log that `CORDAGE_LOG` asks for outlives them. Raises ConfigError."""
    paths = Paths.under(folder)
    return replace(paths, own_logs_dir=Paths.system().logs) if os.environ.get(LOG_VARIABLE) else paths


def remove_leftovers(parent: Path) -> None:
    """Remove the folders of demos that were killed: nobody holds their lock any more. Errors are ignored."""
    for folder in parent.glob(f"{_FOLDER}*"):
        with suppress(OSError):
            mine = folder.lstat()
            old = time.time() - mine.st_mtime > _JUST_MADE_S
            ours = old and mine.st_uid == os.getuid() and is_file(folder / _LOCK)
            if ours and FileLock(folder / _LOCK).signature() is None:
                shutil.rmtree(folder, ignore_errors=True)


def _serve_demo() -> "tuple[ServerThread, JudgedBatch]":
    from cordage_tui.simulator.demo import demo_world, judged_batch
    from cordage_tui.simulator.server import run_in_thread

    try:
        world = demo_world()
        batch = judged_batch(world)
        return run_in_thread(world), batch
    except OSError as error:
        raise UsageError(f"The demo cannot serve on 127.0.0.1: {error.strerror}.", "Try again.") from error


def _demo_options(
    options: argparse.Namespace, paths: Paths, settings: Settings, served: "ServerThread", batch: "JudgedBatch"
) -> LaunchOptions:
    past = _past_runs(served.world)
    made = tuple(past[batch.webhook_key, run_id] for run_id in batch.run_ids)
    webhooks = tuple(Webhook(w.key, w.name, dict(w.inputs)) for w in served.world.webhooks)
    profile = Profile(PROFILE, served.base_url, webhooks, read_only=options.read_only)
    return LaunchOptions(
        paths=paths,
        settings=replace(settings, profiles=(profile,), default_profile=PROFILE, key_sources={}),
        profile=profile,
        key=FoundKey(Secret(served.api_key), SafeText("the demo")),
        demo=DemoServer(
            base_url=served.base_url,
            storage_url=served.storage_url,
            curl=safe(served.curl_line(webhooks[0].key)),
            seed=tuple(run for (_, run_id), run in past.items() if run_id not in batch.run_ids),
            batch=SeededBatch(
                batch.webhook_key,
                batch.created_at,
                BatchSource(batch.title, batch.inputs, batch.axes),
                made,
                batch.verdicts,
            ),
        ),
        read_only=options.read_only,
        mouse=settings.mouse and not options.no_mouse,
    )


def _past_runs(world: "SimulatedWorkspace") -> dict[tuple[str, str], tuple[str, RemoteRun, Inputs]]:
    """Return the workspace's runs with their inputs, by webhook key and run id, as if started on this machine: the API
    returns no inputs."""
    now = world.clock()
    past = world.past_prompts().items()
    return {(key, run_id): (key, _remote_run(world.run(key, run_id), now), inputs) for (key, run_id), inputs in past}


def _remote_run(run: "SimRun", now: float) -> RemoteRun:
    status = SERVER_STATUS[run.status(now).value]
    return RemoteRun(run.run_id, status, status.word, run.created_at, run.ended_at(now))
