"""Linear mode as a program: lines in, sentences out."""

import argparse
import re
import time

import pytest

from cordage_tui.cli.base.console import PROGRESS_EVERY_S, Console
from cordage_tui.cli.linear.program import LinearProgram
from cordage_tui.cli.linear.questions import Questions
from cordage_tui.engine.events import EngineCrashed
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import PlannedOutcome
from tests.records import records


def said(studio, *lines, **about):
    """What is heard after these lines, and the end of stdin."""
    ended = studio("--linear", stdin="".join(f"{line}\n" for line in lines), **about)
    assert ended.code == 0 and not ended.err, ended.err
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", ended.out), "line breaks are all that acts on a terminal"
    return ended.out


def test_help_is_read_and_does_not_end_it(studio):
    """Of linear mode, of a command in both ways, of a topic."""
    heard = said(studio, "help", "help kill", "kill --help", "help filter page", "help nothing", "stats", "status")
    assert "Each line is a command, and numbers name runs." in heard
    assert "kill 3: kill run 3, after a question." in heard
    assert "--where EXPR: all runs not ended that this filter finds" in heard
    assert "Page filter of the manual, The filter. It takes about " in heard
    assert "There is no help about 'nothing'." in heard
    assert "usage:" not in heard and "──" not in heard
    assert heard.endswith("Nothing runs or waits.\nGoodbye. Runs go on at the server.\n")


def test_the_main_job_in_lines(studio):
    """Trigger, hear it complete, look at it, keep an output, run it again."""
    heard = said(
        studio,
        "prompt it's a fox",
        "watch",
        "runs",
        "show 1",
        "keep 1 1",
        "keep 1 9",
        "download 1 --output 1",
        "again 1 --yes",
        "watch",
        "status",
    )
    order = [
        "Profile studio with 1 webhook: Sunset.",
        "Prompt 1 is queued for Sunset.",
        "Run 1, it's a fox, has started.",
        "Run 1, it's a fox, completed after ",
        "Run 1, it's a fox, completed after ",
        "output 1: ",
        "Output 1 of run 1 is kept.",
        "Run 1 has ",
        "Output 1 of run 1 is saved in the folder ",
        "is queued for Sunset.",
        "Nothing runs or waits.",
        "Goodbye.",
    ]
    place = 0
    for words in order:
        place = heard.find(words, place)
        assert place >= 0, f"{words!r} is missing or too early in:\n{heard}"
        place += 1
    assert len(studio.server.world.list_runs(studio.key)) == 2
    assert ".png" not in heard.partition("saved in the folder")[2] and heard.count("is saved") == 1
    assert "nodes: " not in heard and "running: " not in heard


def test_a_kill_asks_and_only_y_kills(studio):
    """The question names the run; it can be answered from a pipe."""
    run_id = studio.started(prompt="an owl")
    heard = said(studio, "runs", "kill 1", "no", "kill 1", "yes", "status", "kill 1")
    assert heard.count("Kill run 1, started elsewhere, which ") == 2
    first, _, ended = heard.partition("Run 1, started elsewhere, was cancelled after ")
    assert "Nothing was killed." in first
    assert heard.count("was cancelled") == 2, "the end, and once more when it is to be killed again"
    assert ended.count("Nothing was killed.") == 1
    assert studio.server.world.find(run_id).status(time.time()).value == "cancelled"


def test_many_prompts_need_their_number(studio):
    """11 and more are started by typing how many they are."""
    heard = said(studio, "pause", "prompt a {red|blue} fox", "n", r"prompt a \{red\} fox", "queue", "discard all", "y")
    question = "Start 2 runs of Sunset: a red fox; a blue fox? The queue is on hold: Paused by you"
    assert question in heard and "Nothing was sent." in heard, "a pattern costs more than one run, so it asks first"
    assert "Prompt 1 of Sunset, a {red} fox, is queued" in heard
    many = 'trigger 1 "{1|2|3|4|5|6|7|8|9|10|11} foxes" --expand'
    heard = said(studio, "pause", many, "y", many, "11", "queue")
    assert "Nothing was sent." in heard
    assert "11 prompts, " in heard
    assert "11 queued.\n" in heard


