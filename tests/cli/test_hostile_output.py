"""Whatever text comes from outside, no command writes anything that acts on a terminal.

The oracle for the screen also reads stdout and stderr of every command (docs/dev/faults.md rule 11).
"""

import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import pytest

from cordage_tui.cli.arguments.commands import COMMANDS
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.simulator.fault_responses import EVERYTHING
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from tests.cli.matrix import COMMANDS as TROUBLED
from tests.e2e.test_hostile_text import UNSEEN, escaped
from tests.e2e.vt import tokens

HOSTILE = EVERYTHING.encode(errors="ignore").decode()
NAME = "\x1b]0;PWNED\x07\u202e\u200b[/b]x"
IDS = "\x1b]0;P\x07\n\u202e\x9b31m" + HOSTILE[:100]
"""Its first eight characters, which a list shows, hold a whole title and a line break."""

PLAIN: Mapping[str, Sequence[str]] = {
    "trigger": ["trigger", "@0", "fox", "--stall", "2"],
    "trigger rejected": ["trigger", "@3", "fox", "--stall", "2"],
    "trigger queued": ["trigger", "@0", HOSTILE, "--queue"],
    "trigger dry": ["trigger", "@0", HOSTILE, f"x={HOSTILE}", "--dry-run"],
    "batch": ["trigger", "@1", "--file", "FILE", "--yes", "--stall", "2"],
    "rerun": ["rerun", "MINE", "--dry-run"],
    "kill": ["kill", "MINE", "--yes"],
    "download": ["download", "RUN", "--stall", "1"],
    "runs": ["runs"],
    "runs whole": ["runs", "--limit", "0"],
    "failures": ["runs", "--failures"],
    "runs csv": ["runs", "--format", "csv"],
    "runs tsv": ["runs", "--format", "tsv"],
    "runs where": ["runs", "--where", HOSTILE, "--text", HOSTILE],
    "show": ["show", "RUN"],
    "show failed": ["show", "FAILED"],
    "urls": ["urls", "RUN"],
    "rate": ["rate", "RUN", "keep"],
    "tag": ["tag", "RUN", "+neon"],
    "keepers": ["keepers"],
    "watch": ["watch", "RUN", "FAILED"],
    "stats": ["stats"],
    "queue": ["queue"],
    "queue drop": ["queue", "drop", "--all", "--yes"],
    "webhooks": ["webhooks"],
    "webhooks add": ["webhooks", "add", "wh_other", NAME],
    "profile": ["profile", "list"],
    "profile show": ["profile", "show"],
    "key": ["key", "status"],
    "prune": ["prune", "--older", "0s", "--dry-run"],
    "export csv": ["export", "--format", "csv"],
    "export jsonl": ["export", "--format", "jsonl"],
    "config": ["config", "check"],
    "doctor": ["doctor"],
    "skill": ["skill"],
    "unknown run": ["show", HOSTILE],
    "unknown webhook": ["trigger", HOSTILE, "a fox"],
    "unknown command": [HOSTILE],
    "unknown option": ["runs", f"--{HOSTILE}"],
    "bad value": ["runs", "--limit", HOSTILE],
    "bad profile": ["--profile", HOSTILE, "runs"],
    "bad address": ["--base-url", f"http://{HOSTILE}", "runs"],
    "completion": ["__complete", "cordage-tui", "show", ""],
    "completed webhook": ["__complete", "cordage-tui", "trigger", ""],
}
ELSEWHERE = {"app", "backup", "completion", "help", "man", "keys", "mcp", "simulate"}
"""They print no text from outside, or not to a terminal; tests of their own read them."""
JSON = {
    "trigger", "trigger queued", "trigger dry", "batch", "rerun", "kill", "download", "runs", "failures", "show", "show failed",
    "urls", "rate", "tag", "keepers", "watch", "stats", "queue", "webhooks", "profile", "key", "prune", "doctor",
}  # fmt: skip
"""What also takes --json."""


