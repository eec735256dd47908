"""Commands of an author: `--author`, `CORDAGE_AUTHOR`, and the approval of its prompts."""

import json

import pytest

from cordage_tui.cli.linear.sentences import queued_sentence
from cordage_tui.domain.queue import Lane
from tests.cli.json_schema import wrong_with


def waiting(studio):
    """Return the prompts in the queue."""
    with studio.store() as store:
        return store.queue.waiting(store.servers.stored_as(studio.profile), 0, 100)


def waiting_after(studio, *argv):
    """Run the command, which must succeed, and return author, state and lane of all waiting prompts."""
    assert studio(*argv).code == 0
    return [(item.author, item.state.value, item.lane) for item in waiting(studio)]


def test_every_command_that_submits_takes_an_author(studio):
    """The flag comes before the variable, and without both, or with an empty variable, the prompt is the user's own."""
    studio.configure(profile="agents = 'allow'")
    assert studio("trigger", "Sunset", "an owl", "--author", "cron").code == 0
    run = json.loads(studio("runs", "--json", "--offline").out)["runs"][0]["id"]
    trigger = ("trigger", "Sunset", "a fox", "--queue")
    mine = [(None, "queued", Lane.INTERACTIVE)]
    assert waiting_after(studio, *trigger) == mine
    studio.monkeypatch.setenv("CORDAGE_AUTHOR", "")
    assert waiting_after(studio, *trigger) == [*mine, *mine]
    studio.monkeypatch.setenv("CORDAGE_AUTHOR", "Claude Code")
    claude, cron = ("Claude Code", "queued", Lane.BATCH), ("cron", "queued", Lane.BATCH)
    assert waiting_after(studio, *trigger) == [*mine, *mine, claude]
    assert waiting_after(studio, *trigger, "--author", "cron") == [*mine, *mine, claude, cron]
    assert waiting_after(studio, "rerun", run, "--queue")[-1] == claude
    listed = studio("queue", "list")
    assert [line.split("\t")[5] for line in listed.out.splitlines()] == ["", "", "Claude Code", "cron", "Claude Code"]
    assert wrong_with(queue := json.loads(studio("queue", "--json").out)) == []
    assert [item["author"] for item in queue["waiting"]] == [None, None, "Claude Code", "cron", "Claude Code"]


def test_an_author_waits_for_the_user_where_the_settings_say_nothing(studio):
    """Without a setting an author may only queue prompts, which are held, and the user triggers as usual."""
    refused = studio("trigger", "Sunset", "an owl", "--author", "cron")
    assert refused.code == 2 and studio.triggers == 0 and "--queue" in refused.err
    assert waiting_after(studio, "trigger", "Sunset", "an owl", "--queue", "--author", "cron") == [
        ("cron", "held", Lane.BATCH)
    ]
    assert studio("trigger", "Sunset", "a fox").code == 0 and studio.triggers == 1


def test_lists_details_and_exports_show_the_author(studio):
    """Tables, details, JSON and exports show the author, filters find by it, and without authors there is no column."""
    studio.configure(profile="agents = 'allow'")
    assert studio("trigger", "Sunset", "a fox").code == 0
    assert studio("runs", "--offline").out.count("\t") == 5
    assert studio("trigger", "Sunset", "an owl", "style=an owl", "--author", "cron").code == 0
    assert [line.split("\t")[6] for line in studio("runs", "--offline").out.splitlines()] == ["cron", ""]
    for where, prompt in (("author:cro", "an owl"), ("author:@me", "a fox"), ("-has:author", "a fox")):
        listed = json.loads(studio("runs", "--offline", "--json", "--where", where).out)
        assert [run["prompt"] for run in listed["runs"]] == [prompt] and wrong_with(listed) == []
    run = json.loads(studio("runs", "--offline", "--json=id,author").out)["runs"][0]
    assert run["author"] == "cron"
    page = studio("show", run["id"], "--offline").out
    assert "author      cron" in page and "\n· style     an owl\n" in page
    exported = [json.loads(line) for line in studio("export").out.splitlines()]
    assert [record["author"] for record in exported] == ["cron", None] and not any(map(wrong_with, exported))


def test_the_shell_completes_authors(studio):
    """The names of earlier authors are completed after every command with `--author`."""
    assert studio("__complete", "fish", "trigger", "--author", "").out == ""
    for author in ("cron", "Claude Code", "claude"):
        studio("trigger", "Sunset", "an owl", "--queue", "--author", author)
    for command in ("trigger", "rerun", "mcp"):
        offered = studio("__complete", "fish", command, "--author", "cl").out.splitlines()
        assert sorted(offered) == ["Claude Code\t", "claude\t"]
    assert studio("__complete", "zsh", "trigger", "--author=cr").out == "--author=cron\t\n"
    line = "cordage-tui trigger Sunset --author Cl"
    assert studio("__complete", "bash", line, " \t\n\"'><=;|&(:").out.splitlines() == ["Claude\\ Code", "claude"]