def test_bytes_that_are_not_utf8_are_not_sent(studio):
    """A terminal reads them as U+FFFD, which a server would be paid for."""
    heard = said(studio, "prompt a caf\ufffd", "trigger 1 'a caf\ufffd'", "queue")
    assert heard.count("was lost, because it was not UTF-8.") == 2 and "The queue is empty." in heard


def test_a_pattern_of_another_program_asks(studio):
    """What nothing expands is sent only after a yes, though it is a single prompt."""
    heard = said(studio, "pause", "prompt a __style__ fox", "n", "prompt a {2$$red|blue}", "n", "queue")
    assert (
        "The prompt has '__style__', a pattern of another program: it is sent as it is. Start 1 run of Sunset" in heard
    )
    assert heard.count("Nothing was sent.") == 2 and "Start 2 runs of Sunset" in heard
    heard = said(studio, "prompt a __style__ fox", "y", "queue")
    assert "Prompt 1 of Sunset, a __style__ fox, is queued" in heard


def test_the_same_prompt_twice_at_once_asks(studio):
    """As in the prompt panel: within two seconds the second one is a mistake until the user says otherwise."""
    heard = said(studio, "pause", "prompt dup x", "prompt dup x", "n", "prompt another", "queue")
    assert heard.count("You have just started this very prompt. Start 1 run of Sunset") == 1
    assert "2 queued.\n" in heard
    heard = said(studio, "prompt dup y", "prompt dup y", "y", "queue")
    assert "4 queued.\n" in heard


def test_a_batch_is_named_by_its_number(studio):
    """What waits of it is heard in the order of sending, at most ten; its runs are shown, killed and discarded by it."""
    lines = (
        "pause",
        "trigger 1 fox seed=1..12 --expand",
        "12",
        "queue",
        "show 13",
        "discard 13",
        "12",
        "show 13",
        "queue",
    )
    heard = said(studio, *lines)
    assert "12 prompts, 1 to 12, are queued for Sunset as batch 13. The queue is paused;" in heard
    assert (
        "12 queued.\nPrompt 12 of Sunset, fox, seed 1, is queued, just now.\nPrompt 11 of Sunset, fox, seed 2, "
        in heard
    )
    assert "And 2 more prompts, 1 and 2. Type show and a number to hear one." in heard
    assert "12 runs, the newest first.\nPrompt 12, fox, is queued, just now.\n" in heard
    assert "Discard 12 prompts, 1 to 12? Type 12 to discard." in heard
    assert "12 prompts, 1 to 12, are discarded.\n" in heard
    assert "The queue is empty." in heard
    heard = said(studio, "trigger 1 fox seed=1..12 --expand", "12", "kill 26", "12", "kill 26")
    assert "; and 2 more? Type 12 to kill." in heard
    assert "12 runs: Dropped before it was sent; not charged.\n" in heard
    assert "There is no run 26 here." in heard


def test_trigger_by_questions(studio):
    """Webhook, prompt and inputs, one after another; an empty prompt starts nothing."""
    studio.configure(
        webhook='inputs.style = ["noir", "ink"]\n[[profiles.studio.webhooks]]\nkey = "wh_2"\nname = "Video"'
    )
    heard = said(studio, "pause", "trigger", "9", "1", "a fox", "style=ink", "trigger", "", "use 2", "trigger", "")
    assert "Which webhook? 1: Sunset. 2: Video. Type its number:" in heard
    assert "Not one of the numbers 1 to 2." in heard
    assert "Other inputs: style (one of noir, ink)." in heard
    assert "Video is chosen." in heard
    assert heard.count("Nothing is started.") == 2
    assert heard.count("is queued for Sunset.") == 1


def test_a_spending_limit_keeps_prompts_back_until_their_number_is_typed(studio):
    studio.configure(profile="limits.per_day = 1")
    heard = said(studio, "prompt fox", "prompt owl", "watch", "exceed", "y", "exceed", "1", "watch")
    assert "Type exceed to send them beyond the limit." in heard
    assert "Nothing more is sent." in heard
    assert "1 prompt may be sent." in heard
    assert len(studio.server.world.list_runs(studio.key)) == 2


