"""Why a package is not built."""

from deploy.errors import DeployError


class PackageRefused(DeployError):
    """What was put together may not be deployed."""


class ToolFailed(DeployError):
    """A program that builds a part ended with an error; what it said is passed on."""
