"""What this part asks of the vault, with a key that only it has."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn, Protocol, TypeVar

import httpx
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from identity.consent_return.errors import (
    ConnectionsUnlisted,
    ConsentOfAnother,
    ConsentOver,
    SignInOver,
    VaultUnavailable,
)
from identity.consent_return.settings import ConsentReturnSettings
from identity.errors import LocalVaultRefused
from identity.local_vault import LocalVault

logger = logging.getLogger(__name__)
T = TypeVar("T")
_PATIENCE_S = 30.0
_MEANINGS: dict[str, type[ConsentOfAnother | ConsentOver | SignInOver]] = {
    "AccessDeniedException": ConsentOfAnother,
    "ValidationException": ConsentOver,
    "ResourceNotFoundException": ConsentOver,
    "UnauthorizedException": SignInOver,
}


@dataclass(frozen=True)
class Connection:
    """A provider that a workload may use in the person's name."""

    workload: str
    provider: str
    scopes: tuple[str, ...]
    connected_at: datetime
    issuer: str


class Consents(Protocol):
    """What the pages need; every method raises a `VaultRefused`."""

    async def complete(self, session_uri: str, token: str, state: str) -> None:
        """Let the vault redeem the code of a consent, if this person began it."""
        ...

    async def connections(self, token: str) -> list[Connection]:
        """What this person has connected, the newest first."""
        ...

    async def disconnect(self, token: str, workload: str, provider: str) -> None:
        """Give a permission back and destroy what it brought."""
        ...

    def close(self) -> None: ...


def consents_of(settings: ConsentReturnSettings) -> Consents:
    """The vault that the settings name, or AWS's."""
    if settings.vault_url is not None:
        return VaultConsents(settings, settings.vault_url)
    import boto3  # noqa: PLC0415 - a quarter of a second, and of no use with the local vault

    config = Config(connect_timeout=2.0, read_timeout=10.0, retries={"total_max_attempts": 2, "mode": "standard"})
    session: Any = boto3.Session()  # its overloads want the service's name as a literal
    return AgentCoreConsents(session.client("bedrock-agentcore", region_name=settings.region, config=config))


class AgentCoreConsents:
    """`Consents` at AgentCore Identity, as far as its model goes: it completes them and tells of none.

    Args:
        client: boto3's `bedrock-agentcore`.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    async def complete(self, session_uri: str, token: str, _state: str) -> None:
        """CompleteResourceTokenAuth. The service carries the state and does not look at it; the landing has."""
        user = {"userToken": token}
        await _asked(lambda: self._client.complete_resource_token_auth(sessionUri=session_uri, userIdentifier=user))

    async def connections(self, _token: str) -> list[Connection]:
        raise ConnectionsUnlisted("AgentCore Identity lists no connections")

    async def disconnect(self, _token: str, _workload: str, _provider: str) -> None:
        raise ConnectionsUnlisted("AgentCore Identity ends no connections")

    def close(self) -> None:
        self._client.close()


class VaultConsents:
    """`Consents` at the local vault. Its client blocks, so each call has a thread.

    Args:
        settings: The key, and where the vault answers what AWS's model does not have.
        vault_url: Its data plane.
    """

    def __init__(self, settings: ConsentReturnSettings, vault_url: str) -> None:
        secret = settings.secret_access_key.get_secret_value() if settings.secret_access_key else None
        self._http = httpx.Client(timeout=_PATIENCE_S, trust_env=False)
        self._local = LocalVault(
            endpoint_url=settings.vault_local_url or vault_url,
            region=settings.region,
            access_key_id=settings.access_key_id or "",
            secret_access_key=secret or "",
            http=self._http,
        )

    async def complete(self, session_uri: str, token: str, state: str) -> None:
        """CompleteResourceTokenAuth, with the state. See `Consents.complete`."""
        await _asked(lambda: self._local.complete_consent(token, session_uri, state))

    async def connections(self, token: str) -> list[Connection]:
        """See `Consents.connections`."""
        found = await _asked(lambda: self._local.list_connections(token))
        return sorted(map(_connection, found), key=lambda one: one.connected_at, reverse=True)

    async def disconnect(self, token: str, workload: str, provider: str) -> None:
        """See `Consents.disconnect`."""
        await _asked(lambda: self._local.delete_connection(token, workload, provider))

    def close(self) -> None:
        self._http.close()


async def _asked(question: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(question)
    except ClientError as error:
        _refuse(error.response["Error"]["Code"], error)
    except BotoCoreError as error:
        _refuse(type(error).__name__, error)
    except LocalVaultRefused as error:
        _refuse(error.code, error)


def _refuse(code: str, error: Exception) -> NoReturn:
    logger.warning("code=<%s> | the vault refused", code)
    raise _MEANINGS.get(code, VaultUnavailable)(code) from error


def _connection(document: dict[str, Any]) -> Connection:
    return Connection(
        workload=str(document["workload"]),
        provider=str(document["provider"]),
        scopes=tuple(document["scopes"]),
        connected_at=datetime.fromtimestamp(float(document["connectedAt"]), UTC),
        issuer=str(document["issuer"]),
    )
