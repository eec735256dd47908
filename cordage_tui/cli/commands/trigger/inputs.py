"""Inputs of `trigger`: prompt, key=value, files, dry run."""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.errors import UsageError
from cordage_tui.config.errors import suggest
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.base.file_system import read_named
from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.formatting import counted, format_duration_long
from cordage_tui.domain.inputs import LOST, PROMPT, Inputs, Json
from cordage_tui.domain.output import is_reference
from cordage_tui.domain.queue import Lane, QueueEstimate
from cordage_tui.domain.safe_text import one_line, safe
from cordage_tui.domain.submission import Author
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.batch.body_checks import BodyChecker
from cordage_tui.engine.batch.draft import LARGEST_TOGETHER, BatchDraft, BatchEstimate, checked, draft_of
from cordage_tui.engine.batch.expand import Combine
from cordage_tui.engine.batch.pattern import BatchError, Lists
from cordage_tui.engine.batch.prompt_files import FileFormat, FileRequest, OtherFormat, draft_of_file, draft_of_text
from cordage_tui.engine.batch.random_inputs import RandomInputs
from cordage_tui.engine.batch.sampling import Sampling
from cordage_tui.engine.batch.tables import UnknownHeader
from cordage_tui.engine.batch.unexpanded import Doubt, Unexpanded, find_unexpanded
from cordage_tui.engine.batch.word_lists import WordLists
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.input_fields import (
    InputField,
    InvalidFieldValue,
    Unset,
    Value,
    declared,
    json_of,
    typed,
    with_defaults,
)

# Words of the command line: a prompt, then `key=value`, `key:=json`, `key=@file`.

LARGEST: Final = 2**20
"""Longest prompt or file value, in bytes."""

_INPUT: Final = re.compile(r"(?P<name>[A-Za-z_][\w.-]{0,59})(?P<sign>:=|=@|=)(?P<value>.*)", re.DOTALL | re.ASCII)
_HELP: Final = "See: cordage-tui trigger --help"


def parse_inputs(words: Sequence[str], declared_inputs: Mapping[str, Json]) -> dict[str, Value]:
    """Parse `words` to inputs, with the types of the declared inputs; a single `-` reads the prompt from stdin.

    Raises UsageError.
    """
    fields = {field.name: field for field, _ in declared(declared_inputs)}
    inputs: dict[str, Value] = {}
    for place, word in enumerate(words):
        _check_utf8(word)
        name, value = _parse_input(word, fields) if _INPUT.fullmatch(word) else (PROMPT, _prompt(word, place))
        if name in inputs:
            raise UsageError(
                f"{one_line(name, 60)!r} was given twice, with two values.", f"Give each input once. {_HELP}"
            )
        inputs[name] = value.strip() if name == PROMPT and isinstance(value, str) else value
    return inputs


def _check_utf8(word: str) -> None:
    """Raise UsageError for a word of the command line whose bytes are not UTF-8.

    Python keeps such bytes as half characters, and a terminal writes U+FFFD for them.
    """
    if LOST in word:
        problem = f"{str(one_line(word, 60))!r} has a character that was lost, because it was not UTF-8."
        raise UsageError(problem, "Type it again, or save the prompt as a UTF-8 file: prompt=@FILE")
    try:
        word.encode()
    except UnicodeEncodeError as error:
        shown = one_line(word[: error.start], 40)
        raise UsageError(
            f"A byte after {str(shown)!r} is not UTF-8 text.",
            "Write it as UTF-8, or save it as a UTF-8 file: prompt=@FILE",
        ) from None


