"""Tokens for the next hop, from the token vault: what agent and servers use to call anybody.

The vault is AgentCore Identity or the local one; a workload access token goes in, an access token for one target
comes out. boto3 blocks, so it runs on a few threads of its own.
"""

import asyncio
import base64
import contextvars
import hashlib
import json
import logging
import math
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Protocol

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from identity.aws_models import model_loader
from identity.errors import ConsentFailed, ConsentRequired, SignInExpired, TokenUnavailable, VaultUnreachable
from identity.hop_trace import trace_boto3
from identity.single_flight import SingleFlight

if TYPE_CHECKING:
    from botocore.client import BaseClient

logger = logging.getLogger(__name__)

Flow = Literal["M2M", "ON_BEHALF_OF_TOKEN_EXCHANGE", "USER_FEDERATION"]
MOST_KEPT = 2048
THREADS = 8
_creating_client = threading.Lock()


@dataclass(frozen=True)
class TokenRequest:
    """What a token is needed for.

    Attributes:
        provider: Credential provider of the vault.
        flow: M2M carries no user; the others act for the user of the workload token.
        audiences: Logical names of the target; resources: its URLs.
        return_url: Where the browser goes once the user has decided about a consent; None: as the source says.
    """

    provider: str
    scopes: tuple[str, ...]
    flow: Flow
    audiences: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    return_url: str | None = None


class TokenSource(Protocol):
    """Where tokens for the next hop come from."""

    async def access_token(
        self,
        workload_token: str,
        request: TokenRequest,
        *,
        force: bool = False,
        custom_state: str | None = None,
        session_uri: str | None = None,
    ) -> str:
        """A token for one target.

        Args:
            workload_token: Of the workload that calls, for the user it acts for.
            request: The target.
            force: Do not use a token from before: the target has just refused it.
            custom_state: Ties a consent that may be needed to its user; for USER_FEDERATION alone. It is new for
                each question, so it is no part of what a token is kept under.
            session_uri: Of a consent that was begun before: none is begun in its place.

        Raises:
            TokenUnavailable: There is none; the subclass says whether to sign in, to consent or to try later.
        """
        ...


class VaultClient(Protocol):
    """The one operation of boto3's `bedrock-agentcore` client that is needed here."""

    def get_resource_oauth2_token(self, **parameters: Any) -> dict[str, Any]:
        """GetResourceOauth2Token."""
        ...


Plane = Literal["bedrock-agentcore", "bedrock-agentcore-control"]


def vault_client(
    *,
    endpoint_url: str | None,
    region: str,
    access_key_id: str | None,
    secret_access_key: str | None,
    plane: Plane = "bedrock-agentcore",
) -> Any:
    """A boto3 client of the vault.

    Args:
        endpoint_url: None for AWS's own.
        region: Of the vault.
        access_key_id: With the secret: then nothing comes from the environment. None for the role that the
            process runs with on AWS.
        secret_access_key: As `access_key_id`.
        plane: Data plane, or control plane for provisioning.
    """
    config = Config(
        connect_timeout=2.0,
        read_timeout=30.0,
        retries={"total_max_attempts": 2, "mode": "standard"},
        proxies={},
        max_pool_connections=2 * THREADS,
    )
    session = _session(silent=access_key_id is not None)
    with _creating_client:  # a botocore session is not safe to share while it makes a client
        client: BaseClient = session.create_client(
            plane,
            region_name=region,
            endpoint_url=endpoint_url,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            config=config,
        )
    trace_boto3(client)
    return client


