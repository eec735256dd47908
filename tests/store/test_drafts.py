"""Drafts, prompt history and small settings survive, each in its own place."""

from cordage_tui.store.user_data import REPLACED, REPLACED_SIZE


def test_drafts_survive_a_restart_by_webhook(store, stores):
    """Each webhook of each profile has its own draft, kept across restarts until it is forgotten."""
    store.prompts.save_draft("p", "wh_a", {"prompt": "half a fo\ud83d", "n": 1})
    store.prompts.save_draft("p", "wh_b", {"prompt": "b"})
    store.close()
    store = stores.open()
    assert store.prompts.draft("p", "wh_a") == {"prompt": "half a fo\ud83d", "n": 1}
    assert store.prompts.draft("q", "wh_a") is None
    store.prompts.save_draft("p", "wh_a", None)
    assert store.prompts.draft("p", "wh_a") is None
    assert store.prompts.draft("p", "wh_b") == {"prompt": "b"}


def test_an_unchanged_draft_is_not_written(store, stores):
    """Saving the draft that is there leaves the file untouched: typing pauses must not cost a disk sync each."""
    store.prompts.save_draft("p", "wh_a", {"prompt": "x"})
    before = stores.path.read_bytes()
    store.prompts.save_draft("p", "wh_a", {"prompt": "x"})
    assert stores.path.read_bytes() == before


def test_history_has_each_prompt_once_newest_first(store):
    """Submitting the same again moves it to the front; other webhooks have their own history."""
    for prompt in ("a", "b", "a", "c", " a "):
        store.outbox.submit("p", "wh_a", {"prompt": prompt})
    store.outbox.submit("p", "wh_b", {"prompt": "else"})
    assert [i["prompt"] for i in store.prompts.history("p", "wh_a")] == [" a ", "c", "b"]
    assert [i["prompt"] for i in store.prompts.history("p", "wh_a", limit=2)] == [" a ", "c"]


def test_replaced_drafts_are_in_the_history_where_they_came(store, stores):
    """Between the prompts that were submitted before and after them, equal ones once, also after a restart."""
    store.outbox.submit("p", "wh_a", {"prompt": "a"})
    store.prompts.keep_replaced("p", "wh_a", {"prompt": "draft", "seed": 7})
    store.prompts.keep_replaced("p", "wh_a", {"prompt": "later"})
    store.outbox.submit("p", "wh_a", {"prompt": "b"})
    store.prompts.keep_replaced("p", "wh_a", {"prompt": "a"})
    store.prompts.keep_replaced("p", "wh_b", {"prompt": "else"})
    found = stores.open().prompts.history("p", "wh_a")
    assert found == [{"prompt": "a"}, {"prompt": "b"}, {"prompt": "later"}, {"prompt": "draft", "seed": 7}]
    assert store.prompts.history("p", "wh_a", limit=2) == found[:2]


def test_of_replaced_drafts_the_last_ones_are_kept(store):
    """So many, and so much text; the very last whatever its length."""
    for n in range(REPLACED + 5):
        store.prompts.keep_replaced("p", "wh_a", {"prompt": f"draft {n}"})
    assert [i["prompt"] for i in store.prompts.history("p", "wh_a")] == [
        f"draft {n}" for n in range(REPLACED + 4, 4, -1)
    ]
    store.prompts.keep_replaced("p", "wh_a", {"prompt": "x" * (REPLACED_SIZE + 1)})
    assert len(store.prompts.history("p", "wh_a")) == 1


def test_settings_are_kept(store, stores):
    """A setting is read back after a restart, and one never saved is None."""
    store.settings.save("theme", "nord")
    store.settings.save("theme", "cordage")
    assert (stores.open().settings.get("theme"), store.settings.get("none")) == ("cordage", None)


def test_what_was_submitted_before_is_known_by_its_place(store):
    """Whatever became of it, unless it was dropped or refused; another webhook's does not count."""
    store.outbox.submit("p", "wh_a", {"prompt": "a"})
    dropped = store.outbox.submit("p", "wh_a", {"prompt": "b"})
    store.outbox.submit("p", "wh_b", {"prompt": "c"})
    store.outbox.drop(dropped)
    bodies = [{"prompt": "c"}, {"prompt": " a "}, {"prompt": "b"}, {"prompt": "a", "n": 1}]
    assert store.prompts.ran_before("p", "wh_a", bodies) == {1}
    assert store.prompts.ran_before("p", "wh_a", []) == frozenset()
