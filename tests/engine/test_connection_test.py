"""Testing a connection says precisely what is wrong, and saves and starts nothing."""

import pytest

from cordage_tui.config.key_lookup import FoundKey
from cordage_tui.config.settings import Settings, load
from cordage_tui.config.webhooks_file import add_webhook, remove_webhook
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.run import Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.submission import Author
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.connection_test import ConnectionField, ConnectionProblem, ConnectionTest, problem_of
from cordage_tui.engine.workspace import CREDENTIALS, WebhookRegistry, Workspace, locks
from cordage_tui.simulator.faults import Call, FaultKind
from tests.engine.conftest import MakeStudio
from tests.engine.studio import LoopClock, Studio, until

pytestmark = pytest.mark.looptime


async def tried(studio: Studio, **wrong: str) -> ConnectionProblem | None:
    about = {"base_url": studio.served.base_url, "key": studio.served.api_key, "webhook": studio.webhooks[0], **wrong}
    error = await ConnectionTest(LoopClock()).read(about["base_url"], Secret(about["key"]), about["webhook"])
    return None if error is None else problem_of(error)


async def test_what_works_costs_one_read(studio: Studio) -> None:
    """No problem, one list call, no trigger."""
    assert await tried(studio) is None
    assert studio.calls() == studio.calls(Call.LIST) == 1


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"key": "cordage_wrong"}, ConnectionField.KEY, "API Keys"),
        ({"key": "two words"}, ConnectionField.KEY, "white space"),
        ({"webhook": "wh_nowhere"}, ConnectionField.WEBHOOK, "Webhook not found"),
        ({"base_url": "http://example.com/api"}, ConnectionField.BASE_URL, "https"),
        ({"base_url": "http://127.0.0.1:1/api"}, ConnectionField.BASE_URL, "refused the connection"),
    ],
)
async def test_what_is_wrong_is_named(
    studio: Studio, wrong: dict[str, str], field: ConnectionField, words: str
) -> None:
    """Each kind points at the field to look at again, in words."""
    problem = await tried(studio, **wrong)
    assert problem is not None
    assert problem.field is field
    assert words in problem.words


async def test_a_server_told_without_its_path_is_found(studio: Studio) -> None:
    """`http://host` is what people pass on: the published path is tried there, once, and is part of what is kept; a key
    that is refused there is told as the key's fault. A path that was given is left alone."""
    key, webhook, host = Secret(studio.served.api_key), studio.webhooks[0], studio.served.base_url.split("/api/")[0]
    test = ConnectionTest(LoopClock())
    assert await test.find_base_url(host, key, webhook) == studio.served.base_url
    wrong = await test.find_base_url(host, Secret("cordage_wrong"), webhook)
    assert isinstance(wrong, ConnectionProblem) and wrong.field is ConnectionField.KEY
    none = await test.find_base_url(f"{host}/v9", key, webhook)
    assert isinstance(none, ConnectionProblem) and none.field is ConnectionField.WEBHOOK


@pytest.mark.parametrize("kind", [FaultKind.HTML, FaultKind.REDIRECT, FaultKind.MALFORMED])
async def test_something_else_at_that_address_is_not_the_api(studio: Studio, kind: FaultKind) -> None:
    """A login page or a redirect is the address's fault."""
    studio.fault(Call.LIST, kind)
    problem = await tried(studio)
    assert problem is not None and problem.field is ConnectionField.BASE_URL


async def test_an_account_that_cannot_pay_is_not_told_to_make_a_key(studio: Studio) -> None:
    """402 has its own words."""
    studio.fault(Call.LIST, FaultKind.STATUS, status=402)
    problem = await tried(studio)
    assert problem is not None and problem.field is ConnectionField.KEY
    assert "pay" in problem.words and "API Keys" not in problem.words


def test_lock_files_tell_neither_key_nor_profile(studio: Studio) -> None:
    """Their names are digests; profiles, keys and addresses differ in them."""
    profile, secret = Profile("studio", "https://x.example/api"), Secret("cordage_abcdef")
    pair = locks(profile, secret, studio.paths)
    names = [str(lock._path) for lock in (pair.polling, pair.sending)]
    assert not any("cordage_abcdef" in name or "studio" in name.rsplit("/", 1)[1] for name in names)
    other = locks(Profile("other", profile.base_url), secret, studio.paths)
    new_key = locks(profile, Secret("cordage_other"), studio.paths)
    assert pair.polling._path != other.polling._path
    assert pair.sending._path != other.sending._path
    assert pair.polling._path != new_key.polling._path
    assert pair.sending._path == new_key.sending._path


