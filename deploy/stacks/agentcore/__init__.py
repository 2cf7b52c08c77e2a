"""AgentCore: runtimes, gateway, policies, token vault, memory and the two optional tools, from gateway_config/."""

from deploy.stacks.agentcore.stack import AgentCoreStack

__all__ = ["AgentCoreStack"]
