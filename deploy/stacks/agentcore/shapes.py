"""The requests of gateway_config/ as properties of CloudFormation: the same names, with a capital letter.

Nothing is said twice: what a file of gateway_config/ says goes through here member by member, so a new member arrives
in the template without a change of this program, and the schema check says if CloudFormation does not have it.
"""

from collections.abc import Mapping
from typing import Any, Final

# Members whose own members are names that somebody chose.
_FREE: Final = frozenset({"customParameters", "advertisedScopeMapping", "tags"})


def properties(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request of AWS's API as CloudFormation spells it."""
    return {_capital(name): value if name in _FREE else _converted(value) for name, value in request.items()}


def _converted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return properties(value)
    if isinstance(value, list):
        return [_converted(each) for each in value]
    return value


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]