def test_an_uncertain_prompt_is_resent_or_discarded(studio):
    """Both ask, and say what it may cost."""
    studio.fails(Call.TRIGGER, FaultKind.RESET)
    studio.fails(Call.LIST, FaultKind.RESET)
    heard = said(studio, "prompt fox", "status", "watch", "resend 1", "n", "discard 1", "y", "queue")
    assert "Prompt 1, fox, is uncertain. We sent this at " in heard
    assert "It may be running and may be charged." in heard
    assert "Send prompt 1, fox again? What was sent may be running; " in heard
    assert "then both run and both are charged. Type y to send again." in heard
    assert "Discard prompt 1, fox? Uncertain prompts may still run and be charged. Type y to discard." in heard
    assert "Prompt 1, fox, is discarded." in heard
    assert "The queue is empty." in heard


def test_text_from_outside_is_inert(studio):
    """A prompt with an escape sequence in it is shown, not obeyed."""
    studio.started(seconds=0.01, prompt="a fox")
    heard = said(studio, "prompt \x1b]0;gotcha\x07 fox", "watch", "runs", "show 99", "nonsense\x1b[2J")
    assert "There is no run 99 here." in heard
    assert "␛]0;gotcha␇ fox" in heard


def test_nothing_configured_asks_and_connects(studio):
    """A refused key is asked for again; what works is saved."""
    studio.home.config("")
    studio.monkeypatch.delenv("CORDAGE_API_KEY")
    studio.monkeypatch.setenv("CORDAGE_BASE_URL", studio.server.base_url)
    lines = ["1", "wh_1", "cordage_wrong", studio.key, "Dawn", studio.server.api_key, "webhooks", "quit", "status"]
    heard = said(studio, *lines)
    assert "The API key is a webhook key: those begin with wh_." in heard
    assert "Connected. Saved as profile default." in heard
    assert "1: Dawn." in heard
    assert studio.server.api_key not in heard and studio.key not in heard
    assert studio.home.paths.credentials_file.exists()
    assert "Nothing runs or waits" not in heard.partition("1: Dawn.")[2], "quit ends"


@pytest.mark.parametrize(("value", "code"), [("1", 0), ("0", 2)])
def test_the_variable_asks_for_lines(studio, value, code):
    """Also without a terminal."""
    studio.monkeypatch.setenv("ACCESSIBLE", value)
    assert studio(stdin="quit\n").code == code


def test_a_refused_key_is_heard_and_replaced(studio):
    """What was submitted meanwhile waits, and goes with the new key."""
    studio.monkeypatch.setenv("CORDAGE_API_KEY", "cordage_wrong")
    heard = said(studio, "prompt fox", "watch", "key", "cordage_worse", "key", studio.server.api_key, "watch")
    assert "Type key to enter another API key." in heard
    assert "Nothing is sent until a working API key is entered." in heard
    assert "The new API key works." in heard
    then = heard.partition("The new API key works.")[2]
    assert "Run 1, fox, completed after " in then
    assert "rejected" not in then
    assert studio.server.api_key not in heard


def test_a_profile_without_its_key_is_asked_for_that_alone(studio):
    studio.monkeypatch.delenv("CORDAGE_API_KEY")
    heard = said(studio, "1", studio.server.api_key, "prompt fox", "watch")
    assert "No API key for profile 'studio'" in heard
    assert "Webhook key" not in heard
    assert "Run 1, fox, completed after " in heard


def test_a_bug_in_the_engine_ends_it_with_70(studio, monkeypatch):
    """Whatever the main thread was doing."""
    crash = EngineCrashed(RuntimeError("a bug"))
    publish = lambda self: self._session.read(lambda engine, announcer: engine.events.publish(crash))  # noqa: E731
    monkeypatch.setattr(LinearProgram, "_greet", publish)
    ended = studio("--linear", stdin="status\n" * 3)
    assert ended.code == 70
    assert "RuntimeError: a bug" in ended.err
    paths = studio.home.paths
    assert [one["command"] for one in records(paths, "begin")] == ["linear", "app"]
    assert [one["error"] for one in records(paths, "bug")] == ["builtins.RuntimeError"]
    assert {one["code"] for one in records(paths, "end")} == {"70"}