@pytest.mark.parametrize("name", ["", "a,b", "\x1b[31m", "@me", "x" * 41])
def test_a_name_that_is_none_is_refused(studio, name):
    """An invalid name is refused, and its prompt is not taken for the user's own."""
    ended = studio("trigger", "Sunset", "a fox", "--queue", "--author", name)
    assert ended.code == 2 and "is not a name for an author" in ended.err and "\x1b" not in ended.err
    studio.monkeypatch.setenv("CORDAGE_AUTHOR", name or "(")
    assert "CORDAGE_AUTHOR: " in studio("trigger", "Sunset", "a fox", "--queue").err
    assert waiting(studio) == []


def test_an_author_has_neither_the_users_lane_nor_exceeds_limits(studio):
    """An author can neither use the interactive lane nor exceed a run limit."""
    studio.configure(profile="limits.per_day = 0")
    lane = studio("trigger", "Sunset", "a fox", "--author", "cron", "--lane", "interactive", "--queue")
    assert lane.code == 2 and "The interactive lane is yours" in lane.err
    over = studio("trigger", "Sunset", "a fox", "--author", "cron", "--over-limit", "1")
    assert over.code == 2 and "an author cannot" in over.err and studio.triggers == 0


@pytest.fixture
def asking(studio):
    """Return a profile that asks, the shell of an agent, and its two prompts."""
    studio.configure(profile="agents = 'ask'\ncurrency = '€'", webhook="price = 0.5")
    studio.monkeypatch.setenv("CORDAGE_AUTHOR", "claude")
    submitted = json.loads(studio("trigger", "Sunset", "a \x1b[31m fox", "--queue", "--json").out)
    assert submitted["held"] and wrong_with(submitted) == []
    assert "1 held, waits for the user's approval" in studio("trigger", "Sunset", "an owl", "seed:=7", "--queue").err
    return studio


def test_an_agent_waits_for_the_user(asking):
    """An agent can drop its prompts but not start, approve, edit or resend them, and no worker sends them."""
    first, second = [str(item.row) for item in waiting(asking)]
    direct = asking("trigger", "Sunset", "a fox")
    assert direct.code == 2 and "waits for the user's approval" in direct.err and "--queue" in direct.err
    for argv in (["approve", first, "--yes"], ["approve", "--all"], ["edit", first, "prompt=x"], ["resend", first]):
        ended = asking("queue", *argv)
        assert ended.code == 2 and "Only the user decides this, and here claude submits" in ended.err
    assert asking("queue", "resume").code == asking("queue", "work").code == 0
    assert (asking.triggers, [item.state.value for item in waiting(asking)]) == (0, ["held", "held"])
    assert asking("queue", "drop", second, "--yes").code == 0 and len(waiting(asking)) == 1


def test_the_user_sees_each_prompt_and_the_price_first(asking):
    """Approval shows each prompt and the price, and only approved prompts are sent, once."""
    asking.monkeypatch.delenv("CORDAGE_AUTHOR")
    first, second = [str(item.row) for item in waiting(asking)]
    assert "2 wait for your approval: cordage-tui queue approve --all" in asking("queue").err
    for argv in ([], ["--all", first], ["99"]):
        assert asking("queue", "approve", *argv).code == 2
    refused = asking("queue", "approve", "--all", stdin="n\n", terminal=True)
    assert refused.code == 2 and "Approve these 2 prompts? 2 runs for €1.00" in refused.err
    assert '{"prompt": "an owl", "seed": 7}' in refused.err and "claude" in refused.err and "\x1b" not in refused.err
    unable = asking("queue", "approve", "--all", "--quiet").err
    assert "Use --yes to confirm." in unable and '{"prompt": "an owl", "seed": 7}' in unable
    queue = json.loads(asking("queue", "approve", second, "--yes", "--json").out)
    assert [(item["row"], item["state"]) for item in queue["waiting"]] == [
        (int(second), "queued"),
        (int(first), "held"),
    ]
    again = asking("queue", "approve", second, "--yes")
    assert again.code == 2 and f"No prompt {second} waits for approval." in again.err
    assert asking("queue", "work").code == 0
    assert (asking.triggers, [item.state.value for item in waiting(asking)]) == (1, ["held"])


def test_linear_mode_says_who_submitted_it_and_how_to_approve_it(asking):
    """Linear mode names the author of a held prompt and the command that approves it."""
    asking.monkeypatch.delenv("CORDAGE_AUTHOR")
    assert asking("trigger", "Sunset", "a fox", "style=cordage-tui noir", "--author", "claude", "--queue").code == 0
    item, *_ = waiting(asking)
    output = asking("--linear", stdin=f"queue approve {item.row} {item.row + 2}\ny\nstatus\n").out
    assert (
        f"Prompt {item.row}, claude, for Sunset: " in output
        and "2 approved and queued." in output
        and "Goodbye" in output
    )
    assert '"style": "cordage-tui noir"' in output
    sentence = queued_sentence(item, "", "Sunset", item.submitted_at)
    assert f"submitted by claude, just now. Waits for your approval. Type queue approve {item.row}" in sentence
