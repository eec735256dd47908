"""Drafts, prompt history and small settings are kept, each in its own place."""

import subprocess
import sys

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.store.drafts import REPLACED, REPLACED_SIZE, last_webhook_setting

SUBMISSIONS = {
    "prompt": lambda store, draft: store.outbox.submit("p", "wh_a", {"prompt": "fox"}, draft),
    "batch": lambda store, draft: store.batches.submit(
        "p", "wh_a", BatchSource("many"), [{"prompt": "fox"}] * 2, draft
    ),
}

KILLED_AT_EACH_STATEMENT = """
import os, pathlib, signal, sys, time
from cordage_tui.store.store import Store
class Clock:
    wall = monotonic = staticmethod(time.time)
def opened():
    return Store.open(pathlib.Path(sys.argv[1]), Clock(), busy_s=30)
opened().close()
for n in range(1, 200):
    prompt = {"prompt": f"fox {n}"}
    child = os.fork()
    if child == 0:
        store, statements = opened(), []
        store.prompts.save_draft("p", "wh_a", prompt)
        def traced(statement):
            statements.append(statement)
            if len(statements) == n:
                os.kill(os.getpid(), signal.SIGKILL)
        store.database._connection.set_trace_callback(traced)
        store.outbox.submit("p", "wh_a", prompt, {})
        os._exit(7)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    store = opened()
    print(ended, store.prompts.draft("p", "wh_a") == prompt, prompt in store.prompts.history("p", "wh_a"))
    store.close()
    if ended == 7:
        break
"""


def test_drafts_survive_a_restart_by_webhook(store, stores):
    """Each webhook of each profile has its own draft, kept across restarts until it is forgotten."""
    store.prompts.save_draft("p", "wh_a", {"prompt": "half a fo\ud83d", "n": 1})
    store.prompts.save_draft("p", "wh_b", {"prompt": "b"})
    store.close()
    store = stores.open()
    assert store.prompts.draft("p", "wh_a") == {"prompt": "half a fo\ud83d", "n": 1}
    assert store.prompts.draft("q", "wh_a") is None
    store.prompts.save_draft("p", "wh_a", {})
    assert store.prompts.draft("p", "wh_a") is None
    assert store.prompts.draft("p", "wh_b") == {"prompt": "b"}


def test_an_unchanged_draft_is_not_written(store, stores):
    """Saving an unchanged draft leaves the file untouched, because typing pauses must not cost a disk sync each."""
    store.prompts.save_draft("p", "wh_a", {"prompt": "x"})
    before = stores.path.read_bytes()
    store.prompts.save_draft("p", "wh_a", {"prompt": "x"})
    assert stores.path.read_bytes() == before


def test_history_has_each_prompt_once_newest_first(store):
    """Submitting a prompt again moves it to the front of the history; each webhook has its own history."""
    for prompt in ("a", "b", "a", "c", " a "):
        store.outbox.submit("p", "wh_a", {"prompt": prompt})
    store.outbox.submit("p", "wh_b", {"prompt": "else"})
    assert [i["prompt"] for i in store.prompts.history("p", "wh_a")] == [" a ", "c", "b"]
    assert [i["prompt"] for i in store.prompts.history("p", "wh_a", limit=2)] == [" a ", "c"]


def test_replaced_drafts_are_in_the_history_where_they_came(store, stores):
    """Replaced drafts appear in the history between the prompts submitted before and after them, each once, also after a
    restart."""
    store.outbox.submit("p", "wh_a", {"prompt": "a"})
    store.prompts.keep_replaced("p", "wh_a", {"prompt": "draft", "seed": 7})
    store.prompts.keep_replaced("p", "wh_a", {"prompt": "later"})
    store.outbox.submit("p", "wh_a", {"prompt": "b"})
    store.prompts.keep_replaced("p", "wh_a", {"prompt": "a"})
    store.prompts.keep_replaced("p", "wh_b", {"prompt": "else"})
    history = stores.open().prompts.history("p", "wh_a")
    assert history == [{"prompt": "a"}, {"prompt": "b"}, {"prompt": "later"}, {"prompt": "draft", "seed": 7}]
    assert store.prompts.history("p", "wh_a", limit=2) == history[:2]


