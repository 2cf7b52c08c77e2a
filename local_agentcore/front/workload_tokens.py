"""The workload access token of (runtime, caller), fetched from the vault with the front's key and kept briefly."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError
from opentelemetry import context

from identity.single_flight import SingleFlight
from local_agentcore.errors import WorkloadTokenUnavailable

KEPT_S = 60.0  # not longer than a verified inbound token may be trusted without looking again
MOST_KEPT = 4096


class IdentityClient(Protocol):
    """The one operation of boto3's `bedrock-agentcore` client that the front may call."""

    def get_workload_access_token_for_jwt(self, *, workloadName: str, userToken: str) -> dict[str, str]: ...  # noqa: N803 - boto3's names


class WorkloadTokens:
    """Exchanges a caller's verified bearer for the workload access token of a runtime.

    Args:
        client: Makes the boto3 client; called once, at the first use, because it loads a large model.
        clock: Monotonic seconds.
    """

    def __init__(self, client: Callable[[], IdentityClient], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._make_client = client
        self._client: IdentityClient | None = None
        self._clock = clock
        self._kept: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._fetches: SingleFlight[str] = SingleFlight()
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="front-vault")

    async def token(self, workload: str, bearer: str) -> str:
        """The token for this runtime and this caller.

        Raises:
            WorkloadTokenUnavailable: The vault refused or cannot be reached.
        """
        key = hashlib.sha256(f"{len(workload)}:{workload}{bearer}".encode()).hexdigest()
        kept = self._kept.get(key)
        if kept and self._clock() - kept[1] < KEPT_S:
            return kept[0]
        return await self._fetches.do(key, lambda: self._fetch(key, workload, bearer))

    async def _fetch(self, key: str, workload: str, bearer: str) -> str:
        loop, surroundings = asyncio.get_running_loop(), context.get_current()
        token = await loop.run_in_executor(self._threads, self._call, workload, bearer, surroundings)
        self._kept[key] = (token, self._clock())
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return token

    def _call(self, workload: str, bearer: str, surroundings: context.Context) -> str:
        attached = context.attach(surroundings)
        try:
            self._client = self._client or self._make_client()
            answer = self._client.get_workload_access_token_for_jwt(workloadName=workload, userToken=bearer)
        except (ClientError, BotoCoreError) as error:
            raise WorkloadTokenUnavailable(workload, type(error).__name__) from error
        finally:
            context.detach(attached)
        return answer["workloadAccessToken"]
