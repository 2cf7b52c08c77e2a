"""How one target wants to be spoken to: the protocol version it has, and the messages of that version.

Targets are asked for the newest version first (`server/discover`), else they are shaken hands with. What a caller
speaks has no part in it: results are translated on the way back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp.shared.inbound import NAME_BEARING_METHODS, encode_header_value
from mcp_types import CLIENT_CAPABILITIES_META_KEY, CLIENT_INFO_META_KEY, PROTOCOL_VERSION_META_KEY
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, LATEST_HANDSHAKE_VERSION, LATEST_MODERN_VERSION

from identity.hop_trace import outgoing_headers
from local_agentcore.gateway.answers import octets
from local_agentcore.gateway.rpc import Era, RequestId

ENVELOPE = frozenset({PROTOCOL_VERSION_META_KEY, CLIENT_CAPABILITIES_META_KEY, CLIENT_INFO_META_KEY})
# How a caller of the gateway steers the gateway itself; no target is told.
OWN_META_PREFIX = "aws.bedrock-agentcore."
CLIENT_INFO = {"name": "gateway", "version": "1"}
_FIXED_HEADERS = {
    "Accept": "application/json, text/event-stream",
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
}


@dataclass(frozen=True, slots=True)
class TargetProtocol:
    """What was negotiated with a target.

    Attributes:
        session: Of a target that keeps some; it belongs to the credential it was opened with.
        capabilities: What the target says it has.
    """

    era: Era
    version: str
    session: str | None = None
    capabilities: Mapping[str, Any] = field(default_factory=dict)

    def body(self, request_id: RequestId | None, method: str, params: Mapping[str, Any]) -> bytes:
        """A message for the target.

        Args:
            request_id: None for a notification.
            method: Of MCP.
            params: Without the envelope of this version, which is added; a caller's own envelope is taken over as far
                as it says what the caller can do.
        """
        sent = dict(params)
        meta = self._meta(sent.pop("_meta", None))
        if meta:
            sent["_meta"] = meta
        message = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": sent}
        if request_id is None:
            del message["id"]
        return octets(message)

    def headers(self, method: str, params: Mapping[str, Any], token: str | None) -> dict[str, str]:
        """The header lines of a message: all that the target learns besides its body."""
        headers = {**_FIXED_HEADERS, "MCP-Protocol-Version": self.version, **outgoing_headers()}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if self.session is not None:
            headers["Mcp-Session-Id"] = self.session
        if self.era == "modern":
            headers["Mcp-Method"] = method
            key = NAME_BEARING_METHODS.get(method)
            if key is not None:
                headers["Mcp-Name"] = encode_header_value(str(params[key]))
        return headers

    def _meta(self, given: object) -> dict[str, Any]:
        meta = given if isinstance(given, dict) else {}
        kept = {name: value for name, value in meta.items() if not name.startswith(OWN_META_PREFIX)}
        if self.era == "handshake":
            return {name: value for name, value in kept.items() if name not in ENVELOPE}
        return {
            CLIENT_INFO_META_KEY: CLIENT_INFO,
            CLIENT_CAPABILITIES_META_KEY: {},
            **kept,
            PROTOCOL_VERSION_META_KEY: self.version,
        }


MODERN = TargetProtocol("modern", LATEST_MODERN_VERSION)
HANDSHAKE = TargetProtocol("handshake", LATEST_HANDSHAKE_VERSION)


def discovered(document: Mapping[str, Any]) -> TargetProtocol | None:
    """The protocol of a target that answered `server/discover`; None if it has to be shaken hands with."""
    result = document.get("result")
    if not isinstance(result, dict):
        return None
    versions, capabilities = result.get("supportedVersions"), result.get("capabilities")
    if not isinstance(versions, list) or LATEST_MODERN_VERSION not in versions:
        return None
    return TargetProtocol("modern", LATEST_MODERN_VERSION, None, _mapping(capabilities))


def handshake_params() -> dict[str, Any]:
    """What `initialize` is sent with. No capabilities: nobody is there to answer what a target asks back."""
    return {"protocolVersion": LATEST_HANDSHAKE_VERSION, "capabilities": {}, "clientInfo": CLIENT_INFO}


def shaken(document: Mapping[str, Any], session: str | None) -> TargetProtocol | None:
    """The protocol of a target that answered `initialize`; None if there is no common version."""
    result = document.get("result")
    if not isinstance(result, dict) or result.get("protocolVersion") not in HANDSHAKE_PROTOCOL_VERSIONS:
        return None
    return TargetProtocol("handshake", result["protocolVersion"], session, _mapping(result.get("capabilities")))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
