"""Linear mode as a program: it reads lines and prints sentences."""

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


def printed(studio, *lines, **about):
    """Run linear mode with these lines, and return what it printed."""
    ended = studio("--linear", stdin="".join(f"{line}\n" for line in lines), **about)
    assert ended.code == 0 and not ended.err, ended.err
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", ended.out), "line breaks are all that acts on a terminal"
    return ended.out


def test_help_is_read_and_does_not_end_it(studio):
    """Help about linear mode, a command or a topic is printed, and the program continues."""
    output = printed(studio, "help", "help kill", "kill --help", "help filter page", "help nothing", "stats", "status")
    assert "Each line is a command, and numbers name runs." in output
    assert "kill 3: kill run 3, after a question." in output
    assert "--where EXPR: all runs not ended that this filter finds" in output
    assert "Page filter of the manual, The filter. It takes about " in output
    assert "There is no help about 'nothing'." in output
    assert "usage:" not in output and "──" not in output
    assert output.endswith("Nothing runs or waits.\nGoodbye. Runs continue at the server.\n")


def test_the_main_job_in_lines(studio):
    """The whole task works in lines: trigger, watch, show, keep an output, download and run again."""
    output = printed(
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
    for sentence in order:
        place = output.find(sentence, place)
        assert place >= 0, f"{sentence!r} is missing or too early in:\n{output}"
        place += 1
    assert len(studio.server.world.list_runs(studio.key)) == 2
    assert ".png" not in output.partition("saved in the folder")[2] and output.count("is saved") == 1
    assert "nodes: " not in output and "running: " not in output


def test_a_kill_asks_and_only_y_kills(studio):
    """The question about a kill names the run, can be answered from a pipe, and only `y` kills."""
    run_id = studio.started(prompt="an owl")
    output = printed(studio, "runs", "kill 1", "no", "kill 1", "yes", "status", "kill 1")
    assert output.count("Kill run 1, started elsewhere, which ") == 2
    first, _, ended = output.partition("Run 1, started elsewhere, was cancelled after ")
    assert "Nothing was killed." in first
    assert output.count("was cancelled") == 2, "the end, and once more when it is to be killed again"
    assert ended.count("Nothing was killed.") == 1
    assert studio.server.world.find(run_id).status(time.time()).value == "cancelled"


def test_many_prompts_need_their_number(studio):
    """Eleven and more prompts are started only by typing their number."""
    output = printed(studio, "pause", "prompt a {red|blue} fox", "n", r"prompt a \{red\} fox", "queue", "drop all", "y")
    question = "Start 2 runs of Sunset: a red fox; a blue fox? The queue does not send: Paused by you"
    assert question in output and "Nothing was sent." in output, "a pattern costs more than one run, so it asks first"
    assert "Prompt 1 of Sunset, a {red} fox, is queued" in output
    many = 'trigger 1 "{1|2|3|4|5|6|7|8|9|10|11} foxes" --expand'
    output = printed(studio, "pause", many, "y", many, "11", "queue")
    assert "Nothing was sent." in output
    assert "11 prompts, " in output
    assert "11 queued.\n" in output


def test_bytes_that_are_not_utf8_are_not_sent(studio):
    """A prompt with bytes that are not UTF-8 is refused, because it would cost money."""
    output = printed(studio, "prompt a caf\ufffd", "trigger 1 'a caf\ufffd'", "queue")
    assert output.count("was lost, because it was not UTF-8.") == 2 and "The queue is empty." in output


def test_a_pattern_of_another_program_asks(studio):
    """A pattern that nothing expands is sent only after a yes."""
    output = printed(studio, "pause", "prompt a __style__ fox", "n", "prompt a {2$$red|blue}", "n", "queue")
    assert (
        "The prompt has '__style__', a pattern of another program: it would be sent as it is. Start 1 run of Sunset"
        in output
    )
    assert output.count("Nothing was sent.") == 2 and "Start 2 runs of Sunset" in output
    output = printed(studio, "prompt a __style__ fox", "y", "queue")
    assert "Prompt 1 of Sunset, a __style__ fox, is queued" in output


def test_the_same_prompt_twice_at_once_asks(studio):
    """The same prompt within two seconds is sent only after a yes."""
    output = printed(studio, "pause", "prompt dup x", "prompt dup x", "n", "prompt another", "queue")
    assert output.count("You have just started this very prompt. Start 1 run of Sunset") == 1
    assert "2 queued.\n" in output
    output = printed(studio, "prompt dup y", "prompt dup y", "y", "queue")
    assert "4 queued.\n" in output


def test_a_batch_is_named_by_its_number(studio):
    """The number of a batch shows, kills and drops its runs, and at most ten are listed in the order of sending."""
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
    output = printed(studio, *lines)
    assert "12 prompts, 1 to 12, are queued for Sunset as batch 13. The queue is paused;" in output
    assert (
        "12 queued.\nPrompt 12 of Sunset, fox, seed 1, is queued, just now.\nPrompt 11 of Sunset, fox, seed 2, "
        in output
    )
    assert "And 2 more prompts, 1 and 2. Type show and a number to hear one." in output
    assert "12 runs, the newest first.\nPrompt 12, fox, is queued, just now.\n" in output
    assert "Drop 12 prompts, 1 to 12? Type 12 to drop." in output
    assert "12 prompts, 1 to 12, are dropped.\n" in output
    assert "The queue is empty." in output
    output = printed(studio, "trigger 1 fox seed=1..12 --expand", "12", "kill 26", "12", "kill 26")
    assert "; and 2 more? Type 12 to kill." in output
    assert "12 runs: Dropped before it was sent; not charged.\n" in output
    assert "There is no run 26 here." in output


def test_trigger_by_questions(studio):
    """`trigger` without words asks for webhook, prompt and inputs, and an empty prompt starts nothing."""
    studio.configure(
        webhook='inputs.style = ["noir", "ink"]\n[[profiles.studio.webhooks]]\nkey = "wh_2"\nname = "Video"'
    )
    output = printed(studio, "pause", "trigger", "9", "1", "a fox", "style=ink", "trigger", "", "use 2", "trigger", "")
    assert "Which webhook? 1: Sunset. 2: Video. Type its number:" in output
    assert "Not one of the numbers 1 to 2." in output
    assert "Other inputs: style (one of noir, ink)." in output
    assert "Video is chosen." in output
    assert output.count("Nothing is started.") == 2
    assert output.count("is queued for Sunset.") == 1


def test_a_spending_limit_keeps_prompts_back_until_their_number_is_typed(studio):
    """Prompts over the run limit wait until `send over`, or `exceed`, and their number are typed."""
    studio.configure(profile="limits.per_day = 1")
    output = printed(studio, "prompt fox", "prompt owl", "watch", "send over", "y", "exceed", "1", "watch")
    assert "Type send over to send them over the limit." in output
    assert "Nothing more is sent." in output
    assert "1 prompt may be sent." in output
    assert len(studio.server.world.list_runs(studio.key)) == 2


def test_an_author_sends_nothing_over_the_limit(studio, monkeypatch):
    """In linear mode of an author `send over` is refused, and nothing more is started."""
    studio.configure(profile='limits.per_day = 1\nagents = "allow"')
    monkeypatch.setenv("CORDAGE_AUTHOR", "anna")
    output = printed(studio, "prompt fox", "prompt owl", "watch", "send over", "1", "watch")
    assert "Only the user decides this, and here anna submits" in output
    assert len(studio.server.world.list_runs(studio.key)) == 1


def test_an_uncertain_prompt_is_resent_or_dropped(studio):
    """Both commands about an uncertain prompt ask first, and name the possible cost."""
    studio.fails(Call.TRIGGER, FaultKind.RESET)
    studio.fails(Call.LIST, FaultKind.RESET)
    output = printed(studio, "prompt fox", "status", "watch", "resend 1", "n", "drop 1", "y", "queue")
    assert "Prompt 1, fox, is uncertain. We sent this at " in output
    assert "It may be running and may be charged." in output
    assert "Resend prompt 1, fox? If the first one ran, " in output
    assert "both run and both are charged. Type y to resend." in output
    assert "Drop prompt 1, fox? Uncertain prompts may still run and be charged. " in output
    assert "Identical prompts that wait for them are then sent. Type y to drop." in output
    assert "Prompt 1, fox, is dropped." in output
    assert "The queue is empty." in output


def test_text_from_outside_is_inert(studio):
    """Escape sequences in a prompt or a line are printed as text."""
    studio.started(seconds=0.01, prompt="a fox")
    output = printed(studio, "prompt \x1b]0;gotcha\x07 fox", "watch", "runs", "show 99", "nonsense\x1b[2J")
    assert "There is no run 99 here." in output
    assert "␛]0;gotcha␇ fox" in output


def test_nothing_configured_asks_and_connects(studio):
    """Without settings the program asks for them, asks again after a refused key, and saves what works."""
    studio.home.config("")
    studio.monkeypatch.delenv("CORDAGE_API_KEY")
    studio.monkeypatch.setenv("CORDAGE_BASE_URL", studio.server.base_url)
    lines = ["1", "wh_1", "cordage_wrong", studio.key, "Dawn", studio.server.api_key, "webhooks", "quit", "status"]
    output = printed(studio, *lines)
    assert "The API key is a webhook key: those begin with wh_." in output
    assert "Connected. Saved as profile default." in output
    assert "1: Dawn." in output
    assert studio.server.api_key not in output and studio.key not in output
    assert studio.home.paths.credentials_file.exists()
    assert "Nothing runs or waits" not in output.partition("1: Dawn.")[2], "quit ends"


@pytest.mark.parametrize(("value", "code"), [("1", 0), ("0", 2)])
def test_the_variable_asks_for_lines(studio, value, code):
    """`ACCESSIBLE=1` starts linear mode, also without a terminal."""
    studio.monkeypatch.setenv("ACCESSIBLE", value)
    assert studio(stdin="quit\n").code == code


def test_a_refused_key_is_reported_and_can_be_replaced(studio):
    """Prompts submitted while the key is refused wait, and are sent with the new key."""
    studio.monkeypatch.setenv("CORDAGE_API_KEY", "cordage_wrong")
    output = printed(studio, "prompt fox", "watch", "key", "cordage_worse", "key", studio.server.api_key, "watch")
    assert "Type key to enter another API key." in output
    assert "Nothing is sent until a working API key is entered." in output
    assert "The new API key works." in output
    output_after = output.partition("The new API key works.")[2]
    assert "Run 1, fox, completed after " in output_after
    assert "rejected" not in output_after
    assert studio.server.api_key not in output


def test_only_the_missing_key_of_a_profile_is_asked_for(studio):
    """If only the key of the profile is missing, only the key is asked for."""
    studio.monkeypatch.delenv("CORDAGE_API_KEY")
    output = printed(studio, "1", studio.server.api_key, "prompt fox", "watch")
    assert "No API key for profile 'studio'" in output
    assert "Webhook key" not in output
    assert "Run 1, fox, completed after " in output


def test_a_bug_in_the_engine_ends_it_with_70(studio, monkeypatch):
    """A bug in the engine ends the program with code 70 and is recorded in the log."""
    crash = EngineCrashed(RuntimeError("a bug"))
    publish = lambda self: self._session.read(lambda engine, announcer: engine.events.publish(crash))  # noqa: E731
    monkeypatch.setattr(LinearProgram, "_greet", publish)
    ended = studio("--linear", stdin="status\n" * 3)
    assert ended.code == 70
    assert "RuntimeError: a bug" in ended.err
    paths = studio.home.paths
    assert [record["command"] for record in records(paths, "begin")] == ["linear", "app"]
    assert [record["error"] for record in records(paths, "bug")] == ["builtins.RuntimeError"]
    assert {record["code"] for record in records(paths, "end")} == {"70"}


def test_a_long_command_reports_its_progress_twice_a_minute(monkeypatch, capsys):
    """The progress of a command is a sentence every 30 seconds, without a bar."""
    now = 0.0
    monkeypatch.setattr("cordage_tui.cli.base.console.time.monotonic", lambda: now)
    progress = Console(argparse.Namespace(opened=object(), quiet=False, no_color=False)).progress
    for now in (0.0, 1.0, PROGRESS_EVERY_S, PROGRESS_EVERY_S + 1.0, 2 * PROGRESS_EVERY_S):
        progress.show(f"running {now:.0f}s · ▰▰▱▱ ~10s left")
    progress.end()
    assert capsys.readouterr().err == "running 30s, ~10s left\nrunning 60s, ~10s left\n"


def test_pausing_and_resuming_are_each_announced_once(studio):
    """`resume` first ends quiet mode, then the pause, and each is announced once."""
    output = printed(studio, "pause", "prompt fox", "quiet", "resume", "resume", "resume", "watch")
    assert output.count("The queue is paused: nothing is sent until you type resume.") == 1
    assert "Paused by you" not in output.partition("Prompt 1 is queued")[0]
    assert "Prompt 1 is queued for Sunset. The queue is paused; type resume to continue." in output
    assert (
        "Changes are announced again. The queue is still paused; type resume once more to continue sending." in output
    )
    assert output.count("The queue is resumed.") == 1
    assert "Changes are announced already, and the queue is not paused." in output
    assert "Run 1, fox, completed after" in output


def test_a_command_without_its_run_says_how_to_name_one(studio):
    """A command without a run shows how to name one, and `kill` needs none if only one run is active."""
    studio.started(prompt="owl")
    output = printed(studio, "runs", "download", "kill", "n", "kill --wheres x")
    assert "It is not clear which run is meant. Type download and its number, as in download 1." in output
    assert "Kill run 1, started elsewhere, which " in output
    assert "No run was killed. Type kill --help." in output


def test_a_number_alone_is_shown_and_a_question_mark_helps(studio):
    """A number alone shows that run, and `?` prints the help."""
    studio.started(seconds=0.01, prompt="fox")
    output = printed(studio, "runs", "1", "?")
    assert "\nwebhook: Sunset\n" in output
    assert "Each line is a command" in output


def test_lines_that_nothing_can_carry_out_are_no_success(studio):
    """Lines in a pipe without a workspace end with code 2, and the choices are printed again."""
    studio.home.config("")
    studio.monkeypatch.delenv("CORDAGE_API_KEY")
    ended = studio("--linear", stdin="prompt fox\n")
    assert ended.code == 2
    assert "Not one of the numbers 1 to 2. 1: Connect with an API key and a webhook. 2: Try the demo" in ended.out


def test_the_setup_asks_for_the_server_and_again_only_for_what_failed(studio):
    """After a failed connection the setup asks again only for the wrong answer, here the server."""
    studio.home.config("")
    studio.monkeypatch.delenv("CORDAGE_API_KEY")
    host = studio.server.base_url.removeprefix("http://").partition("/")[0]
    lines = ["1", "127.0.0.1:9", studio.server.api_key, studio.key, "Dawn", host, "webhooks"]
    output = printed(studio, *lines)
    assert "127.0.0.1:9 refused the connection" in output
    assert (output.count("Server:"), output.count("API key, from"), output.count("Webhook key, from")) == (2, 1, 1)
    assert "Connected. Saved as profile default." in output and "1: Dawn." in output


@pytest.mark.parametrize("answered", range(5))
def test_quit_leaves_the_setup_at_each_question(studio, answered):
    """`quit` leaves the setup at each question, and nothing is saved or sent."""
    studio.home.config("")
    studio.monkeypatch.delenv("CORDAGE_API_KEY")
    host = studio.server.base_url.removeprefix("http://").partition("/")[0]
    lines = ["1", host, "cordage_k", "wh_1"][:answered]
    ended = studio("--linear", stdin="".join(f"{line}\n" for line in [*lines, "quit", "cordage_k", "cordage_k"]))
    assert ended.code == 2 and ended.out.endswith("Goodbye.\n"), ended.out
    assert not studio.home.paths.credentials_file.exists() and not list(studio.server.log)


def test_the_url_of_a_webhook_in_the_setup_names_its_server(studio):
    """The URL of a webhook sets the server, and the key is sent there only after a yes."""
    studio.home.config("")
    studio.monkeypatch.delenv("CORDAGE_API_KEY")
    url = f"{studio.server.base_url}/{studio.key}/trigger"
    output = printed(studio, "1", "", studio.server.api_key, url, "n", url, "y", "Dawn", "webhooks")
    assert output.count("Your API key will be sent there.") == 2 and "Nothing was sent." in output
    assert "Connected. Saved as profile default." in output
    assert f'base_url = "{studio.server.base_url}"' in studio.home.paths.webhooks_file.read_text()


def test_quit_is_no_api_key(studio):
    """`quit` at the question for a key keeps the old one."""
    assert "The API key is kept." in printed(studio, "key", "quit")


def test_the_words_of_people_are_commands(studio):
    """Usual words for the same command are understood, and a number names a run or webhook everywhere."""
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
    output = printed(studio, *lines, "keepers")
    assert "There is no" not in output
    assert "Run 1, a fox, completed" in output and "/outputs/" in output and "No failures." in output
    assert "cordage-tui, version " in output
    assert "Sunset, runs in 24 hours: 1.\n" in output
    assert not re.search(r"^(ok|note|WRONG) ", output, re.MULTILINE) and "Nothing is wrong." in output
    assert "No run here is decided yet" in output, "keepers says something of nothing"


def test_a_prompt_that_waits_is_changed_cancelled_or_kept(studio):
    """`edit` changes a waiting prompt in one line or by a question; `cancel` and `stop` mean `kill`."""
    lines = ["pause", "prompt a fox", "edit 1", "", "edit 1", "a red fox", "edit 1 a blue fox", "queue"]
    output = printed(studio, *lines, "cancel 1", "n", "stop 1", "y", "edit 1 late", "edit", "queue")
    assert "Prompt 1 is kept as it is." in output and "Prompt 1 is now: a red fox." in output
    assert "Prompt 1 of Sunset, a blue fox, is queued" in output
    assert output.count("Kill prompt 1, a blue fox, which is queued?") == 2
    assert "Prompt 1 is not in the queue any more" in output and "It is not clear which prompt is meant." in output
    assert output.rstrip().partition("The queue is empty.")[1]


def test_failures_are_printed_in_sentences(studio):
    """Each error is one sentence with webhook, count, text and the result of reruns."""
    studio.server.world.fate(studio.key, PlannedOutcome(0.0, failure="no such model"))
    output = printed(studio, "prompt a fox", "watch", "failures")
    assert "Sunset failed once, " in output and "no such model; none was rerun" in output


def test_a_webhook_is_renamed_by_its_number(studio):
    """`rename` accepts the number that `webhooks` prints."""
    studio.home.config("")
    file = studio.home.paths.webhooks_file
    file.write_text(
        f"[profiles.studio]\nbase_url = '{studio.server.base_url}'\n"
        f"[[profiles.studio.webhooks]]\nkey = '{studio.key}'\nname = 'Sunset'\n"
    )
    output = printed(studio, "webhooks", "rename 1 Dawn", "webhooks")
    assert "1: Dawn." in output.partition("is the new name")[2]


def test_control_c_in_the_setup_says_that_it_leaves(studio, monkeypatch):
    """Ctrl+C in the setup ends it with a sentence and code 130."""
    studio.home.config("")
    monkeypatch.delenv("CORDAGE_API_KEY")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Questions, "read_answer", interrupted)
    ended = studio("--linear")
    assert ended.code == 130 and "Setting up is left." in ended.out