async def test_the_roster_changes_files_and_engine(make_studio: MakeStudio) -> None:
    """A webhook that is added is on disk and read; renamed it has its new name; removed it is neither."""
    studio = await make_studio(webhooks=2)
    full = studio.profile()
    window = await studio.open(profile=Profile("studio", full.base_url, full.webhooks[:1]))
    webhook_registry = WebhookRegistry(window.engine, studio.paths)
    added = full.webhooks[1]
    webhook_registry.add(added)
    await until(lambda: window.engine.health.of(added.key).ok_at is not None, within_s=3)
    webhook_registry.rename(added.key, "Sunset")
    assert window.engine.profile.label(added.key) == "Sunset"
    assert "Sunset" in studio.paths.webhooks_file.read_text()
    webhook_registry.remove(added.key)
    assert window.engine.profile.webhook(added.key) is None
    assert "Sunset" not in studio.paths.webhooks_file.read_text()


async def test_what_another_program_changes_in_the_files_is_taken_up(make_studio: MakeStudio) -> None:
    """When it is asked for: a new webhook is read, one that is gone no more. A profile that is in no file keeps its own."""
    studio = await make_studio(webhooks=3)
    full = studio.profile()
    for webhook in full.webhooks[:2]:
        add_webhook(studio.paths, "studio", webhook, full.base_url)
    workspace = Workspace(studio.paths, load(studio.paths), studio.build().store, LoopClock(), environ={})
    profile = workspace.settings.profile("studio")
    assert profile is not None
    engine = await workspace.open(profile, FoundKey(Secret(studio.served.api_key), one_line(CREDENTIALS)))
    registry = workspace.webhook_registry(engine)
    assert not await registry.reload()
    remove_webhook(studio.paths, "studio", full.webhooks[0].key)
    add_webhook(studio.paths, "studio", full.webhooks[2])
    assert await registry.reload()
    names = [webhook.name for webhook in full.webhooks[1:]]
    assert [webhook.name for webhook in engine.profile.webhooks] == names
    assert [webhook.name for webhook in workspace.settings.profiles[0].webhooks] == names  # as it is opened next time
    await workspace.close()
    elsewhere = Workspace(
        studio.paths, Settings((full,)), studio.build().store, LoopClock(), environ={}
    )  # as in the demo, whose profile is in no file
    engine = await elsewhere.open(full, FoundKey(Secret(studio.served.api_key), one_line("the demo")))
    assert not await elsewhere.webhook_registry(engine).reload()
    assert engine.profile.webhooks == full.webhooks
    await elsewhere.close()


async def test_a_workspace_connects_opens_and_replaces_a_refused_key(studio: Studio) -> None:
    """Connect tests and saves; a new key for the open profile is tested, saved where the old one was, and sends what was
    held."""
    store = studio.build().store
    settings = replace(load(studio.paths), author=SafeText("claude"))
    workspace = Workspace(studio.paths, settings, store, LoopClock(), environ={})
    webhook = Webhook(studio.webhooks[0], "First")
    wrong = await workspace.connect(Secret("cordage_wrong"), webhook, studio.served.base_url)
    assert isinstance(wrong, ConnectionProblem)
    assert not studio.paths.credentials_file.exists()
    profile = await workspace.connect(Secret(studio.served.api_key), webhook, studio.served.base_url)
    assert isinstance(profile, Profile)
    profile = replace(profile, agents="allow")
    engine = await workspace.open(profile, FoundKey(Secret(studio.served.api_key), one_line(CREDENTIALS)))
    await engine.start()
    assert engine.author == Author(SafeText("claude"))
    studio.world.api_keys = {"cordage_new"}
    row = engine.queue.submit(webhook.key, {"prompt": "fox"})
    await until(lambda: engine.leadership.refused)
    assert isinstance(await workspace.replace_key(engine, Secret("cordage_wrong")), ConnectionProblem)
    found = await workspace.replace_key(engine, Secret("cordage_new"))
    assert isinstance(found, FoundKey)
    assert "cordage_new" in studio.paths.credentials_file.read_text()
    heir = await workspace.open(profile, found)
    await heir.start()
    await until(lambda: (found_row := store.rows.get(row)) and found_row.status is Status.COMPLETED)
    assert studio.prompts() == ["fox"]
    await workspace.close()
