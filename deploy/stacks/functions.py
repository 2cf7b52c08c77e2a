"""A Lambda function as all of ours are: arm64, from the packages' bucket, traced, its role and log group by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_lambda as lambda_

from deploy.names import function_log_group, physical
from deploy.stacks.acknowledgements import acknowledge
from deploy.stacks.base import FitnessStack, Statement, service_role
from deploy.stacks.packages import package_key

PYTHON = "python3.13"
LOG_STREAMS = "The service names the streams; the group is the function's own."
TRACES = "X-Ray has no resource for what is sent to it."
_ONE_PYTHON = "3.13 everywhere: zips are compiled for one version, and AgentCore Runtime has the same."


@dataclass(frozen=True, slots=True)
class FunctionPlan:
    """One function.

    Attributes:
        name: Without the prefix; its role and log group are called like it.
        package: Zip of `make package`.
        handler: Module and name.
        environment: Settings; nothing secret.
        statements: What it may do beside writing its log and traces.
        memory_mb: Processor time grows with it.
        timeout_s: API Gateway waits 29 s.
        reserved: Most instances at once; None for the account's.
    """

    name: str
    package: str
    handler: str
    description: str
    environment: Mapping[str, str]
    statements: Sequence[Statement] = ()
    memory_mb: int = 512
    timeout_s: int = 29
    reserved: int | None = None


def function(stack: FitnessStack, plan: FunctionPlan, package: str) -> lambda_.CfnFunction:
    """Makes the function and its role.

    Args:
        stack: Where it is made.
        plan: What it is.
        package: Object key of its zip (`PackageKeys`).
    """
    # Lambda sends both aws:SourceAccount and aws:SourceArn: the role is this function's and no other's.
    role = service_role(
        stack,
        plan.name,
        service="lambda.amazonaws.com",
        source_arn=stack.arns.function(plan.name),
        boundary="function",
        statements=[*log_and_trace(stack, function_log_group(plan.name)), *plan.statements],
        description=plan.description,
    )
    made = lambda_.CfnFunction(
        stack,
        f"{plan.name}-function",
        function_name=physical(plan.name),
        description=plan.description,
        runtime=PYTHON,
        architectures=["arm64"],
        handler=plan.handler,
        code=lambda_.CfnFunction.CodeProperty(s3_bucket=stack.arns.packages_bucket, s3_key=package),
        role=role.role_arn,
        memory_size=plan.memory_mb,
        timeout=plan.timeout_s,
        reserved_concurrent_executions=plan.reserved,
        tracing_config=lambda_.CfnFunction.TracingConfigProperty(mode="Active"),
        logging_config=lambda_.CfnFunction.LoggingConfigProperty(
            log_group=function_log_group(plan.name), log_format="JSON", system_log_level="WARN"
        ),
        environment=lambda_.CfnFunction.EnvironmentProperty(
            variables={"POWERTOOLS_SERVICE_NAME": physical(plan.name), **plan.environment}
        ),
    )
    acknowledge(made, {"AwsSolutions-L1": _ONE_PYTHON})
    return made


def log_and_trace(stack: FitnessStack, group: str) -> list[Statement]:
    """What everything that runs may do."""
    return [
        Statement(
            "WriteOwnLog",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [stack.arns.log_streams(group)],
            star=LOG_STREAMS,
        ),
        Statement("WriteTraces", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"], star=TRACES),
    ]


def read_secret(stack: FitnessStack, key_arn: str, *names: str) -> list[Statement]:
    """Reads secrets by name, and opens them through Secrets Manager alone."""
    through = {"StringEquals": {"kms:ViaService": f"secretsmanager.{stack.environment_.region}.amazonaws.com"}}
    return [
        Statement("ReadOwnSecrets", ["secretsmanager:GetSecretValue"], [stack.arns.secret(name) for name in names]),
        Statement("OpenOwnSecrets", ["kms:Decrypt"], [key_arn], through),
    ]


class PackageKeys:
    """The packages of one stack, each asked for once."""

    def __init__(self, stack: FitnessStack) -> None:
        self._stack = stack
        self._keys: dict[str, str] = {}

    def of(self, package: str) -> str:
        """Object key of a package: a parameter of the stack."""
        if package not in self._keys:
            self._keys[package] = package_key(self._stack, package)
        return self._keys[package]
