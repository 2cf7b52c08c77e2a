"""Intrinsic functions of templates resolved without an account.

What AWS will name gets a name made of stack and logical id, so that two resources never look alike; ten characters
that AgentCore appends are `0123456789`. Parameters have their defaults.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from deploy.errors import TemplateUnreadable

SUFFIX: Final = "0123456789"
Template = Mapping[str, Any]

#: Resource type and attribute to the end of an ARN; `{name}` is the physical name, `{id}` stack and logical id.
_ARNS: Final = {
    ("AWS::BedrockAgentCore::Gateway", "GatewayArn"): "bedrock-agentcore:{region}:{account}:gateway/{name}-" + SUFFIX,
    ("AWS::BedrockAgentCore::Memory", "MemoryArn"): "bedrock-agentcore:{region}:{account}:memory/{name}-" + SUFFIX,
    (
        "AWS::BedrockAgentCore::PolicyEngine",
        "PolicyEngineArn",
    ): "bedrock-agentcore:{region}:{account}:policy-engine/{name}-" + SUFFIX,
    ("AWS::BedrockAgentCore::Runtime", "AgentRuntimeArn"): "bedrock-agentcore:{region}:{account}:runtime/{name}-"
    + SUFFIX,
    ("AWS::DynamoDB::Table", "Arn"): "dynamodb:{region}:{account}:table/{name}",
    ("AWS::IAM::OIDCProvider", "Arn"): "iam::{account}:oidc-provider/{id}",
    ("AWS::IAM::Role", "Arn"): "iam::{account}:role/{name}",
    ("AWS::KMS::Key", "Arn"): "kms:{region}:{account}:key/{id}",
    ("AWS::Lambda::Function", "Arn"): "lambda:{region}:{account}:function:{name}",
    ("AWS::S3::Bucket", "Arn"): "s3:::{name}",
    ("AWS::VerifiedPermissions::PolicyStore", "Arn"): "verifiedpermissions::{account}:policy-store/{id}",
}
_NAMES: Final = (
    "AgentRuntimeName", "BucketName", "FunctionName", "ManagedPolicyName", "Name", "RoleName", "TableName", "TopicName",
)  # fmt: skip


@dataclass(frozen=True)
class Resolver:
    """Resolves values of one environment.

    Attributes:
        templates: By stack.
        account: Of the environment.
        region: Likewise.
    """

    templates: Mapping[str, Template]
    account: str
    region: str
    _exports: dict[str, tuple[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for stack, template in self.templates.items():
            for output in template.get("Outputs", {}).values():
                if "Export" in output:
                    self._exports[output["Export"]["Name"]] = (stack, output["Value"])

    def resolved(self, stack: str, value: Any) -> Any:
        """A value of a stack with everything replaced.

        Raises:
            TemplateUnreadable: It has a function or a reference that is not known.
        """
        if isinstance(value, list):
            return [self.resolved(stack, each) for each in value]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._called(stack, name, argument)
        return {key: self.resolved(stack, each) for key, each in value.items()}

    def _called(self, stack: str, name: str, argument: Any) -> Any:
        functions: Mapping[str, Callable[[str, Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::GetAZs": lambda *_: [f"{self.region}a", f"{self.region}b"],
            "Fn::ImportValue": self._imported,
            "Fn::Join": self._joined,
            "Fn::Select": self._selected,
            "Fn::Split": lambda stack, argument: self.resolved(stack, argument[1]).split(argument[0]),
            "Fn::Sub": self._substituted,
        }
        if name not in functions:
            raise TemplateUnreadable(f"{stack}: {name} is not known here")
        return functions[name](stack, argument)

    def _ref(self, stack: str, name: str) -> Any:
        pseudo = {
            "AWS::AccountId": self.account,
            "AWS::NoValue": None,
            "AWS::Partition": "aws",
            "AWS::Region": self.region,
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in pseudo:
            return pseudo[name]
        template = self.templates[stack]
        if name in template.get("Parameters", {}):
            return template["Parameters"][name].get("Default", name)
        resource = self._resource(stack, name)
        if resource["Type"] == "AWS::KMS::Key":
            return f"{stack}.{name}"
        return self._name(stack, name) or f"{stack}.{name}"

    def _get_att(self, stack: str, argument: Any) -> str:
        logical_id, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
        resource = self._resource(stack, logical_id)
        form = _ARNS.get((resource["Type"], attribute))
        identifier = f"{stack}.{logical_id}"
        if form is None:
            return f"{identifier}.{attribute}"
        name = self._name(stack, logical_id) or identifier
        return "arn:aws:" + form.format(account=self.account, region=self.region, name=name, id=identifier)

    def _imported(self, stack: str, argument: Any) -> Any:
        name = self.resolved(stack, argument)
        if name not in self._exports:
            raise TemplateUnreadable(f"{stack}: nobody exports {name}")
        owner, value = self._exports[name]
        return self.resolved(owner, value)

    def _joined(self, stack: str, argument: Any) -> str:
        return str(argument[0]).join(map(str, self.resolved(stack, argument[1])))

    def _selected(self, stack: str, argument: Any) -> Any:
        return self.resolved(stack, argument[1])[int(argument[0])]

    def _substituted(self, stack: str, argument: Any) -> str:
        text, values = argument if isinstance(argument, list) else (argument, {})
        for name, value in values.items():
            text = text.replace(f"${{{name}}}", str(self.resolved(stack, value)))
        if "${" in text.replace("${!", ""):
            raise TemplateUnreadable(f"{stack}: a substitution is left open in {text[:80]}")
        return str(text)

    def _name(self, stack: str, logical_id: str) -> str | None:
        properties = self._resource(stack, logical_id).get("Properties", {})
        found = next((properties[name] for name in _NAMES if name in properties), None)
        return None if found is None else str(self.resolved(stack, found))

    def _resource(self, stack: str, logical_id: str) -> Any:
        try:
            return self.templates[stack]["Resources"][logical_id]
        except KeyError as error:
            raise TemplateUnreadable(f"{stack}: there is no {logical_id}") from error
