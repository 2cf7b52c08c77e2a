"""Names of actions against the list that cfn-lint ships: a name that no service has denies silently."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from cfnlint.data import AdditionalSpecs
from cfnlint.helpers import load_resource

from deploy.checks.findings import Finding, Templates, walked
from deploy.checks.iam.matching import action_matches

CHECK: Final = "action_names"
_ACTION: Final = re.compile(r"[a-z0-9-]+:[A-Za-z0-9*?]+|\*")


def unknown_actions(templates: Templates) -> Iterator[Finding]:
    """Actions of every policy document of the templates."""
    for stack, template in templates.items():
        for logical_id, resource in template.get("Resources", {}).items():
            for name in sorted(set(_named(resource.get("Properties", {})))):
                if not is_known(name):
                    yield Finding(CHECK, f"{stack}/{logical_id}", f"no service has an action {name}")


def unknown_names(place: str, names: Iterable[str]) -> Iterator[Finding]:
    """Those of some names that no service has."""
    for name in sorted(set(names)):
        if not is_known(name):
            yield Finding(CHECK, place, f"no service has an action {name}")


def is_known(name: str) -> bool:
    """Whether a name, or one of those that its wildcards stand for, is an action."""
    if name == "*":
        return True
    service, _, action = name.partition(":")
    if not _ACTION.fullmatch(name) or service not in _list():
        return False
    return any(action_matches(action, each) for each in _list()[service]["Actions"])


def _named(properties: Any) -> Iterator[str]:
    for each in walked(properties):
        if not (isinstance(each, Mapping) and "Effect" in each):
            continue
        for element in ("Action", "NotAction"):
            given = each.get(element, [])
            yield from [given] if isinstance(given, str) else given


@cache
def _list() -> Mapping[str, Any]:
    found: Mapping[str, Any] = load_resource(AdditionalSpecs, "Policies.json")
    return found
