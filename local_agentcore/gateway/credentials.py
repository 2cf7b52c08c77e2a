"""The token for a target: made by the vault for this caller and this target. The caller's own goes no further (X10).

The vault's workload token stands for the gateway and the very token that the caller came with, so everything that is
kept under it ends with that token: a narrower token, another client or another sign-in of the same person never meets
what was fetched for a wider one (X11). Who asks at the same time shares one question (X12).
"""

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from identity.errors import ConsentFailed, ConsentRequired, SignInExpired, TokenUnavailable, VaultUnreachable
from identity.single_flight import SingleFlight
from identity.token_source import Flow, TokenRequest, TokenSource, VaultClient
from identity.tokens import Principal
from local_agentcore.errors import WorkloadTokenUnavailable
from local_agentcore.gateway.errors import CredentialUnavailable, VaultUnavailable
from local_agentcore.gateway.inbound import Caller
from local_agentcore.gateway.settings import CredentialSettings

logger = logging.getLogger(__name__)
FAILURE_KEPT_S = 5.0
MOST_FAILURES = 4096
OWN_TOKEN_KEPT_S = 300.0  # the vault's own live for 15 minutes


class WorkloadTokenSource(Protocol):
    """Gives the workload token of the gateway for a caller: `local_agentcore.front.workload_tokens`."""

    async def token(self, workload: str, bearer: str) -> str: ...


class OwnTokenClient(VaultClient, Protocol):
    """boto3's `bedrock-agentcore` client."""

    def get_workload_access_token(self, *, workloadName: str) -> dict[str, str]: ...  # noqa: N803 - boto3's names


class OwnWorkloadToken:
    """The workload token of the gateway itself, without any user.

    Args:
        client: Of the vault.
        workload: The gateway's.
        clock: Monotonic seconds.
    """

    def __init__(self, client: OwnTokenClient, workload: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._workload = workload
        self._clock = clock
        self._kept: tuple[str, float] | None = None
        self._flights: SingleFlight[str] = SingleFlight()

    async def token(self) -> str:
        """The token.

        Raises:
            VaultUnavailable: The vault refused or cannot be reached.
        """
        if self._kept is not None and self._clock() < self._kept[1]:
            return self._kept[0]
        return await self._flights.do("own", self._fetch)

    def forget(self) -> None:
        """The vault does not know it any more."""
        self._kept = None

    async def _fetch(self) -> str:
        try:
            answer = await asyncio.to_thread(self._client.get_workload_access_token, workloadName=self._workload)
        except (ClientError, BotoCoreError) as error:
            logger.error("workload=<%s>, reason=<%s> | no token of our own", self._workload, type(error).__name__)  # noqa: TRY400 - no stack: botocore's text may quote the answer
            raise VaultUnavailable from error
        self._kept = (answer["workloadAccessToken"], self._clock() + OWN_TOKEN_KEPT_S)
        return self._kept[0]


class OutboundCredentials:
    """Tokens for targets.

    Args:
        workload: The gateway's workload identity.
        for_callers: Workload tokens of the gateway for a caller.
        own: The gateway's own.
        tokens: The vault.
        custom_state: Ties a consent to the caller; the page where it lands checks that (V27).
        clock: Epoch seconds.
    """

    def __init__(
        self,
        workload: str,
        for_callers: WorkloadTokenSource,
        own: OwnWorkloadToken,
        tokens: TokenSource,
        *,
        custom_state: Callable[[Principal], str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._workload = workload
        self._for_callers = for_callers
        self._own = own
        self._tokens = tokens
        self._custom_state = custom_state
        self._clock = clock
        self._failed: OrderedDict[Hashable, tuple[type[CredentialUnavailable], float]] = OrderedDict()

    async def for_call(
        self,
        caller: Caller,
        credential: CredentialSettings,
        scopes: tuple[str, ...],
        *,
        force: bool = False,
        session_uri: str | None = None,
    ) -> str:
        """A token for one call.

        Args:
            caller: For whom.
            credential: Of the target.
            scopes: What the call needs.
            force: The target has just refused the token from before.
            session_uri: A consent that was begun before, and is not to be begun again.

        Raises:
            SignInExpired: The caller's own token has ended while the request was under way (R07).
            ConsentRequired: The person has to agree at the target's issuer first.
            ConsentFailed: They did not, in the session that was given.
            CredentialUnavailable: There is none now; what was kept is not used beyond its time (X13).
        """
        if caller.principal.expires_at <= self._clock():
            raise SignInExpired(credential.provider, "the caller's token has ended")
        request = _request(credential, scopes, credential.flow)
        subject = "" if credential.flow == "M2M" else hashlib.sha256(caller.token.encode()).hexdigest()
        return await self._get((subject, request), caller, request, force=force, session_uri=session_uri)

    async def for_listing(self, credential: CredentialSettings, *, force: bool = False) -> str:
        """A token of the gateway itself, to see what a target offers.

        Raises:
            CredentialUnavailable: There is none now.
        """
        request = _request(credential, credential.scopes, "M2M")
        return await self._get(("", request), None, request, force=force)

    async def _get(
        self,
        key: Hashable,
        caller: Caller | None,
        request: TokenRequest,
        *,
        force: bool,
        session_uri: str | None = None,
    ) -> str:
        self._refuse_if_it_just_failed(key)
        try:
            return await self._ask(caller, request, force=force, session_uri=session_uri)
        except SignInExpired as error:
            if request.flow != "M2M":
                raise
            raise self._remember(key, request, VaultUnavailable, error.reason) from error
        except (ConsentRequired, ConsentFailed):
            raise
        except (VaultUnreachable, WorkloadTokenUnavailable) as error:
            raise self._remember(key, request, VaultUnavailable, error.reason) from error
        except TokenUnavailable as error:
            raise self._remember(key, request, CredentialUnavailable, error.reason) from error

    async def _ask(self, caller: Caller | None, request: TokenRequest, *, force: bool, session_uri: str | None) -> str:
        if caller is not None and request.flow != "M2M":
            workload_token = await self._for_callers.token(self._workload, caller.token)
            state = self._state_for(caller) if request.flow == "USER_FEDERATION" else None
            return await self._tokens.access_token(
                workload_token, request, force=force, custom_state=state, session_uri=session_uri
            )
        try:
            return await self._tokens.access_token(await self._own.token(), request, force=force)
        except SignInExpired:
            # Nobody signs in here: the vault has forgotten the gateway's own token.
            self._own.forget()
            return await self._tokens.access_token(await self._own.token(), request, force=force)

    def _state_for(self, caller: Caller) -> str | None:
        return None if self._custom_state is None else self._custom_state(caller.principal)

    def _refuse_if_it_just_failed(self, key: Hashable) -> None:
        found = self._failed.get(key) if self._failed else None
        if found is not None and self._clock() < found[1]:
            raise found[0]

    def _remember(
        self, key: Hashable, request: TokenRequest, refusal: type[CredentialUnavailable], reason: str
    ) -> CredentialUnavailable:
        logger.warning("provider=<%s>, reason=<%s> | no token for the target", request.provider, reason)
        self._failed[key] = (refusal, self._clock() + FAILURE_KEPT_S)
        self._failed.move_to_end(key)
        while len(self._failed) > MOST_FAILURES:
            self._failed.popitem(last=False)
        return refusal()


def _request(credential: CredentialSettings, scopes: tuple[str, ...], flow: Flow) -> TokenRequest:
    return TokenRequest(
        provider=credential.provider,
        scopes=scopes,
        flow=flow,
        audiences=credential.audiences,
        return_url=credential.return_url if flow == "USER_FEDERATION" else None,
    )
