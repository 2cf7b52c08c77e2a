"""A page for the person, in the words of each protocol version (MCP, elicitation in URL mode). Forms are never sent."""

from collections.abc import Mapping

from mcp_types import CLIENT_CAPABILITIES_META_KEY, URL_ELICITATION_REQUIRED

from local_agentcore.gateway.answers import octets
from local_agentcore.gateway.errors import InvalidParams
from local_agentcore.gateway.rpc import RpcMessage

#: Under which name the question is put, and answered.
KEY = "consent"
_ANSWERS = {"accept": True, "decline": False, "cancel": False}


def shows_pages(capabilities: object) -> bool:
    """Whether a client that declares these capabilities brings a person to a page."""
    elicitation = capabilities.get("elicitation") if isinstance(capabilities, Mapping) else None
    return isinstance(elicitation, Mapping) and isinstance(elicitation.get("url"), Mapping)


def declared(message: RpcMessage) -> object:
    """The capabilities that a request itself declares."""
    return message.meta.get(CLIENT_CAPABILITIES_META_KEY)


def page_error(message: RpcMessage, *, url: str, text: str, name: str) -> bytes:
    """The error of versions up to 2025-11-25, after which the client repeats the call.

    Args:
        message: The call.
        url: The page.
        text: For the person.
        name: Of this question, which the client takes as it is.
    """
    page = {"mode": "url", "url": url, "elicitationId": name, "message": text}
    error = {
        "code": URL_ELICITATION_REQUIRED,
        "message": "A page has to be seen first",
        "data": {"elicitations": [page]},
    }
    return octets({"jsonrpc": "2.0", "id": message.id, "error": error})


def page_question(message: RpcMessage, *, url: str, text: str, state: str) -> bytes:
    """The result of 2026-07-28, after which the client repeats the call with an answer.

    Args:
        message: The call.
        url: The page.
        text: For the person.
        state: Comes back with the answer.
    """
    asked = {"method": "elicitation/create", "params": {"mode": "url", "url": url, "message": text}}
    result = {"resultType": "input_required", "inputRequests": {KEY: asked}, "requestState": state}
    return octets({"jsonrpc": "2.0", "id": message.id, "result": result})


def agreed(message: RpcMessage) -> bool:
    """Whether the client says that the person went to the page.

    Raises:
        InvalidParams: It says nothing of the kind.
    """
    answers = message.params.get("inputResponses")
    answer = answers.get(KEY) if isinstance(answers, Mapping) else None
    action = answer.get("action") if isinstance(answer, Mapping) else None
    if not isinstance(action, str) or action not in _ANSWERS:
        raise InvalidParams("inputResponses")
    return _ANSWERS[action]
