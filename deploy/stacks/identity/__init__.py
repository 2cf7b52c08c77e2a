"""Who people and programs are: two user pools, and the clients of the hop table with their secrets."""

from deploy.stacks.identity.stack import IdentityStack

__all__ = ["IdentityStack"]
