"""From a Condition to SQL that always answers yes or no, the same on both databases."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Numeric, and_, case, cast, false, func, literal, not_, or_, true

from prospecting.prospects.models import NUMBER
from prospecting.prospects.segments.catalogue import Catalogue, Field, Kind
from prospecting.prospects.segments.condition import Condition, Group, Op, Test, Unknown


@dataclass(frozen=True)
class UnknownOf:
    """The people of whom a condition asks `field`, and it is not known; `kept`: they stay for all that."""

    field: str
    kept: bool
    where: ColumnElement[bool]


def compiled(condition: Condition, catalogue: Catalogue) -> ColumnElement[bool]:
    """The condition over `catalogue.people()`'s FROM. Never NULL: what is unknown is kept or dropped as it says."""
    return _compiled(condition, catalogue, negated=False)


def unknown_of(condition: Condition, catalogue: Catalogue) -> list[UnknownOf]:
    """Each field that the condition asks and of some people does not know, once for the kept and once for the dropped."""
    found: dict[tuple[str, bool], list[ColumnElement[bool]]] = {}
    for test, negated in _tests(condition, catalogue, negated=False):
        known = _known(test, catalogue[test.field])
        if known is not None:
            found.setdefault((test.field, _yes_if_unknown(test, negated) != negated), []).append(not_(known))
    return [UnknownOf(field, kept, or_(false(), *where)) for (field, kept), where in found.items()]


def _compiled(condition: Condition, catalogue: Catalogue, *, negated: bool) -> ColumnElement[bool]:
    if isinstance(condition, Test):
        return _asked(condition, catalogue, negated=negated)
    parts = [_compiled(one, catalogue, negated=negated) for one in condition.all]
    if condition.any:
        parts.append(or_(false(), *(_compiled(one, catalogue, negated=negated) for one in condition.any)))
    if condition.none:
        parts.append(not_(or_(false(), *(_compiled(one, catalogue, negated=not negated) for one in condition.none))))
    return and_(true(), *parts)


def _asked(test: Test, catalogue: Catalogue, *, negated: bool) -> ColumnElement[bool]:
    field = catalogue[test.field]
    if field.kind is Kind.SEGMENT:
        turned = negated != (test.op is Op.NOT)
        inner = or_(false(), *(_compiled(field.segments[str(slug)], catalogue, negated=turned) for slug in test.values))
        return not_(inner) if test.op is Op.NOT else inner
    known, holds = _known(test, field), _holds(test, field)
    if known is None:
        return holds
    # Both forms answer even where `holds` is NULL: NULL AND false is false, NULL OR true is true.
    return or_(not_(known), holds) if _yes_if_unknown(test, negated) else and_(known, holds)


def _tests(condition: Condition, catalogue: Catalogue, *, negated: bool) -> Iterator[tuple[Test, bool]]:
    """Every question, those of saved segments too, and whether a yes to it speaks against the person."""
    if isinstance(condition, Group):
        for one in (*condition.all, *condition.any):
            yield from _tests(one, catalogue, negated=negated)
        for one in condition.none:
            yield from _tests(one, catalogue, negated=not negated)
    elif catalogue[condition.field].kind is Kind.SEGMENT:
        for slug in condition.values:
            inner = catalogue[condition.field].segments[str(slug)]
            yield from _tests(inner, catalogue, negated=negated != (condition.op is Op.NOT))
    else:
        yield condition, negated


def _yes_if_unknown(test: Test, negated: bool) -> bool:
    """What an unknown value answers: under `none`, keeping a person means answering no."""
    return test.unknown is not None and (test.unknown is Unknown.KEEP) != negated


def _known(test: Test, field: Field) -> ColumnElement[bool] | None:
    """Whether the value is known; None for a question that always has an answer."""
    if field.kind in (Kind.MEMBER, Kind.SPAN, Kind.SEGMENT):
        return None
    return _boolean(_value(test, field).is_not(None))


def _value(test: Test, field: Field) -> Any:
    if field.kind is Kind.OWN and test.op in (Op.AT_LEAST, Op.AT_MOST):
        is_number = field.column.regexp_match(f"^{NUMBER.pattern}$")
        return case((is_number, cast(field.column, Numeric)), else_=None)
    return field.column


def _holds(test: Test, field: Field) -> ColumnElement[bool]:
    if field.test is not None:
        member = or_(false(), *(field.test(value) for value in test.values))
        return not_(member) if test.op is Op.NOT else member
    column, first = _value(test, field), test.values[0]
    match test.op:
        case Op.AT_LEAST:
            return _boolean(column >= first)
        case Op.AT_MOST:
            return _boolean(column <= first)
        case Op.WORDS:
            # Folded text has one space between words and none around them.
            padded = literal(" ").concat(column).concat(" ")
            return or_(*(padded.contains(f" {word} ", autoescape=True) for word in test.values))
        case Op.STARTS:
            return or_(*(_starts(column, str(start)) for start in test.values))
        case Op.IS:
            return _is(column, test, field)
        case Op.NOT:
            return not_(_is(column, test, field))


def _is(column: Any, test: Test, field: Field) -> ColumnElement[bool]:
    among = _boolean(column.in_(test.values))
    if field.kind is not Kind.LANGUAGE:
        return among
    return or_(among, *(column.startswith(f"{code}-", autoescape=True) for code in test.values if "-" not in str(code)))


def _starts(column: Any, start: str) -> ColumnElement[bool]:
    # Not LIKE, which on SQLite takes no notice of the case of letters.
    return _boolean(func.substr(column, 1, len(start)) == start)


def _boolean(expression: Any) -> ColumnElement[bool]:
    answer: ColumnElement[bool] = expression
    return answer
