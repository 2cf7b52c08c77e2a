"""The CDK application: `make synth` runs it. One set of stacks per account, and one above both.

guardrails      permissions boundaries; every role stands under one
packages        the bucket that code is taken from
observability   key and log groups, dashboards and alarms: all by name, so nothing is needed first
data            tables under a key of their own
identity        user pools, resource servers, clients and their secrets, from hops.yaml
apis            four REST APIs, their functions and authorizers
consent         where a consent lands
agentcore       runtimes, gateway, targets, policies, providers, memory, from gateway_config/
security        GuardDuty, Inspector, Config rules
pipeline        the role that a workflow of the repository may assume
organization    service control policies (management account)
"""

import sys
from pathlib import Path

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from deploy.environments import FILE, LOCAL_FILE, Environment, read_environments
from deploy.errors import DeployError
from deploy.stacks.agentcore import AgentCoreStack
from deploy.stacks.apis import ApisStack
from deploy.stacks.consent import ConsentStack
from deploy.stacks.data import DataStack
from deploy.stacks.guardrails import GuardrailsStack
from deploy.stacks.identity import IdentityStack
from deploy.stacks.network import NetworkStack
from deploy.stacks.observability import ObservabilityStack
from deploy.stacks.organization import OrganizationStack
from deploy.stacks.packages import PackagesStack
from deploy.stacks.pipeline import PipelineStack
from deploy.stacks.security import SecurityStack
from deploy.templates import TEMPLATES, write_templates


def build(out: Path, file: Path = FILE) -> cdk.App:
    """All stacks of all environments.

    Args:
        out: Folder of the cloud assembly.
        file: The environments.

    Raises:
        EnvironmentsInvalid: The file is wrong.
    """
    environments = read_environments(file)
    app = cdk.App(outdir=str(out), analytics_reporting=False)
    for environment in (environments.sandbox, environments.production):
        _add_stacks(app, environment)
    OrganizationStack(app, environments)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


def _add_stacks(app: cdk.App, environment: Environment) -> None:
    guardrails = GuardrailsStack(app, environment)
    packages = PackagesStack(app, environment)
    observability = ObservabilityStack(app, environment)
    data = DataStack(app, environment)
    identity = IdentityStack(app, environment)
    network = NetworkStack(app, environment) if environment.private_apis else None
    apis = ApisStack(
        app,
        environment,
        identity=identity,
        data=data,
        endpoint_id=network.endpoint_id if network else None,
        log_key_arn=observability.key.key_arn,
    )
    agentcore = AgentCoreStack(app, environment, identity=identity, apis=apis, network=network)
    agentcore.add_stack_dependency(packages)
    for stack in (identity, apis, agentcore, *([network] if network else [])):
        stack.add_stack_dependency(observability)
    apis.add_stack_dependency(packages)
    consent = ConsentStack(app, environment, identity=identity, log_key_arn=observability.key.key_arn)
    # The role that API Gateway writes logs under is one of the account, and made there.
    consent.add_stack_dependency(apis)
    security, pipeline = SecurityStack(app, environment), PipelineStack(app, environment)
    security.add_stack_dependency(observability)
    for stack in (packages, observability, data, identity, security, pipeline):
        stack.add_stack_dependency(guardrails)


def main() -> int:
    """Synthesises into `cdk.out`, from the local file where there is one.

    The committed templates are made of the committed file alone: `python -m deploy.app --templates`.
    """
    try:
        if sys.argv[1:] == ["--templates"]:
            write_templates(build(Path("cdk.out")).synth(), TEMPLATES)
        else:
            build(Path("cdk.out"), LOCAL_FILE if LOCAL_FILE.exists() else FILE).synth()
    except DeployError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
