"""What runtimes, gateway and memory may do, and why. One role for each: the service binds a workload to nothing else.

GetResourceOauth2Token and GetResourceApiKey want the provider, the vault, the identity and its directory, all four.
"""

from collections.abc import Sequence
from typing import Final

from aws_cdk import aws_iam as iam

from deploy.names import GATEWAY, PREFIX, SERVICE_SUFFIX, Arns, runtime_name
from deploy.stacks.base import FitnessStack, Statement, service_role
from deploy.stacks.functions import TRACES, read_secret
from gateway_config.hops import Hops

SERVICE: Final = "bedrock-agentcore.amazonaws.com"
PLANS: Final = "training-plans/"
_STREAMS: Final = "AgentCore names group and streams with its own suffix."
_PACKAGE: Final = "Packages are named by the digest of what is in them; the folder is the runtime's own."
_METRICS: Final = "CloudWatch has no resource for metrics; the condition names the namespace."


def runtime_role(
    stack: FitnessStack,
    workload: str,
    hops: Hops,
    *,
    secrets_key: str,
    model: Sequence[Statement] = (),
    variant: str = "",
) -> iam.IRole:
    """Of one runtime: its own credential providers, its own package, its own log.

    Args:
        stack: Where it is made.
        workload: By its name in hops.yaml.
        hops: The table.
        secrets_key: ARN of the key of all secrets.
        model: What the coach may do beside.
        variant: Of a second runtime of the same workload; part of its names.
    """
    arns, name = stack.arns, runtime_name(workload + variant)
    clients = [client.client_id for client in hops.clients_of(workload)]
    providers = [arns.credential_provider(client) for client in clients]
    keys = [client.api_key_provider for client in hops.clients_of(workload) if client.api_key_provider]
    package = "agent" if workload == "coach" else workload
    statements = [
        Statement(
            "TokensOfOwnClients",
            ["bedrock-agentcore:GetResourceOauth2Token"],
            arns.vault_access(providers, name),
        ),
        *read_secret(
            stack,
            secrets_key,
            *(f"client/{client}" for client in clients),
            *(f"api-key/{key}" for key in keys),
            *own_settings(workload),
        ),
        *_api_keys(arns, name, keys),
        Statement("OwnPackage", ["s3:GetObject"], [f"arn:aws:s3:::{arns.packages_bucket}/{package}/*"], star=_PACKAGE),
        *_written(arns, name),
        never_for_a_user_id(),
        *model,
    ]
    return service_role(
        stack,
        workload + variant,
        service=SERVICE,
        source_arn=arns.runtime(workload + variant),
        boundary="runtime",
        statements=statements,
        description=f"The runtime of {workload}.",
    )


def _written(arns: Arns, name: str) -> list[Statement]:
    """Log, traces and metrics of a runtime."""
    sampling = ["xray:GetSamplingRules", "xray:GetSamplingTargets"]
    own = {"StringEquals": {"cloudwatch:namespace": "bedrock-agentcore"}}
    return [
        Statement(
            "WriteOwnLog",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [arns.log_streams(f"/aws/bedrock-agentcore/runtimes/{name}-*")],
            star=_STREAMS,
        ),
        Statement(
            "WriteTraces",
            [*sampling, "xray:PutTelemetryRecords", "xray:PutTraceSegments"],
            ["*"],
            star=TRACES,
        ),
        Statement("WriteOwnMetrics", ["cloudwatch:PutMetricData"], ["*"], own, star=_METRICS),
    ]


def own_settings(workload: str) -> tuple[str, ...]:
    """Secrets with settings of a runtime."""
    return ("settings/consent-state",) if workload == "coach" else ()


def model_access(stack: FitnessStack, model: str, memory_arn: str) -> list[Statement]:
    """The coach's model, and what it remembers of the athlete who asks."""
    kind, _, identifier = model.partition(":")
    invoke: list[Statement] = []
    if kind == "bedrock":
        profile = stack.arns.of("bedrock", f"inference-profile/{identifier}")
        foundation = identifier.partition(".")[2]
        actions = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
        invoke = [
            Statement("AskOwnModel", actions, [profile]),
            Statement(
                "AskItsModelInAnyRegion",
                actions,
                [f"arn:aws:bedrock:*::foundation-model/{foundation}"],
                {"StringLike": {"bedrock:InferenceProfileArn": profile}},
                star="An inference profile picks the region; the condition names the profile.",
            ),
        ]
    return [
        *invoke,
        Statement(
            "RememberConversations",
            ["bedrock-agentcore:CreateEvent", "bedrock-agentcore:ListEvents"],
            [memory_arn],
        ),
        Statement(
            "ReadTrainingPlans",
            ["s3:GetObject"],
            [f"arn:aws:s3:::{plans_bucket(stack.arns)}/{PLANS}*"],
            star="All plans below the one prefix, and nothing beside it.",
        ),
    ]


