"""A `TokenPoller` for the decorators of bedrock_agentcore that stops when the consent has failed.

The SDK's own poller asks every 5 s for 600 s and reads nothing but `accessToken`, so a person who refused keeps the
agent waiting for ten minutes. This one reads `sessionStatus` as well. One is made for each decorated function:

    poller = SessionPoller(client, request, show=print, return_url=return_url)

    @requires_access_token(provider_name=request.provider, scopes=list(request.scopes), auth_flow="USER_FEDERATION",
                           callback_url=return_url, on_auth_url=poller.begin, token_poller=poller)
    async def share(*, access_token: str) -> None: ...

Agent and servers of this repository do not wait for consent at all: they raise `ConsentRequired`. This is for
workloads that are written against the SDK. The SDK is imported here and at the agent's entry point alone.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bedrock_agentcore.runtime import BedrockAgentCoreContext
from bedrock_agentcore.services.identity import TokenPoller

from identity.errors import ConsentFailed, ConsentTimedOut, SignInExpired
from identity.token_source import TokenRequest, VaultClient


class SessionPoller(TokenPoller):
    """Waits for the consent of the call that it is used in; calls of several people may wait at the same time.

    Args:
        client: boto3's `bedrock-agentcore` client.
        request: What the decorator asks for: its provider, scopes, audiences and resources.
        show: Brings the authorization URL to the person. Never to a model.
        return_url: The decorator's `callback_url`.
        custom_state: The decorator's `custom_state`.
        interval_s: Seconds between two questions.
        timeout_s: Seconds until it gives up.
        sleep: Waits for seconds.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        client: VaultClient,
        request: TokenRequest,
        *,
        show: Callable[[str], object],
        return_url: str | None = None,
        custom_state: str | None = None,
        interval_s: float = 5.0,
        timeout_s: float = 600.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._request = request
        self._show = show
        optional = {"resourceOauth2ReturnUrl": return_url, "customState": custom_state}
        self._optional = {name: value for name, value in optional.items() if value is not None}
        self._interval_s = interval_s
        self._timeout_s = timeout_s
        self._sleep = sleep
        self._clock = clock
        # The decorator calls `begin` and `poll_for_token` in one context, and hands the session to neither.
        self._session_uri: ContextVar[str] = ContextVar("session_uri")

    def begin(self, authorization_url: str) -> None:
        """For `on_auth_url`: remembers the session and shows the URL."""
        (session_uri,) = parse_qs(urlsplit(authorization_url).query)["request_uri"]
        self._session_uri.set(session_uri)
        self._show(authorization_url)

    async def poll_for_token(self) -> str:
        """The access token, once the person has consented.

        Raises:
            ConsentFailed: They refused, or the session ended otherwise.
            ConsentTimedOut: Nothing happened for `timeout_s`.
            SignInExpired: There is no workload token.
            botocore.exceptions.ClientError: The vault refused to answer.
        """
        asked = self._parameters()
        give_up_at = self._clock() + self._timeout_s
        while self._clock() < give_up_at:
            await self._sleep(self._interval_s)
            # boto3 blocks; the SDK's poller would hold the event loop of every other call.
            answer = await asyncio.to_thread(self._client.get_resource_oauth2_token, **asked)
            if "accessToken" in answer:
                token: str = answer["accessToken"]
                return token
            # A session that has ended may be answered with a new one: that is another consent, to be shown first.
            if answer.get("sessionStatus") == "FAILED" or answer.get("sessionUri") != asked["sessionUri"]:
                raise ConsentFailed(self._request.provider)
        raise ConsentTimedOut(self._request.provider, self._timeout_s)

    def _parameters(self) -> dict[str, Any]:
        workload_token = BedrockAgentCoreContext.get_workload_access_token()
        if workload_token is None:
            raise SignInExpired(self._request.provider, "no workload access token")
        targets = {"audiences": list(self._request.audiences), "resources": list(self._request.resources)}
        return {
            "workloadIdentityToken": workload_token,
            "resourceCredentialProviderName": self._request.provider,
            "scopes": list(self._request.scopes),
            "oauth2Flow": "USER_FEDERATION",
            "sessionUri": self._session_uri.get(),
            **self._optional,
            **{name: values for name, values in targets.items() if values},
        }
