"""Custom claims of CreateGateway: what else a token has to say before its bearer is let in."""

from collections.abc import Mapping
from typing import Any

from gateway_config.gateway import ClaimRule


def holds(rule: ClaimRule, claims: Mapping[str, Any]) -> bool:
    """Whether a token with these claims may come in; a claim of another type than the rule's matches nothing."""
    value = claims.get(rule.name)
    if not rule.is_list:
        return isinstance(value, str) and rule.operator == "EQUALS" and value in rule.values
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return False
    return rule.operator != "EQUALS" and not set(value).isdisjoint(rule.values)
