"""What the coach remembers, and the two tools in which a model's code runs. All of it in this account's own key."""

from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_kms as kms

from deploy.names import PREFIX
from deploy.stacks.agentcore.roles import memory_role, tool_role
from deploy.stacks.base import FitnessStack

_DAYS: Final = 90
_STRATEGIES: Final = {
    "SemanticMemoryStrategy": ("facts", "/facts/{actorId}/"),
    "UserPreferenceMemoryStrategy": ("preferences", "/preferences/{actorId}/"),
    "SummaryMemoryStrategy": ("summaries", "/summaries/{actorId}/{sessionId}/"),
}


def memory(stack: FitnessStack, key: kms.IKey) -> cdk.CfnResource:
    """Events for 90 days; facts, preferences and summaries, each in the athlete's own namespace."""
    strategies: list[dict[str, Any]] = [
        {kind: {"Name": name, "Namespaces": [namespace]}} for kind, (name, namespace) in _STRATEGIES.items()
    ]
    model = f"arn:aws:bedrock:{stack.environment_.region}::foundation-model/anthropic.claude-3-5-haiku-20241022-v1:0"
    return cdk.CfnResource(
        stack,
        "memory",
        type="AWS::BedrockAgentCore::Memory",
        properties={
            "Name": f"{PREFIX}_coach",
            "Description": "What the coach remembers of an athlete.",
            "EventExpiryDuration": _DAYS,
            "EncryptionKeyArn": key.key_arn,
            "MemoryExecutionRoleArn": memory_role(stack, [model]).role_arn,
            "MemoryStrategies": strategies,
        },
    )


def code_interpreter(stack: FitnessStack) -> cdk.CfnResource:
    """Runs a model's code without a network."""
    return cdk.CfnResource(
        stack,
        "code-interpreter",
        type="AWS::BedrockAgentCore::CodeInterpreterCustom",
        properties={
            "Name": f"{PREFIX}_code_interpreter",
            "Description": "Computes for the coach; no network, no rights.",
            "ExecutionRoleArn": tool_role(stack, "code-interpreter").role_arn,
            "NetworkConfiguration": {"NetworkMode": "SANDBOX"},
        },
    )


def browser(stack: FitnessStack) -> cdk.CfnResource:
    """Looks pages up; nothing of a visit is recorded."""
    return cdk.CfnResource(
        stack,
        "browser",
        type="AWS::BedrockAgentCore::BrowserCustom",
        properties={
            "Name": f"{PREFIX}_browser",
            "Description": "Reads public pages for the coach; no rights, no recording.",
            "ExecutionRoleArn": tool_role(stack, "browser").role_arn,
            "NetworkConfiguration": {"NetworkMode": "PUBLIC"},
            "RecordingConfig": {"Enabled": False},
        },
    )
