"""Outputs that a filter expression asks for, of the runs that it finds."""

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from cordage_tui.domain.filter.expression import (
    Comparison,
    Conjunction,
    Disjunction,
    Expression,
    FieldTerm,
    FilterField,
    Negation,
    Operand,
    number,
)
from cordage_tui.domain.output import UNJUDGED, Decision, FileKind, OutputRef, Rating
from cordage_tui.domain.run import RowId

_COMPARED: Final[Mapping[Comparison, Callable[[float, float], bool]]] = {
    Comparison.NONE: operator.ge,
    Comparison.AT_LEAST: operator.ge,
    Comparison.AT_MOST: operator.le,
    Comparison.MORE: operator.gt,
    Comparison.LESS: operator.lt,
    Comparison.EQUAL: operator.eq,
}


def outputs_asked_for(
    expression: Expression, outputs: Iterable[OutputRef], ratings: Mapping[RowId, Mapping[int, Rating]]
) -> list[OutputRef]:
    """Return those of the outputs that a filter asks for: only the kept ones for `is:kept`."""
    return [
        output
        for output in outputs
        if asks_for(expression, ratings.get(output.row, {}).get(output.number, UNJUDGED), FileKind.of(output.url))
    ]


def asks_for(expression: Expression, rating: Rating, kind: FileKind) -> bool:
    """Return whether a filter asks for an output with this rating and of this kind: `is:kept` for the kept ones. Terms about
    the run ask for all of its outputs."""
    if isinstance(expression, Conjunction):
        return all(asks_for(part, rating, kind) for part in expression.parts)
    if isinstance(expression, Disjunction):
        return any(asks_for(part, rating, kind) for part in expression.parts)
    if isinstance(expression, Negation):
        return not _is_about_output(expression.part) or not asks_for(expression.part, rating, kind)
    if isinstance(expression, FieldTerm) and expression.field is FilterField.KIND:
        return any(operand.text == kind for operand in expression.operands)
    if isinstance(expression, FieldTerm) and expression.is_about_output:
        return any(_meets(expression, operand, rating) for operand in expression.operands)
    return True


def _is_about_output(expression: Expression) -> bool:
    """Return whether all terms are about an output."""
    if isinstance(expression, Conjunction | Disjunction):
        return all(map(_is_about_output, expression.parts))
    if isinstance(expression, Negation):
        return _is_about_output(expression.part)
    return isinstance(expression, FieldTerm) and (expression.is_about_output or expression.field is FilterField.KIND)


def _meets(term: FieldTerm, operand: Operand, rating: Rating) -> bool:
    if term.field is FilterField.IS:
        return Decision.of(rating).value == operand.text
    stars = number(operand.text)
    return stars is not None and rating.stars > 0 and _COMPARED[operand.comparison](rating.stars, stars)
