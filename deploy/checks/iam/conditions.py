"""Condition operators, as AWS documents them."""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from deploy.checks.iam.matching import Context, filled, lookup, resource_matches, text_matches
from deploy.errors import PolicyUnreadable

Compare = Callable[[str, str], bool]
_ALL, _ANY, _IF_EXISTS = "ForAllValues:", "ForAnyValue:", "IfExists"


def _number(policy: str, request: str, compare: Callable[[float, float], bool]) -> bool:
    try:
        return compare(float(request), float(policy))
    except ValueError:
        return False


def _date(policy: str, request: str, compare: Callable[[float, float], bool]) -> bool:
    return compare(_instant(request), _instant(policy))


def _instant(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return datetime.fromisoformat(text).timestamp()


def _address(policy: str, request: str) -> bool:
    return ipaddress.ip_address(request) in ipaddress.ip_network(policy, strict=False)


def _equal_ignoring_case(policy: str, request: str) -> bool:
    return policy.lower() == request.lower()


#: Operator to how one value of the policy is held against one of the request. Those with `Not` are the opposites.
POSITIVE: Final[Mapping[str, Compare]] = {
    "StringEquals": lambda policy, request: policy == request,
    "StringEqualsIgnoreCase": _equal_ignoring_case,
    "StringLike": text_matches,
    "ArnEquals": resource_matches,
    "ArnLike": resource_matches,
    "Bool": _equal_ignoring_case,
    "IpAddress": _address,
    "NumericEquals": lambda policy, request: _number(policy, request, lambda one, other: one == other),
    "NumericLessThan": lambda policy, request: _number(policy, request, lambda one, other: one < other),
    "NumericLessThanEquals": lambda policy, request: _number(policy, request, lambda one, other: one <= other),
    "NumericGreaterThan": lambda policy, request: _number(policy, request, lambda one, other: one > other),
    "NumericGreaterThanEquals": lambda policy, request: _number(policy, request, lambda one, other: one >= other),
    "DateEquals": lambda policy, request: _date(policy, request, lambda one, other: one == other),
    "DateLessThan": lambda policy, request: _date(policy, request, lambda one, other: one < other),
    "DateGreaterThan": lambda policy, request: _date(policy, request, lambda one, other: one > other),
}
NEGATED: Final[Mapping[str, Compare]] = {
    "StringNotEquals": POSITIVE["StringEquals"],
    "StringNotEqualsIgnoreCase": POSITIVE["StringEqualsIgnoreCase"],
    "StringNotLike": POSITIVE["StringLike"],
    "ArnNotEquals": POSITIVE["ArnEquals"],
    "ArnNotLike": POSITIVE["ArnLike"],
    "NotIpAddress": POSITIVE["IpAddress"],
    "NumericNotEquals": POSITIVE["NumericEquals"],
    "DateNotEquals": POSITIVE["DateEquals"],
}


def holds(conditions: Mapping[str, Mapping[str, Sequence[str]]], context: Context) -> bool:
    """Whether all operators hold for all their keys.

    Raises:
        PolicyUnreadable: An operator is not known here, or a key with several values meets one for single values.
    """
    return all(
        _key_holds(operator, key, values, context)
        for operator, keys in conditions.items()
        for key, values in keys.items()
    )


def _key_holds(operator: str, key: str, values: Sequence[str], context: Context) -> bool:
    given = lookup(context, key)
    if operator == "Null":
        return (given is None) == (values[0] == "true")
    for prefix in (_ALL, _ANY):
        if operator.startswith(prefix):
            return _set_holds(prefix, operator.removeprefix(prefix), values, given, context)
    name, optional = operator.removesuffix(_IF_EXISTS), operator.endswith(_IF_EXISTS)
    compare, negated = _operator(name)
    if given is None:
        return optional or negated
    if not isinstance(given, str):
        raise PolicyUnreadable(f"{key} has several values, and {operator} compares one")
    return _one_holds(compare, values, given, context, negated=negated)


def _set_holds(
    prefix: str, name: str, values: Sequence[str], given: str | tuple[str, ...] | None, context: Context
) -> bool:
    optional = name.endswith(_IF_EXISTS)
    compare, negated = _operator(name.removesuffix(_IF_EXISTS))
    found = () if given is None else (given,) if isinstance(given, str) else given
    each = (_one_holds(compare, values, value, context, negated=negated) for value in found)
    # Of nothing, all values are as they should be, and none is.
    return all(each) if prefix == _ALL else (any(each) or (optional and given is None))


def _one_holds(compare: Compare, values: Sequence[str], given: str, context: Context, *, negated: bool) -> bool:
    patterns = [pattern for value in values if (pattern := filled(value, context)) is not None]
    return any(compare(pattern, given) for pattern in patterns) != negated


def _operator(name: str) -> tuple[Compare, bool]:
    if name in POSITIVE:
        return POSITIVE[name], False
    if name in NEGATED:
        return NEGATED[name], True
    raise PolicyUnreadable(f"the condition operator {name} is not known here")
