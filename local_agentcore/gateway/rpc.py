"""The one reading of a message on which everything that follows rests: policy, routing, and what the target gets.

Two protocol eras share one endpoint. Up to 2025-11-25 a client shakes hands (`initialize`) and later requests name
the negotiated version in a header, or none. From 2026-07-28 every request stands for itself: the envelope in
`params._meta` and the Mcp-* headers must agree with the body.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from mcp.shared.inbound import (
    NAME_BEARING_METHODS,
    InboundLadderRejection,
    classify_inbound_request,
    decode_header_value,
)
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

from identity.errors import AmbiguousJson
from identity.strict_json import loads
from local_agentcore.gateway.errors import (
    HEADER_MISMATCH,
    UNSUPPORTED_VERSION,
    HeaderMismatch,
    InvalidParams,
    MalformedRequest,
    VersionUnsupported,
)
from local_agentcore.gateway.headers import RequestHeaders

Era = Literal["handshake", "modern"]
RequestId = str | int
MOST_DEPTH = 64
LONGEST_ID = 256


@dataclass(frozen=True, slots=True)
class Versions:
    """The protocol versions that a gateway speaks.

    Attributes:
        supported: In the order of its configuration.
    """

    supported: tuple[str, ...]

    @property
    def handshake(self) -> tuple[str, ...]:
        return tuple(version for version in self.supported if version in HANDSHAKE_PROTOCOL_VERSIONS)

    @property
    def modern(self) -> tuple[str, ...]:
        return tuple(version for version in self.supported if version in MODERN_PROTOCOL_VERSIONS)


@dataclass(frozen=True, slots=True)
class RpcMessage:
    """A request, or a notification, which has no id.

    Attributes:
        params: As sent; empty if there were none.
    """

    era: Era
    id: RequestId | None
    method: str
    params: dict[str, Any] = field(repr=False)

    @property
    def meta(self) -> dict[str, Any]:
        meta = self.params.get("_meta")
        return meta if isinstance(meta, dict) else {}

    def text(self, name: str) -> str:
        """A parameter that must be there as a text.

        Raises:
            InvalidParams: It is not.
        """
        value = self.params.get(name)
        if not isinstance(value, str):
            raise InvalidParams(name)
        return value


def read_message(body: bytes, headers: RequestHeaders, versions: Versions) -> RpcMessage:
    """What a body says.

    Raises:
        MalformedRequest: Not exactly one JSON-RPC request or notification with exactly one meaning.
        HeaderMismatch: A protocol header says something else than the body, or is missing where it must not be.
        VersionUnsupported: Another protocol version.
        InvalidParams: The envelope of a version without handshake is incomplete.
    """
    document = _document(body)
    if headers.repeated:
        raise HeaderMismatch
    version = headers.get("mcp-protocol-version")
    era: Era = "handshake" if version is None or version in HANDSHAKE_PROTOCOL_VERSIONS else "modern"
    message = RpcMessage(era, document.get("id"), document["method"], document.get("params", {}))
    if era == "modern":
        _check_envelope(document, headers, versions)
    else:
        _check_handshake(message, version, headers, versions)
    return message


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = loads(body)
    except AmbiguousJson as error:
        raise MalformedRequest from error
    if not isinstance(document, dict) or document.get("jsonrpc") != "2.0":
        raise MalformedRequest
    if not isinstance(document.get("method"), str) or not isinstance(document.get("params", {}), dict):
        raise MalformedRequest
    if "id" in document and not _is_id(document["id"]):
        raise MalformedRequest
    if body.count(b"[") + body.count(b"{") > MOST_DEPTH and depth(document) > MOST_DEPTH:
        raise MalformedRequest
    return document


def _is_id(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_ID
    return isinstance(value, int) and not isinstance(value, bool)


def depth(document: object) -> int:
    """How deep objects and lists are nested in it."""
    level, found = [document], 0
    while level:
        found += 1
        inner: list[object] = []
        for value in level:
            if isinstance(value, dict):
                inner.extend(value.values())
            elif isinstance(value, list):
                inner.extend(value)
        level = inner
    return found


def _check_handshake(message: RpcMessage, version: str | None, headers: RequestHeaders, versions: Versions) -> None:
    # `initialize` negotiates: a version that is asked for there is not refused.
    if version is not None and version not in versions.supported and message.method != "initialize":
        raise VersionUnsupported(version, versions.supported)
    if headers.get("mcp-method", message.method) != message.method:
        raise HeaderMismatch
    key = NAME_BEARING_METHODS.get(message.method)
    name = headers.get("mcp-name")
    if key is not None and name is not None and decode_header_value(name) != message.params.get(key):
        raise HeaderMismatch


def _check_envelope(document: dict[str, Any], headers: RequestHeaders, versions: Versions) -> None:
    requested = headers.get("mcp-protocol-version", "")
    if "id" not in document:
        # Of a notification the protocol fixes the version header alone.
        if requested not in versions.modern:
            raise VersionUnsupported(requested, versions.supported)
        return
    verdict = classify_inbound_request(document, headers=headers, supported_modern_versions=versions.modern)
    if not isinstance(verdict, InboundLadderRejection):
        return
    if verdict.code == UNSUPPORTED_VERSION:
        raise VersionUnsupported(requested, versions.supported)
    if verdict.code == HEADER_MISMATCH:
        raise HeaderMismatch
    raise InvalidParams("_meta")
