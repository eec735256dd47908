"""The preview's lines: pure functions from a plan to what is drawn."""

from collections.abc import Sequence
from typing import Final, overload

from textual.content import Content

from cordage_tui.domain.inputs import PROMPT, Inputs, prompt_of, value_words
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.batch.draft import BatchEstimate
from cordage_tui.engine.batch.expand import Axis, Combine
from cordage_tui.ui.batch.plan import BatchPlan
from cordage_tui.ui.dialogs.bulk import about, runs
from cordage_tui.ui.ink import literal

NOTE: Final = 11
"""Cells of the column that tells what ran before."""
_SHOWN_VALUES: Final = 6
"""Values of an axis that are named."""

_LONGEST_VALUE: Final = 24
"""Characters of a value that are shown."""


def price_words(price: BatchEstimate) -> SafeText:
    """`48 runs, 48 s to send, about 9 min to finish`, as far as it is known."""
    parts = [runs(price.count)]
    if price.ahead:
        parts[0] += f" behind {price.ahead:,} that wait{'s' if price.ahead == 1 else ''}"
    if price.send_s is not None:
        whole = round(price.send_s)
        parts.append(f"{whole} s to send" if whole < 60 else f"{about(price.send_s)} to send")
    if price.finish_s is not None:
        parts.append(f"{about(price.finish_s)} to finish")
    return one_line(", ".join(parts))


def summary(plan: BatchPlan, combine: Combine, width: int) -> list[Content]:
    """The price in time, what varies, and what the user should know before paying for it."""
    lines = [literal(price_words(plan.price), "$foreground bold")]
    if len(plan.draft.axes) > 1:
        sign = " × " if combine is Combine.PRODUCT else " + "
        lines.append(literal(one_line(sign.join(axis_words(axis) for axis in plan.draft.axes), 1_000), "$quiet"))
    lines += [literal(words, "$run-wait") for words in warnings(plan)]
    return [part for line in lines for part in line.wrap(max(2, width))]


def axis_words(axis: Axis) -> str:
    """`style: noir, ink`; of many values the first ones and their number."""
    shown = ", ".join(one_line(value_words(value), _LONGEST_VALUE) for value in axis.values[:_SHOWN_VALUES])
    more = f" … ({len(axis.values):,})" if len(axis.values) > _SHOWN_VALUES else ""
    return f"{axis.name}: {shown}{more}"


def warnings(plan: BatchPlan) -> list[SafeText]:
    """What else is worth knowing, a sentence each."""
    said: list[str] = []
    if plan.price.blocked is not None:
        said.append(f"Nothing is sent now: {plan.price.blocked}")
    if plan.before:
        said.append(f"{len(plan.before):,} of them ran before, or wait already.")
    if plan.repeated:
        said.append(
            f"{len(plan.repeated):,} of them {'is' if len(plan.repeated) == 1 else 'are'} the same as one above."
        )
    if plan.draft.loose:
        said.append("A brace without its counterpart is sent as it is.")
    return [one_line(words, 1_000) for words in said]


class BodyLines(Sequence[Content]):
    """A line for each body, made when it is drawn: there may be ten thousand."""

    def __init__(self, plan: BatchPlan, width: int) -> None:
        """`width` in cells."""
        self._plan = plan
        self._width = width
        self._varying = plan.draft.varying()

    def __len__(self) -> int:
        return len(self._plan.draft.bodies)

    @overload
    def __getitem__(self, place: int) -> Content: ...
    @overload
    def __getitem__(self, place: slice) -> list[Content]: ...
    def __getitem__(self, place: int | slice) -> Content | list[Content]:
        if isinstance(place, slice):
            return [self._line(at) for at in range(*place.indices(len(self)))]
        return self._line(range(len(self))[place])

    def _line(self, place: int) -> Content:
        """Number, prompt, what differs besides, and at the right what ran before."""
        body = self._plan.draft.bodies[place]
        number = f"{place + 1:>{len(f'{len(self):,}')},}  "
        note = "same above" if place in self._plan.repeated else "ran before" if place in self._plan.before else ""
        room = self._width - len(number) - (NOTE if self._plan.repeated or self._plan.before else 0)
        middle = body_words(body, self._varying, max(1, room))
        gap = " " * (max(0, room - middle.cell_length) + NOTE - len(note)) if note else ""
        return Content.assemble((number, "$quiet"), middle, gap, (note, "$run-wait"))


def body_words(body: Inputs, varying: Sequence[str], width: int) -> Content:
    """`a red fox  style noir · seed 3` in at most `width` cells; the inputs get half of it at most."""
    rest = one_line(" · ".join(f"{name} {value_words(body[name])}" for name in varying if name in body))
    said = literal(rest, "$quiet").truncate(max(1, width // 2), ellipsis=True) if rest else Content("")
    text = body.get(PROMPT)
    name = one_line(text if isinstance(text, str) else ("" if rest else prompt_of(body)))
    room = width - (said.cell_length + 2 if rest and name else said.cell_length)
    prompt = literal(name, "$foreground").truncate(max(1, room), ellipsis=True)
    return Content.assemble(prompt, "  " if rest and name else "", said)
