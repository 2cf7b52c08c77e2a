"""Errors of the checks. A check that could not look is not a check that found nothing."""

from deploy.errors import DeployError


class ToolMissing(DeployError):
    """A program that a check needs is not installed."""


class ToolFailed(DeployError):
    """A program ended in another way than with its findings."""


class NotAudited(DeployError):
    """No database was reached, or none of the packages was looked up in it."""
