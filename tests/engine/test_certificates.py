"""Certificate authorities of the user's own reach everything that connects."""

from contextlib import closing
from pathlib import Path

from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.workspace import Workspace, build_engine
from cordage_tui.store.store import Store
from tests.api.tls import server_context
from tests.storage_server import StorageServer


async def test_ca_file_holds_for_calls_for_downloads_and_for_the_test_of_a_connection(tmp_path: Path) -> None:
    paths, clock, key = Paths.under(tmp_path), SystemClock(), Secret("cordage_x")
    with StorageServer(server_context(tmp_path)) as server, closing(Store.open(paths.database, clock)) as store:
        server.put("api/wh_x/runs", b'{"runs": []}', media_type="application/json")
        link = server.put("cat.png", b"cat")
        profile = Profile("studio", f"{server.origin}/api", (Webhook("wh_x", "Sunset"),))
        settings = Settings(ca_file=tmp_path / "untrusted.pem")
        engine = build_engine(profile, key, paths, store, clock, settings)
        assert await engine.fetcher.try_list("wh_x") is None
        async with engine._storage.open(link) as file:
            assert [chunk async for chunk in file.chunks()] == [b"cat"]
        await engine.stop()
        workspace = Workspace(paths, settings, store, clock)
        saved = await workspace.connect(key, profile.webhooks[0], profile.base_url)
        assert isinstance(saved, Profile)
        await workspace.close()