@pytest.fixture
def hostile(studio, tmp_path):
    """Return a studio with four webhooks full of hostile texts, and a history of their runs."""
    world = studio.server.world
    world.options = replace(world.options, echo_inputs=True)
    first = world.webhooks[0]
    for number in range(1, 4):
        world.add_webhook(replace(first, key=f"wh_number{number}"))
    keys = [first.key, *(f"wh_number{number}" for number in range(1, 4))]
    patches = (
        Fault(FaultKind.PATCH, patch={"run_id": IDS}),
        Fault(FaultKind.HOSTILE),
        Fault(FaultKind.PATCH, patch={"run_id": f"{IDS} failed", "status": "failed", "error": EVERYTHING}),
        Fault(FaultKind.STATUS, status=422, body=json.dumps({"error": EVERYTHING})),
    )
    for key, fault in zip(keys, patches, strict=True):
        if fault.kind is not FaultKind.STATUS:
            world.trigger(key, {"prompt": HOSTILE, HOSTILE: HOSTILE})
        call = Call.TRIGGER if fault.kind is FaultKind.STATUS else Call.ANY
        world.faults.add(call, fault, count=None, webhook_key=key)
    studio.home.config(
        f"[profiles.studio]\nbase_url = '{studio.server.base_url}'\n"
        + "".join(
            f"[[profiles.studio.webhooks]]\nkey = '{key}'\nname = \"{escaped(NAME)}{number}\"\n"
            for number, key in enumerate(keys)
        )
    )
    (tmp_path / "prompts.txt").write_text(f"{json.dumps(HOSTILE)}\nx\n")
    studio("runs")
    studio("trigger", keys[0], HOSTILE, "--queue")
    with studio.store() as store:
        rows = list(store.listing.beginning_with("studio", ""))
    ids = {row.webhook_key: f"@{row.id}" for row in rows}
    studio.words = {
        "RUN": ids[keys[0]],
        "MINE": ids[keys[1]],
        "FAILED": ids[keys[2]],
        "FILE": str(tmp_path / "prompts.txt"),
        **{f"@{number}": key for number, key in enumerate(keys)},
    }
    return studio


def read(written, honest):
    """Assert that the output has only text and the sequences of an honest command, and hides no text."""
    for token in tokens(written.encode()):
        assert token.shape in honest, token
        if token.kind == "text":
            assert not UNSEEN.search(token.body), token


@pytest.mark.parametrize("form", ["pipe", "terminal", "json"])
def test_every_command_writes_inert_text(hostile, monkeypatch, form):
    """No text from the server acts on the terminal, in a pipe, on a terminal or in JSON."""
    monkeypatch.setenv("TERM", "xterm-256color")
    honest = {"text", "c0 0a", "c0 09"} | ({"CSI m"} if form == "terminal" else set())
    wrong = {}
    for name, argv in PLAIN.items():
        if form == "json" and name not in JSON:
            continue
        arguments = [hostile.words.get(word, word) for word in argv]
        ended = hostile(*arguments, *(["--json"] if form == "json" else []), terminal=form == "terminal")
        assert ended.code != 70, (name, ended)
        assert ended.out + ended.err, name
        try:
            read(ended.out, honest)
            read(ended.err, honest)
        except (AssertionError, ValueError) as error:
            wrong[name] = str(error).partition("\n")[0]
        if form == "json":
            for line in ended.out.splitlines():
                json.loads(line)
    assert wrong == {}


def test_every_command_is_read():
    """Every command is read by the oracle, or has a reason to be excluded."""
    read_here = {argv[0] for argv in PLAIN.values()} | ELSEWHERE
    assert {command.name for command in COMMANDS} <= read_here
    assert {argv[0] if argv else "app" for argv in TROUBLED.values()} <= read_here


def test_the_oracle_finds_unsafe_output():
    """The oracle finds each kind of unsafe output."""
    for text in ("\x1b]0;PWNED\x07", "\u202e", "\x9b31m", "\x1b]0;never ended", "\r"):
        with pytest.raises((AssertionError, ValueError)):
            read(text, {"text", "c0 0a"})


def test_line_n_of_the_output_is_prompt_n(studio, tmp_path):
    """An id with line breaks is one line, so line n belongs to prompt n."""
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("one\ntwo\n")
    for number in range(2):
        patch = {"run_id": f"{number}\n\r\n\u2028{IDS}"}
        studio.server.world.faults.add(Call.TRIGGER, Fault(FaultKind.PATCH, patch=patch), count=1)
    ended = studio("trigger", "Sunset", "--file", str(prompts), "--yes")
    assert [line[0] for line in ended.out.splitlines()] == ["0", "1"]


