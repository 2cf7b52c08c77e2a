"""Policy documents as values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from deploy.errors import PolicyUnreadable

_ELEMENTS = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal"})

_COLONS_OF_AN_ARN = 5


@dataclass(frozen=True, slots=True)
class PolicyStatement:
    """One statement.

    Attributes:
        effect: Allow or Deny.
        actions: Patterns.
        not_actions: Whether it is about all others.
        resources: Patterns; empty where the policy is attached to its resource.
        not_resources: Whether it is about all others.
        conditions: Operator to key to values; all must hold.
        principals: Of a resource or trust policy, by kind; None in an identity policy.
    """

    sid: str
    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...]
    not_actions: bool
    resources: tuple[str, ...]
    not_resources: bool
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]]
    principals: Mapping[str, tuple[str, ...]] | None


def statements(document: Mapping[str, Any]) -> tuple[PolicyStatement, ...]:
    """Reads a document.

    Raises:
        PolicyUnreadable: It has something that is not known here.
    """
    if unknown := document.keys() - {"Version", "Id", "Statement"}:
        raise PolicyUnreadable(f"the document has {', '.join(sorted(unknown))}")
    if document.get("Version") != "2012-10-17":
        raise PolicyUnreadable("a document of another version has no policy variables")
    return tuple(_statement(each) for each in _listed(document.get("Statement")))


def _statement(given: Any) -> PolicyStatement:
    if not isinstance(given, Mapping) or (unknown := given.keys() - _ELEMENTS):
        raise PolicyUnreadable(f"a statement has {', '.join(sorted(unknown)) if isinstance(given, Mapping) else given}")
    if given.get("Effect") not in {"Allow", "Deny"}:
        raise PolicyUnreadable("a statement neither allows nor denies")
    actions, not_actions = _either(given, "Action")
    if not actions:
        raise PolicyUnreadable("a statement is about no action")
    resources, not_resources = _either(given, "Resource")
    for resource in resources:
        # A denial about something that is no ARN would deny nothing.
        if resource != "*" and resource.count(":") < _COLONS_OF_AN_ARN:
            raise PolicyUnreadable(f"{resource} is no ARN")
    return PolicyStatement(
        sid=str(given.get("Sid", "")),
        effect=given["Effect"],
        actions=actions,
        not_actions=not_actions,
        resources=resources,
        not_resources=not_resources,
        conditions={
            operator: {key: _texts(values) for key, values in keys.items()}
            for operator, keys in given.get("Condition", {}).items()
        },
        principals=_principals(given["Principal"]) if "Principal" in given else None,
    )


def _either(given: Mapping[str, Any], element: str) -> tuple[tuple[str, ...], bool]:
    own, others = given.get(element), given.get(f"Not{element}")
    if own is not None and others is not None:
        raise PolicyUnreadable(f"a statement has {element} and Not{element}")
    return _texts(others if own is None else own), others is not None


def _principals(given: Any) -> Mapping[str, tuple[str, ...]]:
    if given == "*":
        return {"AWS": ("*",)}
    if not isinstance(given, Mapping):
        raise PolicyUnreadable("a principal is neither * nor an object")
    return {kind: _texts(values) for kind, values in given.items()}


def _texts(given: Any) -> tuple[str, ...]:
    return tuple(_text(each) for each in _listed(given))


def _text(given: Any) -> str:
    if isinstance(given, bool):
        return str(given).lower()
    if not isinstance(given, str | int | float):
        raise PolicyUnreadable(f"{given!r} is no text")
    return str(given)


def _listed(given: Any) -> Iterator[Any]:
    if given is None:
        return
    yield from given if isinstance(given, list | tuple) else [given]