def split_inputs(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split words into those that are not inputs, such as names of runs, and the inputs."""
    return [word for word in words if not _INPUT.fullmatch(word)], [word for word in words if _INPUT.fullmatch(word)]


def read_stdin() -> str:
    """Read stdin. Raises UsageError if it is a terminal, too long, or not UTF-8."""
    return _decode(_stdin_bytes(LARGEST), "stdin")


def _stdin_bytes(max_bytes: int) -> bytes:
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "- reads stdin, but stdin is a terminal.", 'Pipe a prompt: echo "A fox" | cordage-tui trigger WEBHOOK -'
        )
    return sys.stdin.buffer.read(max_bytes + 1)


def _prompt(word: str, place: int) -> str:
    if word == "-":
        return read_stdin().rstrip("\r\n")
    if place:
        raise UsageError(
            f"{one_line(word, 60)!r} is not an input: use key=value, key:=json or key=@file.",
            f"Quote a prompt of several words. {_HELP}",
        )
    return word


def _parse_input(word: str, fields: Mapping[str, InputField]) -> tuple[str, Value]:
    match = _INPUT.fullmatch(word)
    assert match is not None
    name, sign, value = match["name"], match["sign"], match["value"]
    if sign == "=@":
        return name, f"@{value}" if is_reference(f"@{value}") else _read_file(Path(value))
    try:
        if sign == ":=":
            return name, json_of(value)
        return name, typed(fields[name], value) if name in fields else value
    except InvalidFieldValue as wrong:
        example = f"""Example: {name}:='{{"x": 1}}'""" if sign == ":=" else _HELP
        raise UsageError(f"{name}{sign} {wrong.words}", example) from None


def _read_file(path: Path) -> str:
    try:
        data = read_named(path, LARGEST + 1)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or error}.", "Give the path of a text file after @."
        ) from None
    return _decode(data, str(path))


def _decode(data: bytes, source: str) -> str:
    if len(data) > LARGEST:
        raise UsageError(f"{source} is larger than {LARGEST // 2**20} MiB.", _HELP)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{source}: byte {error.start + 1} is not UTF-8.", "Save it as UTF-8.") from None


# Request bodies: one, or many from a file or from alternatives in the prompt.


def build_bodies(options: argparse.Namespace, webhook: Webhook, folder: Path) -> BatchDraft:
    """Build and check all request bodies, with the defaults of the webhook's inputs and word lists of a folder. Raises
    UsageError."""
    lists = WordLists(folder).words
    given_inputs = parse_inputs(options.inputs, webhook.inputs)
    check_names(options, given_inputs, webhook)
    try:
        if options.file is not None:
            return _bodies_of_file(options, given_inputs, webhook, lists)
        check_not_empty(given_inputs, webhook, f"Give a prompt, or key=value. {_HELP}")
        body = with_defaults(webhook.inputs, given_inputs)
        if (combine := _combine(options)) is not None:
            seed = options.random_seed
            draft = draft_of(
                body, lines=False, combine=combine, seed=seed, lists=lists, random=RandomInputs(webhook.inputs)
            )
        else:
            draft = _one(body, webhook, options.random_seed)
    except UnknownHeader as error:
        raise UsageError(
            error.what, "Correct or add the first row. To read each line as a prompt: --format lines"
        ) from error
    except OtherFormat as error:
        read = f"To read it as that: --format {error.format}. " if error.format else ""
        raise UsageError(error.what, f"{read}Take each line as a prompt: --literal") from error
    except BatchError as error:
        in_file = "Correct the file, or give the path of another one." if options.file is not None else ""
        raise UsageError(error.what, f"{in_file} For the forms of a batch: cordage-tui help batches".strip()) from error
    draft = _doubted_key(options, webhook, draft)
    draft = allowed_faults(options, webhook, replace(draft, faults=BodyChecker(webhook.inputs).faults(draft.bodies)))
    if draft.faults:
        first = next(iter(draft.faults.values()))[0]
        raise UsageError(f"{first.name}= {first.words}", f"To send it anyway: --unchecked. {_HELP}")
    return draft


def _doubted_key(options: argparse.Namespace, webhook: Webhook, draft: BatchDraft) -> BatchDraft:
    """Return the draft with a doubt about its only input, which may be a prompt such as `E=mc2 on a blackboard`.

    There is a doubt if the webhook declares no inputs, and the value has several words.
    """
    (body, *more), words = draft.bodies, options.inputs
    if more or webhook.inputs or len(words) != 1 or PROMPT in body or draft.unexpanded is not None:
        return draft
    name, value = next(iter(body.items()))
    if not isinstance(value, str) or len(value.split()) < 2 or f"{name}={value}" != words[0]:
        return draft
    return replace(draft, unexpanded=Unexpanded(name, one_line(value, 40), Doubt.KEY))


def without_known_key(engine: Engine, webhook: Webhook, draft: BatchDraft) -> BatchDraft:
    """Return the draft without the doubt about its only input if the webhook was given that input without a prompt before.
    Raises StoreError."""
    assert draft.unexpanded is not None
    history = engine.store.prompts.history(engine.profile.stored_as, webhook.key)
    is_known = any(draft.unexpanded.name in body and PROMPT not in body for body in history)
    return replace(draft, unexpanded=None) if is_known else draft


def _one(body: Inputs, webhook: Webhook, seed: int | None) -> BatchDraft:
    """Draft one body; the seed is recorded if it decided anything."""
    numbers = RandomInputs(webhook.inputs)
    sampling = Sampling(seed=seed if numbers.open_in(body) else None)
    bodies = checked(numbers.drawn((body,), seed))
    return BatchDraft(BatchSource("", body), bodies, sampling=sampling, unexpanded=find_unexpanded(bodies))


def allowed_faults(options: argparse.Namespace, webhook: Webhook, draft: BatchDraft) -> BatchDraft:
    """Return the draft without the faults that the options allow."""
    if options.unchecked:
        return replace(draft, faults={})
    if not options.undeclared:
        return draft
    declared_names = {PROMPT, *webhook.inputs}
    kept = {n: tuple(fault for fault in faults if fault.name in declared_names) for n, faults in draft.faults.items()}
    return replace(draft, faults={place: faults for place, faults in kept.items() if faults})


def refuse_unexpanded(
    options: argparse.Namespace, draft: BatchDraft, console: Console, expands: str = "Run its alternatives: --pattern."
) -> None:
    """Raise UsageError for text that is probably not meant literally, unless the options say so. Linear mode asks
    instead.

    `expands` is the advice how to expand a pattern of this program.
    """
    unexpanded = draft.unexpanded
    if unexpanded is None or options.literal or (console.linear and not options.yes):
        return
    advice = expands if unexpanded.is_own else _INSTEAD[unexpanded.doubt]
    raise UsageError(str(unexpanded), f"{advice} Send it as it is: --literal")


_INSTEAD: Final[Mapping[Doubt, str]] = {
    Doubt.FOREIGN: "For several runs write {red|blue}, or {@styles} for the lines of styles.txt.",
    Doubt.VALUES: "For several runs write {a|b} in the prompt, or give the values to an input: seed=1..30 --pattern.",
    Doubt.CURL: "Give the text of its prompt alone.",
    Doubt.JSON: "Read prompts and inputs from JSON: --file F --format jsonl, or - for stdin.",
    Doubt.TABLE: "Read a prompt from each row: --file F --format csv, or - for stdin.",
    Doubt.MARKUP: "Give the text of the prompt alone.",
    Doubt.KEY: "Write a prompt that looks like an input this way: prompt=…",
}
"""Advice for texts that are probably not meant literally."""


def _combine(options: argparse.Namespace) -> Combine | None:
    """Read how patterns make several bodies; None: they are text."""
    return Combine.ZIP if options.zip else Combine.PRODUCT if options.expand else None


def _bodies_of_file(
    options: argparse.Namespace, given: Mapping[str, Value], webhook: Webhook, lists: Lists
) -> BatchDraft:
    """Read the bodies of a file; `given` inputs are added to bodies without them. Raises BatchError and UsageError."""
    if PROMPT in given:
        raise UsageError("Both a prompt and --file were given.", "Omit one of them.")
    wanted = None if options.format is None else FileFormat(options.format)
    request = FileRequest(webhook.inputs, given, wanted, _combine(options), options.random_seed, lists, pipes=True)
    request = replace(request, literal=options.literal, given_once=True)
    if options.file == "-":
        draft = draft_of_text(_stdin_bytes(LARGEST_TOGETHER), Path("stdin"), request)
    else:
        draft = draft_of_file(Path(options.file), request)
    return allowed_faults(options, webhook, draft)


def check_names(options: argparse.Namespace, names: Iterable[str], webhook: Webhook) -> None:
    """Raise UsageError for an undeclared input, if the webhook declares any: a typo would start a paid run without it."""
    if options.undeclared or not webhook.inputs:
        return
    input_names = list(dict.fromkeys([PROMPT, *webhook.inputs]))
    for name in names:
        if name not in input_names:
            raise UsageError(
                f"Webhook {webhook.name!r} has no input {one_line(name, 60)!r}.{suggest(name, input_names)}",
                f"It has {one_line(', '.join(input_names), 200)}. To send it anyway: --undeclared",
            )


def check_not_empty(given: Mapping[str, Value], webhook: Webhook, advice: str) -> None:
    """Raise UsageError if only defaults would be sent, unless the prompt has one."""
    wished = {name: value for name, value in given.items() if not isinstance(value, Unset)}
    inputs = with_defaults({PROMPT: webhook.inputs.get(PROMPT)}, {}) | wished
    if not any(value != "" for value in inputs.values()):
        raise UsageError("There is nothing to send.", advice)


# Dry run and estimated time.


def print_bodies(
    engine: Engine, webhook: Webhook, draft: BatchDraft, lane: Lane, whole: BatchDraft, console: Console
) -> None:
    """Print every body as a line of JSON, and the estimated time; or everything as one JSON object.

    The object also has the refused rows of the `whole` draft.
    """
    price = estimate(engine, webhook, len(draft.bodies), lane)
    if console.json:
        price_object = {"count": price.count, "ahead": price.ahead, "send_s": price.send_s, "finish_s": price.finish_s}
        repeated = sorted(draft.repeated())
        rows = [
            {"row": index + 1, "place": whole.place(index), "faults": [str(fault) for fault in faults]}
            for index, faults in whole.faults.items()
        ]
        about = {
            "webhook": webhook.name,
            "price": price_object,
            "random_seed": draft.sampling.seed,
            "repeated": repeated,
            "refused": rows,
        }
        console.object("dry_run", {**about, "bodies": [*draft.bodies]})
        return
    for body in draft.bodies:
        console.print(format_body(body))
    if duplicates := len(draft.repeated()):
        console.info(f"{counted(duplicates, 'duplicate')}.")
    console.info(f"Dry run: {_describe(price)} Nothing was sent.")


def describe_estimate(engine: Engine, webhook: Webhook, count: int, lane: Lane) -> str:
    """Describe how long `count` runs take."""
    return _describe(estimate(engine, webhook, count, lane))


def lane_of(options: argparse.Namespace, draft: BatchDraft, author: Author | None = None) -> Lane:
    """Return the lane that the option names. Raises UsageError for an author in the interactive lane.

    By default files, many prompts and those of an author wait for prompts that the user types.
    """
    if author is not None:
        if options.lane == Lane.INTERACTIVE.name.lower():
            raise UsageError(f"The interactive lane is yours; {author.name} has the lane batch.", "Omit --lane.")
        return Lane.BATCH
    if options.lane is not None:
        return Lane[options.lane.upper()]
    return Lane.BATCH if options.file is not None or len(draft.bodies) > 1 else Lane.INTERACTIVE


def format_body(body: Inputs) -> str:
    """Format a body as one line of JSON, in ASCII unless its text is safe for a terminal."""
    text = json.dumps(body, ensure_ascii=False)
    return text if safe(text, len(text)) == text else json.dumps(body)


def estimate(engine: Engine, webhook: Webhook, count: int, lane: Lane) -> BatchEstimate:
    """Estimate `count` runs after the queue up to their lane, sent by this command."""
    queue, a_minute = engine.queue, engine.forecast.drain().a_minute
    ahead, paused = sum(n for other, n in queue.lanes().items() if other <= lane), queue.control().paused
    drain = QueueEstimate(ahead, a_minute, None if paused else ahead * 60.0 / a_minute, paused)
    return engine.batches.estimate(webhook.key, count, drain)


def _describe(price: BatchEstimate) -> str:
    count: str = counted(price.count, "run")
    if price.amount:
        count += f" for {price.amount}"
    if price.left is not None:
        count += f" ({price.left:,} left of the run limit)"
    if price.send_s is None:
        return f"{count}. The queue does not send: {price.blocked}"
    ahead = f" after {price.ahead:,} queued earlier" if price.ahead else ""
    ends = "" if price.finish_s is None else f", ended in about {format_duration_long(price.finish_s)}"
    return f"{count}{ahead}, about {format_duration_long(price.send_s)} to send{ends}."
