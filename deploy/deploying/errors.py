"""Why nothing was deployed."""

from deploy.errors import DeployError


class NotReady(DeployError):
    """Something is missing; each lack is a line."""


class NotConfirmed(DeployError):
    """Nobody typed the name of the environment."""


class DataWouldGo(DeployError):
    """An environment that keeps its data is not destroyed by a command."""


class CommandFailed(DeployError):
    """The CDK's command line ended with an error."""
