"""Sign-in on another device (RFC 8628): a code is shown here, typed on a page there, and the tokens come here."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.terminal.discovery import AuthorizationServer
from agent.terminal.errors import SignInRefused
from agent.terminal.plain_text import one_line
from agent.terminal.sign_in import TokenSet, checked_username, post_form, token_response, token_set

SLOWER_BY_S = 5  # RFC 8628 §3.5
LONGEST_WAIT_S = 1800


class DeviceAuthorization(BaseModel):
    """What the server answers (RFC 8628 §3.2)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    device_code: str = Field(repr=False)
    user_code: str
    verification_uri: str
    expires_in: int = Field(gt=0)
    interval: int = Field(default=5, gt=0)


@dataclass(frozen=True)
class Waiting:
    """How to wait; tests pass their own.

    Attributes:
        clock: Monotonic seconds.
        sleep: Waits seconds.
    """

    clock: Callable[[], float] = field(default_factory=lambda: time.monotonic)
    sleep: Callable[[float], None] = field(default_factory=lambda: time.sleep)


def device_sign_in(
    http: httpx.Client,
    server: AuthorizationServer,
    request: dict[str, str],
    show: Callable[[DeviceAuthorization], None],
    waiting: Waiting,
) -> TokenSet:
    """Begins, shows the code, and polls until somebody decided.

    Args:
        http: HTTP client.
        server: Checked metadata.
        request: client_id, scope and audience.
        show: Tells the person code and page.
        waiting: How to wait.

    Raises:
        SignInRefused: The server has no device codes, somebody refused, or nobody decided in time.
    """
    if server.device_authorization_endpoint is None:
        raise SignInRefused(f"{server.issuer} has no device codes; use coach login --browser")
    answer = post_form(http, server.device_authorization_endpoint, request)
    try:
        begun = DeviceAuthorization.model_validate_json(answer.content)
    except ValidationError as error:
        raise SignInRefused(f"{server.issuer} did not begin the sign-in") from error
    show(begun)
    return _polled(http, server, request["client_id"], begun, waiting)


def _polled(
    http: httpx.Client, server: AuthorizationServer, client_id: str, begun: DeviceAuthorization, waiting: Waiting
) -> TokenSet:
    deadline, interval = waiting.clock() + min(begun.expires_in, LONGEST_WAIT_S), begun.interval
    while waiting.clock() < deadline:
        waiting.sleep(interval)
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "client_id": client_id}
        answer = post_form(http, server.token_endpoint, {**form, "device_code": begun.device_code})
        match _error(answer):
            case None:
                document = token_response(answer)
                username = checked_username(http, server, client_id, document.get("id_token"), None)
                return token_set(document, username=username)
            case "authorization_pending":
                continue
            case "slow_down":
                interval += SLOWER_BY_S
            case "access_denied":
                raise SignInRefused("somebody refused the sign-in on the other device")
            case "expired_token":
                break
            case other:
                raise SignInRefused(f"the sign-in was refused: {one_line(other, 60)}")
    raise SignInRefused("nobody decided on the other device in time; start again")


def _error(answer: httpx.Response) -> str | None:
    """The OAuth error of a token response that is not a success."""
    if answer.is_success:
        return None
    try:
        document = answer.json()
    except ValueError:
        document = None
    return str(document.get("error")) if isinstance(document, dict) else "no reason given"
