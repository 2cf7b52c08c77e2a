"""What the configuration declares, as AWS describes it: one document for each gateway, target, policy engine, policy.

A document has every member that an operation may answer with; each operation takes those that its shape has.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway_config.errors import ConfigError
from gateway_config.model import GatewayRequests
from gateway_config.tool_policy import ToolPolicy
from local_agentcore.gateway_ids import gateway_id, policy_id, target_id

logger = logging.getLogger(__name__)
Document = Mapping[str, Any]
_KINDS = {"mcpServer": "MCP_SERVER", "openApiSchema": "OPEN_API_SCHEMA", "lambda": "LAMBDA"}


@dataclass(frozen=True)
class Declaration:
    """One thing.

    Attributes:
        name: Unique among its kind.
        identifier: AWS's.
        request: That creates it, without the id of what it belongs to.
        document: What AWS would say of it.
    """

    name: str
    identifier: str
    request: Document
    document: Document


class Declared:
    """Everything that is declared.

    Gateway, targets and engine are as they were when the stack started, as the gateway has them; policies are as
    their files are now, or were when they could last be read.

    Args:
        requests: Of the gateway, its targets and its policy engine.
        read_policies: Reads the policies' files.
        gateway_arn, engine_arn, workload_arn: Of the gateway, its policy engine and its workload identity.
        gateway_url: Where the gateway is.
        since_s: Epoch seconds since when all this is so.
    """

    def __init__(
        self,
        requests: GatewayRequests,
        read_policies: Callable[[], Sequence[ToolPolicy]],
        *,
        gateway_arn: str,
        gateway_url: str,
        engine_arn: str,
        workload_arn: str,
        since_s: float,
    ) -> None:
        since = datetime.fromtimestamp(int(since_s), UTC).isoformat().replace("+00:00", "Z")
        self._times = {"createdAt": since, "updatedAt": since}
        self._read_policies = read_policies
        self._engine_arn = engine_arn
        self._policies: Sequence[ToolPolicy] = ()
        more = {"gatewayUrl": gateway_url, "workloadIdentityDetails": {"workloadIdentityArn": workload_arn}}
        self.gateway = self._gateway(requests.gateway, gateway_arn, more)
        self.targets = [self._target(request, gateway_arn) for request in requests.targets]
        self.engine = self._engine(requests.policy_engine, engine_arn)

    def policies(self) -> list[Declaration]:
        """The policies of the engine, in the order of their files."""
        try:
            self._policies = self._read_policies()
        except ConfigError as error:
            logger.error("reason=<%s> | policies cannot be read, those from before are told", error)  # noqa: TRY400 - the reason is the message
        return [self._policy(policy) for policy in self._policies]

    def _gateway(self, request: Document, arn: str, more: Document) -> Declaration:
        identifier = gateway_id(arn)
        document = {**request, **more, **self._times, "gatewayArn": arn, "gatewayId": identifier, "status": "READY"}
        return Declaration(request["name"], identifier, request, document)

    def _target(self, request: Document, gateway_arn: str) -> Declaration:
        identifier = target_id(request["name"])
        [(kind, configuration)] = request["targetConfiguration"]["mcp"].items()
        document = {
            "credentialProviderConfigurations": [],
            **request,
            **self._times,
            "gatewayArn": gateway_arn,
            "targetId": identifier,
            "targetType": _KINDS[kind],
            "status": "READY",
            **{name: configuration[name] for name in ("listingMode", "resourcePriority") if name in configuration},
        }
        return Declaration(request["name"], identifier, request, document)

    def _engine(self, request: Document, arn: str) -> Declaration:
        identifier = arn.rpartition("/")[2]
        document = {
            **request,
            **self._times,
            "policyEngineId": identifier,
            "policyEngineArn": arn,
            "status": "ACTIVE",
            "statusReasons": [],
        }
        return Declaration(request["name"], identifier, request, document)

    def _policy(self, policy: ToolPolicy) -> Declaration:
        identifier = policy_id(policy.name)
        request = policy.create_request(self.engine.identifier)
        document = {
            **request,
            **self._times,
            "policyId": identifier,
            "policyArn": f"{self._engine_arn}/policy/{identifier}",
            "status": "ACTIVE",
            "statusReasons": [],
        }
        return Declaration(policy.name, identifier, request, document)