class VaultTokenSource:
    """Tokens from the vault, kept until shortly before they end and asked for once by callers at the same time.

    Args:
        client: From `vault_client`.
        return_url: Where the browser goes once the user has decided about a consent; the vault knows it.
        skew_s: A token with less life left is not handed out.
        clock: Epoch seconds.
    """

    def __init__(
        self,
        client: VaultClient,
        *,
        return_url: str | None = None,
        skew_s: float = 30.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._return_url = return_url
        self._skew_s = skew_s
        self._clock = clock
        self._kept: OrderedDict[tuple[str, TokenRequest], tuple[str, float]] = OrderedDict()
        self._flights: SingleFlight[str] = SingleFlight()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="token-source")

    async def access_token(
        self,
        workload_token: str,
        request: TokenRequest,
        *,
        force: bool = False,
        custom_state: str | None = None,
        session_uri: str | None = None,
    ) -> str:
        """See `TokenSource.access_token`."""
        key = (hashlib.sha256(workload_token.encode()).hexdigest(), request)
        if force:
            self._kept.pop(key, None)  # it was refused: not to be had again, whatever the vault answers now
        kept = self._kept.get(key)
        if kept is not None and kept[1] - self._clock() > self._skew_s:
            return kept[0]
        parameters = self._parameters(workload_token, request, force=force)
        if request.flow == "USER_FEDERATION":
            parameters |= self._consent_parameters(request, custom_state, session_uri)
        return await self._flights.do((key, force, session_uri), lambda: self._fetch(key, parameters))

    async def _fetch(self, key: tuple[str, TokenRequest], parameters: dict[str, Any]) -> str:
        surroundings = contextvars.copy_context()  # carries the trace into the thread
        token = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: surroundings.run(self._ask, key[1], parameters)
        )
        self._kept[key] = (token, _expires_at(token))
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return token

    def _parameters(self, workload_token: str, request: TokenRequest, *, force: bool) -> dict[str, Any]:
        """The question in AWS's terms; what is not set is left out."""
        federated = request.flow == "USER_FEDERATION"
        return {
            "workloadIdentityToken": workload_token,
            "resourceCredentialProviderName": request.provider,
            "scopes": list(request.scopes),
            "oauth2Flow": request.flow,
            **({"audiences": list(request.audiences)} if request.audiences else {}),
            **({"resources": list(request.resources)} if request.resources else {}),
            # Of a user's consent it would throw away what was consented to.
            **({"forceAuthentication": True} if force and not federated else {}),
        }

    def _consent_parameters(
        self, request: TokenRequest, custom_state: str | None, session_uri: str | None
    ) -> dict[str, str]:
        asked = {
            "resourceOauth2ReturnUrl": request.return_url or self._return_url,
            "customState": custom_state,
            "sessionUri": session_uri,
        }
        return {name: value for name, value in asked.items() if value}

    def _ask(self, request: TokenRequest, parameters: dict[str, Any]) -> str:
        try:
            answer = self._client.get_resource_oauth2_token(**parameters)
        except ClientError as error:
            if "sessionUri" in parameters and error.response["Error"]["Code"] == "ResourceNotFoundException":
                raise ConsentFailed(request.provider) from error
            raise unavailable(request.provider, error) from error
        except BotoCoreError as error:
            raise VaultUnreachable(request.provider, type(error).__name__) from error
        return _token_of(answer, request)


def _token_of(answer: dict[str, Any], request: TokenRequest) -> str:
    if "accessToken" in answer:
        token: str = answer["accessToken"]
        return token
    if "authorizationUrl" in answer:
        raise ConsentRequired(
            answer["authorizationUrl"], answer.get("sessionUri", ""), request.provider, request.scopes
        )
    if answer.get("sessionStatus") == "FAILED":
        raise ConsentFailed(request.provider)
    raise TokenUnavailable(request.provider, "an answer without token and page")


def unavailable(provider: str, error: ClientError) -> TokenUnavailable:
    """The vault's refusal in our own words."""
    code = error.response["Error"]["Code"]
    if code == "UnauthorizedException":
        return SignInExpired(provider, code)
    if code == "ThrottlingException" or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:  # noqa: PLR2004 - RFC 9110 §15.6
        return VaultUnreachable(provider, code)
    return TokenUnavailable(provider, code)


def _expires_at(token: str) -> float:
    """When a token ends, as it says itself; 0 if it does not say. For the cache alone, so no signature is checked."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        expires_at = float(claims["exp"])
    except (IndexError, ValueError, KeyError, TypeError):
        return 0.0
    return expires_at if math.isfinite(expires_at) else 0.0


@cache
def _session(*, silent: bool) -> botocore.session.Session:
    """The botocore session that clients share: reading AWS's models is most of the time that making one takes.

    Args:
        silent: Ask neither the environment nor the AWS files of this machine; what they say is for other services.
    """
    session = botocore.session.Session(session_vars=_unset_variables() if silent else None)
    session.register_component("data_loader", model_loader())
    return session


def _unset_variables() -> dict[str, tuple[None, None, Any, Any]]:
    # A variable is (name in the file, name in the environment, default, conversion).
    known = botocore.session.Session.SESSION_VARIABLES
    unset = {name: (None, None, default, conversion) for name, (_, _, default, conversion) in known.items()}
    nothing = (None, None, os.devnull, None)
    return unset | {"config_file": nothing, "credentials_file": nothing}
