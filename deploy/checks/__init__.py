"""Checks of the synthesised templates. They read JSON and need neither Node.js nor an account.

None of the public tools flags a gateway without an authorizer, a policy engine that only logs, a role without a
boundary or a trust policy without a condition, so these are ours; what the tools know better is left to them.
"""
