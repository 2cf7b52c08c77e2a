"""The inbound IAM authorizer of a runtime: whose signature (SigV4), and whether that key may invoke.

A program with an execution role comes in here instead of a person with a token. Nobody is behind it: naming a user
needs another action (`InvokeAgentRuntimeForUser`), which no key has, because nothing would check the name.
"""

import time
from collections.abc import Callable, Collection
from typing import Final

from starlette.requests import Request

from identity.aws_models import service_model
from identity.hop_trace import note
from identity.vault.policy import VaultPolicy
from identity.vault.replays import SeenSignatures
from identity.vault.signed_requests import read_signed
from identity.vault.sigv4 import SERVICE, SignatureVerifier

INVOKE: Final = "InvokeAgentRuntime"
INVOKE_FOR_USER: Final = "InvokeAgentRuntimeForUser"
USER_ID_HEADER: Final = "X-Amzn-Bedrock-AgentCore-Runtime-User-Id"
CLOCK_SKEW_S: Final = 300.0


class RoleAuthorizer:
    """For all runtimes of one front that let roles in.

    Args:
        keys: The keys that stand in for roles.
        region: In which requests are signed.
        hosts: Under which the data plane is reached.
        clock: Epoch seconds.
    """

    def __init__(
        self, keys: VaultPolicy, *, region: str, hosts: Collection[str], clock: Callable[[], float] = time.time
    ) -> None:
        self._signatures = SignatureVerifier(keys, region=region, hosts=hosts, clock_skew_s=CLOCK_SKEW_S)
        self._seen = SeenSignatures(CLOCK_SKEW_S)
        self._operation = service_model(SERVICE).operation_model(INVOKE)
        self._clock = clock

    async def body(self, request: Request, workload: str) -> bytes:
        """The body of a request that may be passed on to a workload.

        Raises:
            identity.vault.errors.VaultError: Refused.
            starlette.requests.ClientDisconnect: The caller left.
        """
        signed = await read_signed(request)
        key = self._signatures.verify(signed, now_s=self._clock())
        self._seen.take(self._operation, signed.signature, now_s=self._clock())
        key.require(INVOKE, workload=workload)
        if signed.values(USER_ID_HEADER.lower()):
            key.require(INVOKE_FOR_USER, workload=workload)
        note("client_id", key.principal)
        return signed.body
