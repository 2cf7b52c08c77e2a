"""The runtime's `POST /invocations`, whose answer is a stream of server-sent events."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
from pydantic import ValidationError

from agent.terminal.errors import NotSignedIn, RuntimeRefused, StackGone
from agent.terminal.events import Event, read_event

SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
ANSWER_LIMIT_S = 300.0
CONNECT_LIMIT_S = 5.0


def new_turn_id() -> str:
    """The id of a turn: its trace id (W3C Trace Context §3.2.2.3), 32 hexadecimal digits."""
    return secrets.token_hex(16)


class RuntimeClient:
    """The coach behind the runtime front, for one session.

    Args:
        http: HTTP client.
        url: Invocation URL.
        token: Gives the bearer token; called with True after a 401.
        session_id: Runtime session, a uuid4.
    """

    def __init__(self, http: httpx.Client, url: str, token: Callable[[bool], str], session_id: str) -> None:
        self._http = http
        self._url = url
        self._token = token
        self._session_id = session_id

    def events(self, payload: Mapping[str, Any], turn_id: str) -> Iterator[Event]:
        """Sends one payload and yields the events of the answer; closing the iterator cancels the turn.

        Raises:
            StackGone: Nobody listens.
            NotSignedIn: A renewed token was refused as well.
            RuntimeRefused: Another HTTP error, or an answer that is no event stream of the contract.
        """
        for renew in (False, True):
            with self._answer(payload, turn_id, self._token(renew)) as answer:
                if answer.status_code == httpx.codes.UNAUTHORIZED:
                    continue
                if answer.status_code != httpx.codes.OK:
                    raise RuntimeRefused(f"the coach answered with HTTP status {answer.status_code}")
                yield from _events(answer)
                return
        raise NotSignedIn("the coach does not accept this sign-in; sign in again with: coach login")

    @contextmanager
    def _answer(self, payload: Mapping[str, Any], turn_id: str, token: str) -> Iterator[httpx.Response]:
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "text/event-stream",
            SESSION_HEADER: self._session_id,
            # The root of the turn's trace: this process records no span of its own.
            "traceparent": f"00-{turn_id}-{secrets.token_hex(8)}-01",
        }
        timeout = httpx.Timeout(CONNECT_LIMIT_S, read=ANSWER_LIMIT_S)
        try:
            with self._http.stream("POST", self._url, json=payload, headers=headers, timeout=timeout) as answer:
                yield answer
        except httpx.ConnectError as error:
            raise StackGone("the coach does not answer") from error
        except httpx.HTTPError as error:
            raise RuntimeRefused("the answer broke off") from error


def _events(answer: httpx.Response) -> Iterator[Event]:
    """WHATWG HTML §9.2.6: the `data` lines of one event are joined by newlines; a blank line ends the event."""
    if not answer.headers.get("content-type", "").startswith("text/event-stream"):
        raise RuntimeRefused("the coach did not answer with an event stream")
    data: list[str] = []
    for line in answer.iter_lines():
        if line.startswith("data:"):
            data.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and data:
            yield _event("\n".join(data))
            data.clear()


def _event(data: str) -> Event:
    try:
        return read_event(data)
    except ValidationError as error:
        raise RuntimeRefused("the coach sent an event that this version does not know") from error
