"""Physical names. They are fixed before deployment, so that a policy, an alarm or another stack can name a resource
that it does not depend on; a test holds each to the service's own pattern.

Everything begins with `fitness`, and a deployer's PassRole ends at `role/fitness-*`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from deploy.environments import Environment

PREFIX: Final = "fitness"
TEAMS: Final = ("activities", "routes", "socials", "support")
#: Those whose API keeps something.
STORING_TEAMS: Final = ("activities", "socials", "support")
STAGE: Final = "v1"
GATEWAY: Final = "fitness-coach"
#: The one stack whose API is public everywhere: browsers come there.
CONSENT_STACK: Final = "consent"
CONSENT_LOG_GROUP: Final = "/aws/apigateway/fitness-consent-return"
NETWORK_LOG_GROUP: Final = "/aws/vpc/fitness-network"
GATEWAY_LOG_GROUP: Final = "/aws/vendedlogs/bedrock-agentcore/gateway/fitness-coach"
#: Web ACLs write only to groups that begin like this.
WAF_LOG_GROUP: Final = "aws-waf-logs-fitness"
#: Permissions boundaries, one for each kind of role: what a role of the kind could be given at most.
BOUNDARIES: Final = ("function", "logging", "runtime", "gateway", "memory", "recorder", "deployment", "developer")
#: Ten characters that AgentCore appends to the names of runtimes, gateways and workload identities: narrower than `*`.
SERVICE_SUFFIX: Final = "-??????????"


def runtime_name(workload: str) -> str:
    """Of an AgentCore runtime, which may have no hyphen: `mcp-activities` to `fitness_mcp_activities`."""
    return f"{PREFIX}_{workload.replace('-', '_')}"


def packages() -> tuple[str, ...]:
    """The zips of `make package`."""
    return (
        "agent",
        *(f"mcp-{team}" for team in TEAMS),
        *(f"api-{team}" for team in TEAMS),
        "authorizer",
        "consent-return",
    )


def runtimes() -> tuple[str, ...]:
    """The workloads that run on AgentCore Runtime, by their names in hops.yaml."""
    return ("coach", *(f"mcp-{team}" for team in TEAMS))


def functions() -> tuple[str, ...]:
    """All Lambda functions, without the prefix."""
    return (
        *(f"api-{team}" for team in TEAMS),
        *(f"authorizer-{team}" for team in TEAMS),
        "weather",
        "consent-return",
    )


def physical(name: str) -> str:
    """Of functions, roles, tables, gateways, secrets and web ACLs."""
    return f"{PREFIX}-{name}"


def role_name(name: str) -> str:
    """Of the role that `name` runs under."""
    return physical(name)


def function_log_group(name: str) -> str:
    return f"/aws/lambda/{physical(name)}"


def api_log_group(team: str) -> str:
    """Access log of one REST API."""
    return f"/aws/apigateway/{physical(f'api-{team}')}"


def secret_name(name: str) -> str:
    """`fitness/client/coach-exchange`, `fitness/settings/api-activities`."""
    return f"{PREFIX}/{name}"


@dataclass(frozen=True, slots=True)
class Arns:
    """ARNs made of names, for policies."""

    environment: Environment

    def of(self, service: str, resource: str, *, region: str | None = None) -> str:
        """`arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`; an empty region for services without one."""
        place = self.environment.region if region is None else region
        return f"arn:aws:{service}:{place}:{self.environment.account}:{resource}"

    def role(self, name: str) -> str:
        return self.of("iam", f"role/{role_name(name)}", region="")

    def boundary(self, name: str) -> str:
        """A permissions boundary of the guardrails stack."""
        return self.of("iam", f"policy/{physical(name)}-boundary", region="")

    def function(self, name: str) -> str:
        return self.of("lambda", f"function:{physical(name)}")

    def table(self, name: str) -> str:
        return self.of("dynamodb", f"table/{physical(name)}")

    def secret(self, name: str) -> str:
        """With the six characters that Secrets Manager appends."""
        return self.of("secretsmanager", f"secret:{secret_name(name)}-??????")

    def runtime(self, workload: str) -> str:
        return self.of("bedrock-agentcore", f"runtime/{runtime_name(workload)}{SERVICE_SUFFIX}")

    @property
    def packages_bucket(self) -> str:
        """Name of the bucket; the account makes it unique."""
        return f"{PREFIX}-packages-{self.environment.account}-{self.environment.region}"

    def log_streams(self, group: str) -> str:
        return self.of("logs", f"log-group:{group}:log-stream:*")

    @property
    def token_vault(self) -> str:
        return self.of("bedrock-agentcore", "token-vault/default")

    @property
    def workload_directory(self) -> str:
        return self.of("bedrock-agentcore", "workload-identity-directory/default")

    def workload_identity(self, name: str) -> str:
        """Of a runtime or a gateway, by its physical name; AgentCore appends the suffix."""
        return f"{self.workload_directory}/workload-identity/{name}{SERVICE_SUFFIX}"

    def credential_provider(self, name: str) -> str:
        return f"{self.token_vault}/oauth2credentialprovider/{name}"

    def api_key_provider(self, name: str) -> str:
        return f"{self.token_vault}/apikeycredentialprovider/{name}"

    def vault_access(self, provider_arns: Iterable[str], *identities: str) -> list[str]:
        """All four kinds of ARN that GetResource* and CompleteResourceTokenAuth want."""
        return [*provider_arns, self.token_vault, self.workload_directory, *map(self.workload_identity, identities)]
