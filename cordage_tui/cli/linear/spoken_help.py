"""Help of linear mode: sentences about each command; its options on request; and pages of the manual, read aloud."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from cordage_tui.cli.arguments.commands import COMMANDS
from cordage_tui.cli.base.errors import UsageError
from cordage_tui.cli.linear.typed_commands import SAME
from cordage_tui.config.errors import suggest
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.manual import TOPICS, page, read_out, title

HELP: Final = """\
Each line is a command, and numbers name runs. help kill explains kill, and so on.
Start a run: prompt A fox in the snow, or rerun 3. trigger asks step by step.
Choose a webhook: webhooks, use 2.
Hear how it is: status, runs, show 3, queue, watch, failures.
Stop: kill 3, drop 3, pause, resume. Change what waits: edit 3.
Outputs: keep 3 1, reject 3 1, stars 3 1 5, download 3, tag 3 +poster.
If a prompt is uncertain: resend 3, drop 3. If a run limit is reached: send over.
Be left in peace: quiet, resume. Another API key: key. Leave: quit.
More: help batch, help filter, help linear."""
_FILTER: Final = (
    "Instead of numbers, --where and a filter choose runs, as in {} --where status:failed; see help filter."
)
_ABOUT: Final[Mapping[str, str]] = {
    "prompt": "prompt A fox in the snow: start a run of the chosen webhook with these words. Nothing needs quotes. "
    "A pattern such as {red|blue} starts a run for each, after a question; see help batch.",
    "trigger": "trigger: start a run, step by step: webhook, prompt, other inputs. The same in one line: "
    'trigger 1 "A fox" style=noir; 1 is the number of the webhook.',
    "batch": "A pattern makes a batch. With prompt a {red|blue} fox you start two runs, with trigger 1 fox seed=1..4 four. "
    "With trigger 1 --file prompts.csv you start one run for each row. It asks before it starts, and says how many, which, and how long. "
    "Its number stands for all its runs: kill 52, show 52, rerun 52, download 52, drop 52. All patterns: help batches.",
    "filter": "A filter chooses runs by terms with blanks between them: runs --where 'status:failed since:today'. Words alone are "
    "looked for in prompts. status:completed, status:active, is:kept, is:unrated, tag:poster, webhook:Sunset, since:monday, "
    "took:>1m, and inputs such as style:noir. A minus before a term negates it; a bar means or.",
    "rerun": "rerun 3: run it once more. rerun 3 style=ink: with another style. rerun 3 --times 4: four times.",
    "webhooks": "webhooks: hear the webhooks with their numbers. webhooks add KEY NAME: one more.",
    "use": "use 2: prompt and trigger start runs of webhook 2. use alone asks which.",
    "runs": "runs: hear the newest ten runs. runs --where status:failed: what a filter finds; see help filter. runs --limit 30: more.",
    "status": "status: hear what runs and waits now.",
    "show": "show 3, or 3 alone: hear about run 3. show and the number of a batch: its runs.",
    "urls": "urls 3: the addresses of its outputs.",
    "watch": "watch: wait until nothing runs any more, and hear it. Control C ends the waiting.",
    "kill": "kill 3: kill run 3, after a question. kill alone: the one that runs. " + _FILTER.format("kill"),
    "download": "download 3: save its outputs, and hear the folder. download 3 --output 2: only the second. "
    + _FILTER.format("download"),
    "keep": "keep 3 1: keep output 1 of run 3. keep 3: all its outputs.",
    "reject": "reject 3 1: reject output 1 of run 3. reject 3: all its outputs.",
    "stars": "stars 3 1 5: give output 1 of run 3 five stars.",
    "unrate": "unrate 3 1: remove the rating of output 1 of run 3.",
    "tag": "tag 3 +poster: give run 3 the tag poster. tag 3 -poster: take it away.",
    "keepers": "keepers: hear what the kept runs have in common.",
    "stats": "stats: hear figures of each webhook: how many runs, how long, how many failed.",
    "queue": "queue: hear how many prompts are not sent yet, and the first ten. queue limit 4: send nothing while 4 runs are active. "
    "queue move 45 --before 41: change the order. queue approve 45: approve prompt 45 of an author, so that it is sent.",
    "drop": "drop 3: remove prompt 3 from the queue, after a question; nothing is paid for it unless it is uncertain. "
    "drop all: all that wait.",
    "pause": "pause: send nothing until resume, also not from other windows.",
    "resume": "resume: end quiet; or else resume a paused queue.",
    "resend": "resend 3: send an uncertain prompt once more, after a question. If the first did arrive, both run and both are paid. "
    "queue wait 3: look for its run again instead.",
    "edit": "edit 3: change the words of prompt 3, which is not sent yet. edit 3 A red fox: the same in one line.",
    "failures": "failures: hear which errors there were, how often, and how many completed when rerun. failures 1: of webhook 1.",
    "rename": "rename 1 Dawn: give webhook 1 another name.",
    "version": "version: hear which version this is.",
    "send": "send over: send the prompts that wait for a run limit over the limit, after a question.",
    "quiet": "quiet: announce nothing until resume, which says what has changed.",
    "key": "key: enter another API key. key status: where the present one comes from.",
    "quit": "quit: leave. Runs continue at the server, and prompts stay in the queue.",
    "help": "help: hear the commands. help kill: about one command. help filter: a page of the manual.",
    "prune": "prune --older 180d: remove old runs from this machine, after a question.",
    "backup": "backup FILE: copy the database.",
    "doctor": "doctor: check settings, key and connection.",
}
_SAME: Final = {**SAME, "exceed": "send", "rate": "keep", "batches": "batch", "filters": "filter"}
_UNSPOKEN: Final = frozenset({"--yes", "--json"})
_WORDS_A_MINUTE: Final = 150


def spoken_help(words: Sequence[str]) -> str:
    """Return the text of `help` with these words. Raises UsageError for an unknown topic."""
    if not words:
        return HELP
    name, wants = words[0].lower(), " ".join(words[1:]).lower()
    about = _ABOUT.get(name) or (_ABOUT.get(_SAME.get(name, "")) if name not in TOPICS else None)
    if about is None or (wants == "page" and name in TOPICS):
        if name not in TOPICS:
            near = suggest(name, [*_ABOUT, *TOPICS])
            raise UsageError(f"There is no help about {name!r}.{near}", "Type help to hear the commands.")
        return _page(name)
    options = list(_options(name))
    if wants == "options":
        return "\n".join(options) or f"{name} has no options."
    more = [f"{name} options, for the {len(options)} there are"] if options else []
    more += [f"{name} page, for the page of the manual"] if name in TOPICS else []
    return about + (f" Type help {'; or help '.join(more)}." if more else "")


def _page(topic: str) -> str:
    text = "\n".join(read_out(page(topic)))
    minutes = max(1, round(len(text.split()) / _WORDS_A_MINUTE))
    return f"Page {topic} of the manual, {title(page(topic))}. It takes about {counted(minutes, 'minute')}.\n{text}"


def _options(name: str) -> Iterator[str]:
    """Yield a sentence for each option of a command, without those that make no sense in lines."""
    command = next((spec for spec in COMMANDS if spec.name == name), None)
    for argument in () if command is None else command.arguments:
        for names, options in argument if isinstance(argument, list) else [argument]:
            if names[0].startswith("--") and names[0] not in _UNSPOKEN:
                value = options.get("metavar") or "|".join(map(str, options.get("choices") or ()))
                yield f"{names[0]}{f' {value}' if value else ''}: {options['help']}."
