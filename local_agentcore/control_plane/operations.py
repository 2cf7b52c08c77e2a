"""The operations on gateways and policies that the laptop has: Get and List what is declared, Create what is there."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.model import OperationModel, Shape

from identity.vault.errors import AlreadyThere, NotFound, OperationUnsupported, RequestInvalid
from local_agentcore.control_plane.declared import Declaration, Declared

Json = dict[str, Any]
Parameters = Mapping[str, Any]
MOST_ON_A_PAGE = 100
# Say how a request is to be taken, not what is created; `validationMode` has a default.
_NO_CONTENT = frozenset({"clientToken", "tags", "gatewayIdentifier", "policyEngineId", "validationMode"})
_DEFAULTS = {"enforcementMode": "ACTIVE", "credentialProviderConfigurations": []}


@dataclass(frozen=True)
class _Kind:
    """One kind of thing.

    Attributes:
        word: For people.
        place: Where in the configuration it is declared.
        all: Those there are, for a request.
        key: Parameter that picks one.
        members: Member of the list in an answer.
    """

    word: str
    place: str
    all: Callable[[Parameters], Sequence[Declaration]]
    key: str
    members: str


class ControlOperations:
    """By their AWS names.

    Args:
        declared: What there is.
    """

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        gateway = _Kind("gateway", "gateway.yaml", lambda _: [declared.gateway], "gatewayIdentifier", "items")
        target = _Kind("target", "targets/", self._targets, "targetId", "items")
        engine = _Kind("policy engine", "policy_engine.yaml", self._engines, "policyEngineId", "policyEngines")
        policy = _Kind("policy", "tool_policies/", self._policies, "policyId", "policies")
        self._kinds = {
            **{f"{verb}Gateway{s}": gateway for verb, s in (("Create", ""), ("Get", ""), ("List", "s"))},
            **{f"{verb}GatewayTarget{s}": target for verb, s in (("Create", ""), ("Get", ""), ("List", "s"))},
            **{f"{verb}PolicyEngine{s}": engine for verb, s in (("Create", ""), ("Get", ""), ("List", "s"))},
            "CreatePolicy": policy,
            "GetPolicy": policy,
            "ListPolicies": policy,
        }

    @property
    def names(self) -> frozenset[str]:
        """The operations that are here."""
        return frozenset(self._kinds)

    def require(self, operation: OperationModel) -> None:
        """Check that an operation is here.

        Raises:
            OperationUnsupported: Not one of ours, whatever is in the request.
        """
        if operation.name not in self._kinds:
            raise OperationUnsupported(f"{operation.name} is not available at the local control plane")

    def do(self, operation: OperationModel, parameters: Parameters) -> Json:
        """Do an operation.

        Raises:
            NotFound: There is no such thing.
            AlreadyThere: Create, of something that is declared otherwise.
            RequestInvalid: Create, of something that is not declared; a page that is none.
        """
        kind = self._kinds[operation.name]
        shape = operation.output_shape
        assert shape is not None  # noqa: S101 - each of these operations has one
        if operation.name.startswith("List"):
            return _page(kind, shape, parameters)
        if operation.name.startswith("Create"):
            return _shaped(_created(kind, parameters).document, shape)
        return _shaped(_picked(kind, parameters).document, shape)

    def _targets(self, parameters: Parameters) -> Sequence[Declaration]:
        _require(self._declared.gateway, parameters["gatewayIdentifier"], "gateway")
        return self._declared.targets

    def _engines(self, _: Parameters) -> Sequence[Declaration]:
        return [self._declared.engine]

    def _policies(self, parameters: Parameters) -> Sequence[Declaration]:
        _require(self._declared.engine, parameters["policyEngineId"], "policy engine")
        scope = parameters.get("targetResourceScope")
        elsewhere = scope is not None and scope != self._declared.gateway.document["gatewayArn"]
        return [] if elsewhere else self._declared.policies()


def _picked(kind: _Kind, parameters: Parameters) -> Declaration:
    for one in kind.all(parameters):
        if one.identifier == parameters[kind.key]:
            return one
    raise NotFound(f"there is no such {kind.word}")


def _require(one: Declaration, identifier: str, word: str) -> None:
    if one.identifier != identifier:
        raise NotFound(f"there is no such {word}")


def _created(kind: _Kind, parameters: Parameters) -> Declaration:
    """What is declared already; the laptop creates nothing on request."""
    name = parameters.get("name", "")
    for one in kind.all(parameters):
        if one.name != name:
            continue
        if _content(one.request) != _content(parameters):
            raise AlreadyThere(
                f"the {kind.word} {name} is declared otherwise in gateway_config/{kind.place}:"
                " the local configuration is declarative, change the file"
            )
        return one
    raise RequestInvalid(
        f"no {kind.word} of this name is declared in gateway_config/{kind.place}:"
        " the local configuration is declarative, add it there and start the stack anew",
        fields=(("name", "is not declared"),),
    )


def _content(request: Parameters) -> Json:
    return {**_DEFAULTS, **{name: value for name, value in request.items() if name not in _NO_CONTENT}}


def _page(kind: _Kind, shape: Shape, parameters: Parameters) -> Json:
    entries = sorted(kind.all(parameters), key=lambda one: one.name)
    after = parameters.get("nextToken")
    if after is not None:
        last = _name_in(after)
        entries = [one for one in entries if one.name > last]
    size = min(parameters.get("maxResults", MOST_ON_A_PAGE), MOST_ON_A_PAGE)
    item = shape.members[kind.members].member  # type: ignore[attr-defined] # a list in a structure
    answer: Json = {kind.members: [_shaped(one.document, item) for one in entries[:size]]}
    if len(entries) > size:
        answer["nextToken"] = base64.urlsafe_b64encode(entries[size - 1].name.encode()).decode()
    return answer


def _name_in(token: str) -> str:
    """The last name of the page before; it opens nothing."""
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise RequestInvalid("nextToken is none", fields=(("nextToken", "is none"),)) from error


def _shaped(document: Mapping[str, Any], shape: Shape) -> Json:
    members = shape.members  # type: ignore[attr-defined] # of a structure
    return {name: document[name] for name in members if name in document}
