"""What a caller reads when a target gave no usable answer: which target, and what may help. Never the target's words.

With `exceptionLevel: DEBUG` the reason is added; it is ours, too, and quotes no answer.
"""

from typing import Any, Literal

from local_agentcore.gateway.answers import octets
from local_agentcore.gateway.errors import (
    INTERNAL_ERROR,
    OperationRefused,
    TargetBroken,
    TargetFailure,
    TargetPaused,
    TargetRefused,
    TargetSilent,
    TargetUnreachable,
)
from local_agentcore.gateway.rpc import RpcMessage

Kind = Literal[
    "unauthorized",
    "forbidden",
    "rate_limited",
    "consent_required",
    "not_found",
    "invalid_arguments",
    "upstream_unavailable",
]
_BY_STATUS: dict[int, tuple[Kind, str]] = {
    401: (
        "unauthorized",
        "{target} did not accept the access that was obtained for this call. Signing in again may help.",
    ),
    403: ("forbidden", "{target} does not allow this."),
    429: ("rate_limited", "{target} asks for a pause. Try again in a minute."),
}
_BY_STATUS_OF_OPERATION: dict[int, tuple[Kind, str]] = {
    400: ("invalid_arguments", "{target} did not accept these arguments."),
    404: ("not_found", "{target} has no such object. Search for it first; ids are never guessed."),
    409: ("invalid_arguments", "{target} did not accept these arguments: they contradict what is there."),
    413: ("invalid_arguments", "{target} did not accept these arguments: they are too long."),
    422: ("invalid_arguments", "{target} did not accept these arguments."),
}
_BY_KIND: dict[type[TargetFailure], str] = {
    TargetSilent: "{target} did not answer in time. Whether this was done is unknown: look before trying again.",
    TargetPaused: "{target} has failed several times just now. Try again in some seconds.",
    TargetBroken: "{target} gave an answer that could not be used.",
}


def failure_message(failure: TargetFailure, target: str, message: RpcMessage, *, reads: bool, debug: bool) -> bytes:
    """The answer for a failed request: a tool's error result, or a JSON-RPC error for what is no tool.

    Args:
        failure: What happened.
        target: Its name.
        message: The request.
        reads: Doing it twice does nothing twice.
        debug: Add the reason.
    """
    kind, text = _words(failure, reads=reads)
    text = text.format(target=f"The target {target}")
    if debug:
        text = f"{text} ({type(failure).__name__}: {failure})"
    if message.method != "tools/call":
        error = {"code": INTERNAL_ERROR, "message": text}
        return octets({"jsonrpc": "2.0", "id": message.id, "error": error})
    return tool_error(message, kind, text)


def consent_message(target: str, message: RpcMessage) -> bytes:
    """The answer where the person has to agree at another party first. The page for that is not in it."""
    text = f"The target {target} needs the person's consent first."
    if message.method == "tools/call":
        return tool_error(message, "consent_required", text)
    error = {"code": INTERNAL_ERROR, "message": text}
    return octets({"jsonrpc": "2.0", "id": message.id, "error": error})


def tool_error(message: RpcMessage, kind: Kind, text: str) -> bytes:
    """An error result, of the shape that the teams' own servers give theirs."""
    said = octets({"error": {"kind": kind, "message": text}}).decode()
    # Not as structured content: that would have to fit the output schema of the tool.
    result: dict[str, Any] = {"content": [{"type": "text", "text": said}], "isError": True}
    if message.era == "modern":
        result["resultType"] = "complete"
    return octets({"jsonrpc": "2.0", "id": message.id, "result": result})


def _words(failure: TargetFailure, *, reads: bool) -> tuple[Kind, str]:
    if isinstance(failure, OperationRefused) and failure.status in _BY_STATUS_OF_OPERATION:
        return _BY_STATUS_OF_OPERATION[failure.status]
    if isinstance(failure, TargetRefused) and failure.status in _BY_STATUS:
        return _BY_STATUS[failure.status]
    if isinstance(failure, TargetUnreachable) and failure.sent and not reads:
        text = "The connection to {target} broke off. Whether this was done is unknown: look before trying again."
        return "upstream_unavailable", text
    text = _BY_KIND.get(type(failure), "{target} is unavailable at the moment. Try again shortly.")
    return "upstream_unavailable", text