def test_of_replaced_drafts_the_last_ones_are_kept(store):
    """The latest replaced drafts are kept, up to a number and a total size; the newest is kept whatever its size."""
    for n in range(REPLACED + 5):
        store.prompts.keep_replaced("p", "wh_a", {"prompt": f"draft {n}"})
    assert [i["prompt"] for i in store.prompts.history("p", "wh_a")] == [
        f"draft {n}" for n in range(REPLACED + 4, 4, -1)
    ]
    store.prompts.keep_replaced("p", "wh_a", {"prompt": "x" * (REPLACED_SIZE + 1)})
    assert len(store.prompts.history("p", "wh_a")) == 1


def test_settings_are_kept(store, stores):
    """A setting is read back after a restart, and one that was never saved is None."""
    store.settings.save("theme", "nord")
    store.settings.save("theme", "cordage")
    assert (stores.open().settings.get("theme"), store.settings.get("none")) == ("cordage", None)


def test_what_was_submitted_before_is_known_by_its_place(store):
    """`ran_before` returns the indexes of the bodies that were submitted to the webhook and neither dropped nor refused."""
    store.outbox.submit("p", "wh_a", {"prompt": "a"})
    dropped = store.outbox.submit("p", "wh_a", {"prompt": "b"})
    store.outbox.submit("p", "wh_b", {"prompt": "c"})
    store.outbox.drop(dropped)
    bodies = [{"prompt": "c"}, {"prompt": " a "}, {"prompt": "b"}, {"prompt": "a", "n": 1}]
    assert store.prompts.ran_before("p", "wh_a", bodies) == {1}
    assert store.prompts.ran_before("p", "wh_a", []) == frozenset()


@pytest.mark.parametrize("kind", SUBMISSIONS)
def test_a_submission_from_the_panel_is_one_transaction(store, kind):
    """The prompt, the history, the remaining draft and the last webhook are stored in one transaction."""
    store.prompts.save_draft("p", "wh_a", {"prompt": "fox"})
    traced = []
    store.database._connection.set_trace_callback(traced.append)
    SUBMISSIONS[kind](store, {"seed": 7})
    store.database._connection.set_trace_callback(None)
    assert [sql for sql in traced if sql.startswith(("BEGIN", "COMMIT"))] == ["BEGIN IMMEDIATE", "COMMIT"]
    assert store.prompts.draft("p", "wh_a") == {"seed": 7}
    assert store.settings.get(last_webhook_setting("p")) == "wh_a"


@pytest.mark.parametrize("kind", SUBMISSIONS)
def test_a_submission_from_elsewhere_leaves_the_panel_alone(store, kind):
    """A submission from the command line changes neither the draft nor the webhook of the trigger panel."""
    store.prompts.save_draft("p", "wh_a", {"prompt": "half"})
    SUBMISSIONS[kind](store, None)
    assert store.prompts.draft("p", "wh_a") == {"prompt": "half"}
    assert store.settings.get(last_webhook_setting("p")) is None


def test_killed_at_any_statement_a_prompt_is_submitted_or_in_the_panel(tmp_path):
    """After a kill -9 at any statement, the prompt is either submitted or a draft, never both and never neither."""
    program = [sys.executable, "-c", KILLED_AT_EACH_STATEMENT, str(tmp_path / "cordage.db")]
    *killed, whole = subprocess.run(
        program, capture_output=True, text=True, check=True, timeout=120
    ).stdout.splitlines()
    assert len(killed) > 5
    assert set(killed) == {"-9 True False"}
    assert whole == "7 False True"