@pytest.mark.parametrize("run_id", ["../../admin", "a?b=c#d", "with space", "%2e%2e", "a\nb", "é/\\", "x" * 2_000])
def test_an_id_is_one_segment_of_the_path(studio, run_id):
    """Any id is quoted as one segment of the path, so that no request leaves its webhook."""
    studio.server.world.faults.add(Call.TRIGGER, Fault(FaultKind.PATCH, patch={"run_id": run_id}), count=1)
    ended = studio("trigger", "Sunset", "a fox")
    assert ended.code == 0
    with studio.store() as store:
        (row,) = store.listing.beginning_with("studio", "")
    assert row.run_id == run_id
    count = len(studio.server.log)
    studio("show", f"@{row.id}")
    paths = [exchange.path for exchange in list(studio.server.log)[count:]]
    assert paths
    for path in paths:
        assert path.split("/")[-2] == "runs", path
        assert not set(path) & set("?# \n\\"), path


@pytest.mark.parametrize("shape", ["cordage_live_4b1c9d", "sk-4b1c9d-x/y+z"])
def test_an_echoed_key_is_never_printed(studio, monkeypatch, tmp_path, shape):
    """An API key that the server repeats anywhere is masked in every output."""
    key = f"{shape}{'7' * 20}"
    studio.server.world.api_keys.add(key)
    monkeypatch.setenv("CORDAGE_API_KEY", key)
    hook_file = tmp_path / "told"
    hook = ["sh", "-c", f'cat > {hook_file}; printf "%s" "$1" >> {hook_file}', "sh", "{text}"]
    studio.configure(f"[hooks]\non_finish = {json.dumps(hook)}\n")
    echo = {"error": f"no credits for {key}", "status": "failed", "inputs": {"prompt": f"with {key}"}, "more": [key]}
    studio.fails(Call.ANY, FaultKind.PATCH, patch=echo)
    ended = [studio("trigger", "Sunset", "a fox", "--wait"), studio("trigger", "Sunset", "a fox", "--wait", "--json")]
    run_id = studio.started()
    named = f"run_{key}_1"
    studio.server.world.faults.planned.clear()
    studio.fails(Call.ANY, FaultKind.PATCH, patch=echo | {"run_id": named, "outputs": [f"http://127.0.0.1/{key}.png"]})
    for argv in (["runs"], ["show", run_id[:8]], ["show", "run_"], ["urls", "run_"], ["export", "--format", "csv"]):
        ended += [studio(*argv)] + ([] if argv[0] == "export" else [studio(*argv, "--json")])
    ended += [studio("runs", "--json=id,error,inputs,outputs"), studio("export", "--format", "jsonl")]
    ended += [studio("runs", "--failures"), studio("runs", "--failures", "--json"), studio("watch", "run_", "--json")]
    assert any("no credits for ***" in end.out for end in ended)
    for end in ended:
        assert key not in end.err, end
        assert key not in end.out, end
    assert "no credits for" in hook_file.read_text()
    assert key not in hook_file.read_text()


@pytest.mark.parametrize("shape", ["cordage_live_4b1c9d", "sk-4b1c9d-x/y+z"])
def test_an_echoed_key_of_a_file_is_not_printed_by_a_command_that_needs_none(studio, monkeypatch, shape):
    """A command that only reads the database also masks the key of the profile."""
    key = f"{shape}{'7' * 20}"
    studio.server.world.api_keys.add(key)
    monkeypatch.delenv("CORDAGE_API_KEY")
    assert studio("key", "set", "--untested", stdin=f"{key}\n").code == 0
    studio.started()
    quoted = quote(key, safe="")
    links = [f"http://127.0.0.1/{key}.png", f"http://127.0.0.1/{quoted}.png"]
    echo = {
        "status": "failed",
        "inputs": {"prompt": f"with {key}"},
        "error": f"not with {key}",
        "run_id": f"run_{key}_1",
    }
    studio.fails(Call.ANY, FaultKind.PATCH, patch=echo | {"outputs": links})
    assert studio("runs").code == 0
    ended = [
        studio(*argv, "--json") for argv in (["rate", "run_", "keep"], ["tag", "run_", "+neon"], ["runs", "--offline"])
    ]
    ended += [studio(*argv) for argv in (["runs", "--offline"], ["show", "run_", "--offline"])]
    ended += [studio("export", "--format", "csv"), studio("export", "--format", "jsonl"), studio("keepers")]
    assert any("with ***" in end.out for end in ended)
    for end in ended:
        assert key not in end.out + end.err and quoted not in end.out + end.err, end
