"""What a `trigger` would send, and how long it would take."""

import json

from cordage_tui.cli.voice import Console
from cordage_tui.domain.formatting import format_duration_long
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox import OutboxState, QueueEstimate
from cordage_tui.domain.text import safe
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.batch.draft import BatchDraft, BatchEstimate
from cordage_tui.engine.engine import Engine


def print_bodies(found: Engine, webhook: Webhook, draft: BatchDraft, voice: Console) -> None:
    """Every body, a JSON object a line, and the price in time; or all of it as one object."""
    price = _price(found, webhook, len(draft.bodies))
    if voice.json:
        told = {"count": price.count, "ahead": price.ahead, "send_s": price.send_s, "finish_s": price.finish_s}
        repeated = sorted(draft.repeated())
        voice.object(
            "dry_run", {"webhook": webhook.name, "price": told, "repeated": repeated, "bodies": [*draft.bodies]}
        )
        return
    for body in draft.bodies:
        voice.print(body_line(body))
    if draft.repeated():
        voice.info(f"{len(draft.repeated()):,} of them are the same as one before.")
    voice.info(f"{_words(price)} Nothing was sent.")


def priced(found: Engine, webhook: Webhook, count: int) -> str:
    """How long `count` runs take, in a sentence or two."""
    return _words(_price(found, webhook, count))


def body_line(body: Inputs) -> str:
    """A body as one line of JSON; readable where a terminal takes it as it stands, ASCII where not."""
    text = json.dumps(body, ensure_ascii=False)
    return text if safe(text, len(text)) == text else json.dumps(body)


def _price(found: Engine, webhook: Webhook, count: int) -> BatchEstimate:
    """Behind what is queued, with this command as the one that sends."""
    queue, a_minute = found.queue, found.queue.drain().a_minute
    ahead, paused = queue.counts().get(OutboxState.QUEUED, 0), queue.control().paused
    drain = QueueEstimate(ahead, a_minute, None if paused else ahead * 60.0 / a_minute, paused)
    return found.batches.price(webhook.key, count, drain)


def _words(price: BatchEstimate) -> str:
    count = f"{price.count:,} {'run' if price.count == 1 else 'runs'}"
    if price.send_s is None:
        return f"{count}. The queue stands still: {price.blocked}"
    ahead = f" behind {price.ahead:,} queued earlier" if price.ahead else ""
    ends = "" if price.finish_s is None else f", ended in about {format_duration_long(price.finish_s)}"
    return f"{count}{ahead}, sent in about {format_duration_long(price.send_s)}{ends}."