def test_a_long_command_is_heard_of_twice_a_minute(monkeypatch, capsys):
    """Without the bar that others draw, and nothing is overwritten."""
    now = 0.0
    monkeypatch.setattr("cordage_tui.cli.base.console.time.monotonic", lambda: now)
    progress = Console(argparse.Namespace(opened=object(), quiet=False, no_color=False)).progress
    for now in (0.0, 1.0, PROGRESS_EVERY_S, PROGRESS_EVERY_S + 1.0, 2 * PROGRESS_EVERY_S):
        progress.show(f"running {now:.0f}s · ▰▰▱▱ ~10s left")
    progress.end()
    assert capsys.readouterr().err == "running 30s, ~10s left\nrunning 60s, ~10s left\n"


def test_pausing_and_going_on_are_each_said_once(studio):
    """Resume ends what keeps silent first, then the pause."""
    heard = said(studio, "pause", "prompt fox", "quiet", "resume", "resume", "resume", "watch")
    assert heard.count("The queue is paused: nothing is sent until you type resume.") == 1
    assert "Paused by you" not in heard.partition("Prompt 1 is queued")[0]
    assert "Prompt 1 is queued for Sunset. The queue is paused; type resume to go on sending." in heard
    assert "Changes are announced again. The queue is still paused; type resume once more to go on sending." in heard
    assert heard.count("The queue is resumed.") == 1
    assert "Changes are announced already, and the queue is not paused." in heard
    assert "Run 1, fox, completed after" in heard


def test_a_command_without_its_run_says_how_to_name_one(studio):
    """Kill needs none where only one runs."""
    studio.started(prompt="owl")
    heard = said(studio, "runs", "download", "kill", "n", "kill --wheres x")
    assert "No run is named. Nothing was done. Type download and its number, as in download 1." in heard
    assert "Kill run 1, started elsewhere, which " in heard
    assert "Type help and the command." in heard


def test_a_number_alone_is_shown_and_a_question_mark_helps(studio):
    studio.started(seconds=0.01, prompt="fox")
    heard = said(studio, "runs", "1", "?")
    assert "\nwebhook: Sunset\n" in heard
    assert "Each line is a command" in heard


def test_lines_that_nothing_can_carry_out_are_no_success(studio):
    """A pipe without a workspace: the choices are said again, and the exit code tells a script."""
    studio.home.config("")
    studio.monkeypatch.delenv("CORDAGE_API_KEY")
    ended = studio("--linear", stdin="prompt fox\n")
    assert ended.code == 2
    assert "Not one of the numbers 1 to 2. 1: Connect with an API key and a webhook. 2: Try the demo" in ended.out


def test_the_setup_asks_for_the_server_and_again_only_for_what_failed(studio):
    """A company's server can be named, a wrong one is asked for again, and key and webhook are kept meanwhile."""
    studio.home.config("")
    studio.monkeypatch.delenv("CORDAGE_API_KEY")
    host = studio.server.base_url.removeprefix("http://").partition("/")[0]
    lines = ["1", "127.0.0.1:9", studio.server.api_key, studio.key, "Dawn", host, "webhooks"]
    heard = said(studio, *lines)
    assert "127.0.0.1:9 refused the connection" in heard
    assert (heard.count("Server:"), heard.count("API key, from"), heard.count("Webhook key, from")) == (2, 1, 1)
    assert "Connected. Saved as profile default." in heard and "1: Dawn." in heard


@pytest.mark.parametrize("answered", range(5))
def test_quit_leaves_the_setup_at_each_question(studio, answered):
    """`quit` was taken for an API key, twelve times; it leaves, nothing is saved, and nothing is sent."""
    studio.home.config("")
    studio.monkeypatch.delenv("CORDAGE_API_KEY")
    host = studio.server.base_url.removeprefix("http://").partition("/")[0]
    lines = ["1", host, "cordage_k", "wh_1"][:answered]
    ended = studio("--linear", stdin="".join(f"{line}\n" for line in [*lines, "quit", "cordage_k", "cordage_k"]))
    assert ended.code == 2 and ended.out.endswith("Goodbye.\n"), ended.out
    assert not studio.home.paths.credentials_file.exists() and not list(studio.server.log)


