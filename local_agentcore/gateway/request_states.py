"""`requestState` of a question that the gateway puts (MCP 2026-07-28): held by the client, read by the gateway alone.

Sealed, and good for one thing: this caller's same call with the same arguments, within ten minutes. It gives no
authority: a caller who comes back is checked like any other. Single use is the business of `open_consents`.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from mcp.server.request_state import AESGCMRequestStateCodec, InvalidRequestState

from identity.length_prefixed import digest
from local_agentcore.gateway.errors import RequestStateRefused

# Targets have states of their own, which pass through the gateway: ours are told from theirs by this.
PREFIX = "gateway."
KEY_BYTES = 32


class RequestStates:
    """Seals and opens with a key of this process, which open questions do not outlive.

    Args:
        clock: Epoch seconds.
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._codec = AESGCMRequestStateCodec([secrets.token_bytes(KEY_BYTES)])

    def seal(self, question: str, owner: str, call: str, *, lifetime_s: float) -> str:
        """The state that goes with a question.

        Args:
            question: Its id.
            owner: The caller.
            call: `call_digest` of the call that is to be repeated.
            lifetime_s: For an answer.
        """
        claims = {"question": question, "owner": owner, "call": call, "exp": self._clock() + lifetime_s}
        return PREFIX + self._codec.seal(json.dumps(claims).encode())

    def opened(self, state: str, owner: str, call: str) -> str:
        """The id of the question that a state was sealed for.

        Raises:
            RequestStateRefused: Not sealed here, too old, or for another caller or call.
        """
        try:
            claims = json.loads(self._codec.unseal(state.removeprefix(PREFIX)))
        except InvalidRequestState as error:
            raise RequestStateRefused(str(error)) from error
        for name, expected in (("owner", owner), ("call", call)):
            if claims[name] != expected:
                raise RequestStateRefused(f"another {name}")
        if not self._clock() < claims["exp"]:
            raise RequestStateRefused("expired")
        return str(claims["question"])


def is_ours(state: str) -> bool:
    """Whether a `requestState` is one of the gateway's, or says so."""
    return state.startswith(PREFIX)


def call_digest(method: str, name: str, arguments: Mapping[str, Any]) -> str:
    """What one call is known by: method, tool and arguments, whatever the order of their members."""
    return digest(method, name, json.dumps(arguments, sort_keys=True, separators=(",", ":")))
