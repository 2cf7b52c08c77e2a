"""API keys that a workload sends beside its tokens, from the token vault. A key meters its holder; it proves nobody."""

import asyncio
import contextvars
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from identity.errors import VaultUnreachable
from identity.single_flight import SingleFlight
from identity.token_source import unavailable

LIFE_S = 300.0  # a key that was changed at the vault is used no longer than this


class ApiKeySource(Protocol):
    """Where a workload's API key comes from."""

    async def api_key(self, workload_token: str) -> str:
        """The key.

        Args:
            workload_token: Of the workload that calls.

        Raises:
            TokenUnavailable: There is none; the subclass says whether to sign in or to try later.
        """
        ...

    def forget(self) -> None:
        """Ask the vault again next time: the key was refused."""
        ...


class ApiKeyVault(Protocol):
    """The one operation of boto3's `bedrock-agentcore` client that is needed here."""

    def get_resource_api_key(self, **parameters: Any) -> dict[str, Any]:
        """GetResourceApiKey."""
        ...


class VaultApiKeySource:
    """One provider's key from the vault, kept for a while. It is the workload's own, whoever the workload acts for.

    Args:
        client: From `token_source.vault_client`.
        provider: API-key credential provider of the vault.
        clock: Monotonic seconds.
    """

    def __init__(self, client: ApiKeyVault, provider: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._provider = provider
        self._clock = clock
        self._kept: tuple[str, float] | None = None
        self._flights: SingleFlight[str] = SingleFlight()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="api-key-source")

    async def api_key(self, workload_token: str) -> str:
        """See `ApiKeySource.api_key`."""
        if self._kept is not None and self._clock() - self._kept[1] < LIFE_S:
            return self._kept[0]
        # Not one question for all: a workload token that has ended must fail its own caller alone.
        return await self._flights.do(workload_token, lambda: self._fetch(workload_token))

    def forget(self) -> None:
        """See `ApiKeySource.forget`."""
        self._kept = None

    async def _fetch(self, workload_token: str) -> str:
        surroundings = contextvars.copy_context()  # carries the trace into the thread
        loop = asyncio.get_running_loop()
        key = await loop.run_in_executor(self._thread, lambda: surroundings.run(self._ask, workload_token))
        self._kept = (key, self._clock())
        return key

    def _ask(self, workload_token: str) -> str:
        try:
            answer = self._client.get_resource_api_key(
                workloadIdentityToken=workload_token, resourceCredentialProviderName=self._provider
            )
        except ClientError as error:
            raise unavailable(self._provider, error) from error
        except BotoCoreError as error:
            raise VaultUnreachable(self._provider, type(error).__name__) from error
        key: str = answer["apiKey"]
        return key
