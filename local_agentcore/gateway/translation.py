"""A target's answer in the caller's protocol version, with the caller's id, and without what is not for the caller."""

import secrets
from collections.abc import Mapping
from typing import Any

from mcp.shared.inbound import ERROR_CODE_HTTP_STATUS
from mcp_types import SERVER_INFO_META_KEY, URL_ELICITATION_REQUIRED

from local_agentcore.gateway.answers import octets
from local_agentcore.gateway.connections import TargetMessage
from local_agentcore.gateway.errors import INTERNAL_ERROR, INVALID_PARAMS, METHOD_NOT_FOUND, TargetBroken
from local_agentcore.gateway.rpc import RpcMessage

_GENERIC = {
    INVALID_PARAMS: "The target did not accept the parameters",
    METHOD_NOT_FOUND: "The target does not have this",
}
# What only 2026-07-28 has in a result.
_MODERN_MEMBERS = ("resultType", "ttlMs", "cacheScope")


def translated(given: TargetMessage, request: RpcMessage, *, debug: bool) -> tuple[int, bytes]:
    """HTTP status and text of the answer to a caller.

    Raises:
        TargetBroken: It is no answer, or needs something that the caller's version does not have.
    """
    document = given.document
    if "error" in document:
        return _error(document["error"], request, debug=debug)
    result = document.get("result")
    if not isinstance(result, dict):
        raise TargetBroken("an answer without result")
    if request.era == "modern" and "resultType" in result and document.get("id") == request.id:
        return 200, given.octets
    if request.era == "modern":
        return 200, octets({"jsonrpc": "2.0", "id": request.id, "result": {"resultType": "complete", **result}})
    if result.get("resultType") == "input_required":
        return 200, _asked_back(result, request)
    return 200, octets({"jsonrpc": "2.0", "id": request.id, "result": _older(result)})


def _older(result: Mapping[str, Any]) -> dict[str, Any]:
    older = {name: value for name, value in result.items() if name not in _MODERN_MEMBERS}
    meta = older.get("_meta")
    if isinstance(meta, dict) and SERVER_INFO_META_KEY in meta:
        kept = {name: value for name, value in meta.items() if name != SERVER_INFO_META_KEY}
        if kept:
            older["_meta"] = kept
        else:
            del older["_meta"]
    return older


def _asked_back(result: Mapping[str, Any], request: RpcMessage) -> bytes:
    """A question to the person, for callers that know it only as an error: pages to be seen before the next try."""
    asked = result.get("inputRequests")
    pages = [
        # Their version wants a name for each page; the newest has none.
        {"elicitationId": secrets.token_urlsafe(32), **_page(one["params"])}
        for one in (asked.values() if isinstance(asked, dict) else [])
        if isinstance(one, dict) and isinstance(one.get("params"), dict) and one["params"].get("mode") == "url"
    ]
    if not pages or len(pages) != len(asked or {}):
        raise TargetBroken("it asks back for what this protocol version cannot answer")
    error = {
        "code": URL_ELICITATION_REQUIRED,
        "message": "A page has to be seen first",
        "data": {"elicitations": pages},
    }
    return octets({"jsonrpc": "2.0", "id": request.id, "error": error})


def _page(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name in {"mode", "url", "message", "elicitationId"}}


def _error(given: object, request: RpcMessage, *, debug: bool) -> tuple[int, bytes]:
    error = given if isinstance(given, dict) else {}
    code = error.get("code")
    if not isinstance(code, int) or isinstance(code, bool):
        code = INTERNAL_ERROR
    said: dict[str, Any] = {"code": code, "message": _GENERIC.get(code, "The target refused this")}
    if debug:
        said["message"] = str(error.get("message", said["message"]))
    if debug or code == URL_ELICITATION_REQUIRED:
        said |= {"data": error["data"]} if "data" in error else {}
    status = ERROR_CODE_HTTP_STATUS.get(code, 200) if request.era == "modern" else 200
    return status, octets({"jsonrpc": "2.0", "id": request.id, "error": said})
