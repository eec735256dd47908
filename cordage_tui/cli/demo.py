"""`cordage-tui --demo`: the app against a simulator in this process, with state that is gone afterwards."""

import argparse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from cordage_tui.cli.errors import UsageError
from cordage_tui.cli.profile import config_file
from cordage_tui.config.credentials import FoundKey
from cordage_tui.config.launch import DemoServer, LaunchOptions
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings, load
from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.run import SERVER_STATUS, RemoteRun
from cordage_tui.domain.secret import Secret
from cordage_tui.domain.text import SafeText, safe
from cordage_tui.domain.webhook import Profile, Webhook

if TYPE_CHECKING:
    from cordage_tui.simulator.server import ServerThread
    from cordage_tui.simulator.world import SimRun, SimulatedWorkspace

PROFILE: Final = "demo"


@contextmanager
def demo_launch(options: argparse.Namespace) -> Iterator[LaunchOptions]:
    """Serve the demo's world in a thread for as long as the context lasts.

    The user's own settings are not read, so that nothing of them can break the demo, and no key of theirs is looked up; a
    file named with `--config` is read for its theme and keys. Raises ConfigError for that file, and UsageError when no
    loopback port can be had.
    """
    with TemporaryDirectory(prefix="cordage-demo-", ignore_cleanup_errors=True) as folder:
        paths = Paths.under(Path(folder))
        settings = load(paths, config_file(options))
        with closing(_served()) as served:
            yield _launch(options, paths, settings, served)


def _served() -> "ServerThread":
    from cordage_tui.simulator.demo import demo_world
    from cordage_tui.simulator.server import run_in_thread

    try:
        return run_in_thread(demo_world())
    except OSError as error:
        raise UsageError(f"The demo cannot serve on 127.0.0.1: {error.strerror}.", "Try again.") from error


def _launch(options: argparse.Namespace, paths: Paths, settings: Settings, served: "ServerThread") -> LaunchOptions:
    from cordage_tui.simulator.command import curl_line

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
            curl=safe(curl_line(served.base_url, served.api_key, webhooks[0].key)),
            seed=_past(served.world),
        ),
        read_only=options.read_only,
        mouse=settings.mouse and not options.no_mouse,
    )


def _past(world: "SimulatedWorkspace") -> tuple[tuple[str, RemoteRun, Inputs], ...]:
    """The world's runs as this machine would remember them had it started them: the API tells no prompts."""
    now = world.clock()
    runs = ((key, world.find(run_id), inputs) for (key, run_id), inputs in world.past_prompts().items())
    return tuple((key, _remembered(run, now), inputs) for key, run, inputs in runs)


def _remembered(run: "SimRun", now: float) -> RemoteRun:
    status = SERVER_STATUS[run.status(now).value]
    return RemoteRun(run.run_id, status, SafeText(status.value), run.created_at, run.ended_at(now))