def test_the_url_of_a_webhook_in_the_setup_names_its_server(studio):
    """The key goes to the server of the URL only after a yes."""
    studio.home.config("")
    studio.monkeypatch.delenv("CORDAGE_API_KEY")
    url = f"{studio.server.base_url}/{studio.key}/trigger"
    heard = said(studio, "1", "", studio.server.api_key, url, "n", url, "y", "Dawn", "webhooks")
    assert heard.count("Your API key will be sent there.") == 2 and "Nothing was sent." in heard
    assert "Connected. Saved as profile default." in heard
    assert f'base_url = "{studio.server.base_url}"' in studio.home.paths.webhooks_file.read_text()


def test_quit_is_no_api_key(studio):
    """The command `key` keeps the old one."""
    assert "The API key is kept." in said(studio, "key", "quit")


def test_the_words_of_people_are_commands(studio):
    """What people type for the same thing is understood, and a number is a number wherever one was given."""
    lines = [
        "prompt a fox",
        "watch",
        "list",
        "info 1",
        "open 1",
        "failures",
        "version",
        "stats 1",
        "list 1",
        "doctor --offline",
    ]
    heard = said(studio, *lines, "keepers")
    assert "There is no" not in heard
    assert "Run 1, a fox, completed" in heard and "/outputs/" in heard and "No failures." in heard
    assert "cordage-tui, version " in heard
    assert "Sunset, runs in 24 hours: 1.\n" in heard
    assert not re.search(r"^(ok|note|WRONG) ", heard, re.MULTILINE) and "Nothing is wrong." in heard
    assert "No output is judged" in heard or "judged" in heard.lower(), "keepers says something of nothing"


def test_a_prompt_that_waits_is_changed_cancelled_or_kept(studio):
    """`edit` changes its words, by a question or in one line; `cancel` and `stop` are `kill`."""
    lines = ["pause", "prompt a fox", "edit 1", "", "edit 1", "a red fox", "edit 1 a blue fox", "queue"]
    heard = said(studio, *lines, "cancel 1", "n", "stop 1", "y", "edit 1 late", "edit", "queue")
    assert "Prompt 1 is kept as it is." in heard and "Prompt 1 is now: a red fox." in heard
    assert "Prompt 1 of Sunset, a blue fox, is queued" in heard
    assert heard.count("Kill prompt 1, a blue fox, which is queued?") == 2
    assert "Prompt 1 is not in the queue any more" in heard and "No prompt is named." in heard
    assert heard.rstrip().partition("The queue is empty.")[1]


def test_failures_are_told_in_sentences(studio):
    """An error is one sentence: where, how often, which, and what became of it when run again."""
    studio.server.world.fate(studio.key, PlannedOutcome(0.0, failure="no such model"))
    heard = said(studio, "prompt a fox", "watch", "failures")
    assert "Sunset failed once, " in heard and "no such model; none was run again" in heard


def test_a_webhook_is_renamed_by_its_number(studio):
    """`rename` is `webhooks rename`, and takes the number that `webhooks` gave."""
    studio.home.config("")
    file = studio.home.paths.webhooks_file
    file.write_text(
        f"[profiles.studio]\nbase_url = '{studio.server.base_url}'\n"
        f"[[profiles.studio.webhooks]]\nkey = '{studio.key}'\nname = 'Sunset'\n"
    )
    heard = said(studio, "webhooks", "rename 1 Dawn", "webhooks")
    assert "1: Dawn." in heard.partition("is the new name")[2]


def test_control_c_in_the_setup_says_that_it_leaves(studio, monkeypatch):
    """It ended without a word."""
    studio.home.config("")
    monkeypatch.delenv("CORDAGE_API_KEY")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Questions, "read_answer", interrupted)
    ended = studio("--linear")
    assert ended.code == 130 and "Setting up is left." in ended.out
