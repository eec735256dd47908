"""The recipes of docs/hooks.md do what is said of them, as printed, against a server on this machine."""

import json
import re
import shutil
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import time

import pytest

import cordage_tui
from cordage_tui.simulator.server import run_in_thread
from cordage_tui.simulator.world import PlannedOutcome, plain_world
from tests.cli.conftest import Cordage, environment

PAGE = (Path(str(cordage_tui.__file__)).parent / "docs" / "hooks.md").read_text()
RECIPES = dict(re.findall(r"<!-- ci: (\w+) -->\n```toml\n(.*?)```", PAGE, re.DOTALL))
PROMPT = 'a "red" fox\\, it\'s <!channel> @everyone $(id) `id`\n--help'

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")


class Received(ThreadingHTTPServer):
    """Server that keeps what is posted to it: path, content type, body."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, str | None, bytes]] = []
        posts = self.posts

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                posts.append((self.path, self.headers["Content-Type"], body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()


@pytest.fixture
def received():
    with closing(Received()) as server:
        yield server


@pytest.fixture
def home(tmp_path, received):
    """`home(recipe, *hooks)`: a home with that recipe, its address on this machine; the recipe's line also for those hooks."""
    with closing(run_in_thread(plain_world(time, seconds=0.1))) as served:
        key = served.world.webhooks[0].key
        served.world.fate(key, PlannedOutcome(0.1), PlannedOutcome(0.1, failure='no "model"\nof that name'))
        cordage = Cordage(tmp_path, {**environment(tmp_path), "CORDAGE_API_KEY": served.api_key})

        def make(recipe: str, *hooks: str) -> Cordage:
            lines = RECIPES[recipe] + "".join(
                RECIPES[recipe].replace("[hooks]\n", "").replace("on_batch", hook) for hook in hooks
            )
            local = re.sub(r"https://[^/\"]+", f"http://127.0.0.1:{received.server_port}", lines)
            cordage.config(
                f"{local}\n[profiles.studio]\nbase_url = '{served.base_url}'\n"
                f"[[profiles.studio.webhooks]]\nkey = '{key}'\nname = 'Sunset'\n"
            )
            return cordage

        yield make


def test_there_is_one_for_each_service() -> None:
    """One line of curl each, which needs nothing else."""
    assert set(RECIPES) == {"ntfy", "slack", "discord"}
    assert all(len(recipe.strip().splitlines()) == 2 and '["curl", ' in recipe for recipe in RECIPES.values())


def run_batch(cordage: Cordage) -> str:
    """Run two prompts, of which the second fails; returns what was said on stderr."""
    file = cordage.root / "prompts.jsonl"
    file.write_text("".join(json.dumps({"prompt": prompt}) + "\n" for prompt in (PROMPT, "owl")))
    ended = cordage("trigger", "Sunset", "--file", str(file), "--yes", "--wait")
    assert ended.returncode == 1
    return ended.stderr


def test_ntfy_gets_the_sentence(home, received) -> None:
    assert "curl" not in run_batch(home("ntfy"))
    ((path, _, body),) = received.posts
    assert path == "/your-topic"
    assert body.decode().startswith('Cordage: batch "')
    assert body.decode().endswith('" of Sunset has ended: 1 completed, 1 failed.')


@pytest.mark.parametrize(
    ("recipe", "path"), [("slack", "/services/T000/B000/XXXX"), ("discord", "/api/webhooks/1234/XXXX/slack")]
)
def test_a_chat_gets_one_object_with_the_sentence_alone(home, received, recipe, path) -> None:
    """Quotes, newlines and backslashes of a prompt arrive; what would call a channel does not; no key, no link leaves."""
    run_batch(home(recipe, "on_finish"))
    assert {(found, kind) for found, kind, _ in received.posts} == {(path, "application/json")}
    objects = [json.loads(body) for _, _, body in received.posts]
    assert all(set(found) == {"text"} for found in objects)
    texts = sorted(found["text"].rpartition(" in ")[0] or found["text"] for found in objects)
    assert len(texts) == 3
    fox = 'Cordage: Sunset "a "red" fox\\, it\'s ‹!channel› ＠everyone $(id) `id` --help" completed'
    assert fox in texts


def test_a_server_that_is_not_there_is_said(home, received) -> None:
    """And the command ends as it would without."""
    received.close()
    assert "on_batch: curl failed (7)" in run_batch(home("slack"))
