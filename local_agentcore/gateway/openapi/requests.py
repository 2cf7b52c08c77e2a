"""The arguments of a call as one HTTP request. An argument stays one: it opens no path, query or header (M15, M16)."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from local_agentcore.gateway.answers import octets
from local_agentcore.gateway.errors import InvalidParams
from local_agentcore.gateway.openapi.operations import BODY, ApiOperation, Parameter
from local_agentcore.gateway.schema_checks import require_fit

_PRINTABLE = re.compile(r"[\x20-\x7e]*")
_IN_PATH = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One request to an API.

    Attributes:
        target: Path and query, percent-encoded, to be written after the server's URL as it is.
        headers: Those that carry arguments.
        body: JSON; None for none.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)


def request_for(operation: ApiOperation, arguments: Mapping[str, Any], more_query: Mapping[str, str]) -> ApiRequest:
    """The request of a call.

    Args:
        operation: Of the tool.
        arguments: Of the call.
        more_query: Parameters that are no arguments: a credential.

    Raises:
        InvalidParams: The arguments do not fit the tool, or cannot stand where they would have to.
    """
    require_fit(operation.input, arguments)
    given = {one: arguments[one.name] for one in operation.parameters if arguments.get(one.name) is not None}
    query = [*_query(given), *((quote(name, safe=""), quote(value, safe="")) for name, value in more_query.items())]
    written = "&".join(f"{name}={value}" for name, value in query)
    path = _path(operation.path, given)
    return ApiRequest(
        method=operation.method,
        target=f"{path}?{written}" if written else path,
        headers={one.name: _header(one.name, value) for one, value in given.items() if one.place == "header"},
        body=_body(operation, arguments),
    )


def _path(template: str, given: Mapping[Parameter, Any]) -> str:
    values = {one.name: _text(value) for one, value in given.items() if one.place == "path"}
    names = _IN_PATH.findall(template)
    for name in names:
        if not values.get(name):
            raise InvalidParams(f"arguments.{name}")
    path = _IN_PATH.sub(lambda match: quote(values[match[1]], safe=""), template)
    # Dots are not encoded by anybody, so a segment of them alone would lead elsewhere.
    if names and not {".", ".."}.isdisjoint(path.split("/")):
        raise InvalidParams(f"arguments.{names[0]}")
    return path


def _query(given: Mapping[Parameter, Any]) -> Iterator[tuple[str, str]]:
    for one, value in given.items():
        if one.place != "query":
            continue
        items = [quote(_text(item), safe="") for item in (value if isinstance(value, list) else [value])]
        name = quote(one.name, safe="")
        if one.repeated:
            yield from ((name, item) for item in items)
        elif items:
            yield name, ",".join(items)


def _header(name: str, value: Any) -> str:
    text = _text(value)
    if not _PRINTABLE.fullmatch(text):
        raise InvalidParams(f"arguments.{name}")
    return text


def _body(operation: ApiOperation, arguments: Mapping[str, Any]) -> bytes | None:
    if operation.body is None:
        return None
    if not operation.body:
        return octets(arguments[BODY]) if BODY in arguments else None
    members = {name: arguments[name] for name in arguments if name in operation.body}
    return octets(members) if members or operation.method in {"POST", "PUT", "PATCH"} else None


def _text(value: Any) -> str:
    """A value as it stands in a URL or header: texts as they are, everything else as in JSON."""
    return value if isinstance(value, str) else json.dumps(value)