def plans_bucket(arns: Arns) -> str:
    """Name of the bucket that the coach's role reads one prefix of."""
    return f"{PREFIX}-plans-{arns.environment.account}-{arns.environment.region}"


def gateway_role(stack: FitnessStack, hops: Hops, *, secrets_key: str, key_arn: str, engine_arn: str) -> iam.IRole:
    """Of the gateway: tokens for whoever calls, with its own clients; decisions of its own policy engine."""
    arns = stack.arns
    clients = [client.client_id for client in hops.clients_of("gateway")]
    keys = [client.api_key_provider for client in hops.clients_of("gateway") if client.api_key_provider]
    gateway = arns.of("bedrock-agentcore", f"gateway/{GATEWAY}{SERVICE_SUFFIX}")
    statements = [
        Statement(
            "SpeakForTheCaller",
            ["bedrock-agentcore:GetWorkloadAccessToken", "bedrock-agentcore:GetWorkloadAccessTokenForJWT"],
            [arns.workload_directory, arns.workload_identity(GATEWAY)],
        ),
        Statement(
            "TokensOfOwnClients",
            ["bedrock-agentcore:GetResourceOauth2Token"],
            arns.vault_access([arns.credential_provider(client) for client in clients], GATEWAY),
        ),
        *_api_keys(arns, GATEWAY, keys),
        *read_secret(
            stack, secrets_key, *(f"client/{client}" for client in clients), *(f"api-key/{key}" for key in keys)
        ),
        Statement(
            "OwnKey",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            [key_arn],
        ),
        Statement("KnowOwnPolicies", ["bedrock-agentcore:GetPolicyEngine"], [engine_arn]),
        Statement(
            "AskOwnPolicies",
            ["bedrock-agentcore:AuthorizeAction", "bedrock-agentcore:PartiallyAuthorizeActions"],
            [engine_arn, gateway],
        ),
        never_for_a_user_id(),
    ]
    return service_role(
        stack,
        "gateway",
        service=SERVICE,
        source_arn=gateway,
        boundary="gateway",
        statements=statements,
        description="The gateway of the coach's tools.",
    )


def memory_role(stack: FitnessStack, model_arns: Sequence[str]) -> iam.IRole:
    """Extracts what is worth remembering, with its models and nothing else."""
    return service_role(
        stack,
        "memory",
        service=SERVICE,
        source_arn=stack.arns.of("bedrock-agentcore", f"memory/{PREFIX}_coach{SERVICE_SUFFIX}"),
        boundary="memory",
        statements=[Statement("ReadConversations", ["bedrock:InvokeModel"], list(model_arns))],
        description="The memory of the coach.",
    )


def tool_role(stack: FitnessStack, name: str) -> iam.IRole:
    """Of code interpreter and browser: something must be named, and it may do nothing."""
    return service_role(
        stack,
        name,
        service=SERVICE,
        source_arn=stack.arns.of(
            "bedrock-agentcore", f"{name}-custom/{PREFIX}_{name.replace('-', '_')}{SERVICE_SUFFIX}"
        ),
        boundary="memory",
        statements=[Statement("Nothing", ["sts:AssumeRole"], ["*"], effect=iam.Effect.DENY)],
        description=f"The {name}: code of a model runs there, so it may do nothing in this account.",
    )


def never_for_a_user_id() -> Statement:
    """It takes any text for a user and verifies nothing: denied here whatever anybody adds."""
    return Statement(
        "NeverForAUserId", ["bedrock-agentcore:GetWorkloadAccessTokenForUserId"], ["*"], effect=iam.Effect.DENY
    )


def _api_keys(arns: Arns, identity: str, providers: Sequence[str]) -> list[Statement]:
    if not providers:
        return []
    found = [arns.api_key_provider(provider) for provider in providers]
    return [
        Statement("KeysOfOwnProviders", ["bedrock-agentcore:GetResourceApiKey"], arns.vault_access(found, identity))
    ]
