"""What can go wrong before anything is deployed. Whoever runs a program here catches `DeployError` and says it.

DeployError
├── EnvironmentsInvalid, EnvironmentIsAnExample   environments.yaml
├── StarWithoutReason                             a role of the stacks
├── ToolMissing, ToolFailed                       a program that is started
├── PackageRefused                                what make package put together
├── NotAudited                                    a check that could not look
├── PolicyUnreadable, TemplateUnreadable, TableUnreadable   the evaluator of IAM does not guess
├── NotReady, NotConfirmed, DataWouldGo, CommandFailed      a deployment
└── PlacesUnknown, SignInFailed, CallFailed                 what is tried after it
"""


class DeployError(Exception):
    """Of all errors here."""


class EnvironmentsInvalid(DeployError):
    """`environments.yaml` does not say what it must."""


class EnvironmentIsAnExample(DeployError):
    """The account is nobody's."""

    def __init__(self, name: str, account: str) -> None:
        super().__init__(f"{name} has the example account {account}: put your own into deploy/environments.local.yaml")


class StarWithoutReason(DeployError):
    """A role is given more than one thing, and nobody says why."""

    def __init__(self, sid: str, resource: str) -> None:
        super().__init__(f"the statement {sid} allows {resource} and does not say why there is a star")


class ToolMissing(DeployError):
    """A program that is needed is not installed."""


class ToolFailed(DeployError):
    """A program ended in another way than with its work done; what it said is passed on."""


class PackageRefused(DeployError):
    """What was put together may not be deployed."""


class NotAudited(DeployError):
    """No database was reached, or none of the packages was looked up in it."""


class PolicyUnreadable(DeployError):
    """A policy document has an element, an operator or a form that is not known here."""


class TemplateUnreadable(DeployError):
    """A template has an intrinsic function or a reference that cannot be resolved."""


class TableUnreadable(DeployError):
    """A table of decisions is not what it should be."""


class NotReady(DeployError):
    """Something is missing for a deployment; each lack is a line."""


class NotConfirmed(DeployError):
    """Nobody typed the name of the environment."""


class DataWouldGo(DeployError):
    """An environment that keeps its data is not destroyed by a command."""


class CommandFailed(DeployError):
    """The CDK's command line ended with an error."""


class PlacesUnknown(DeployError):
    """Nothing says where the parts of a system are."""


class SignInFailed(DeployError):
    """There is no token of a person."""


class CallFailed(DeployError):
    """A call was not answered as it should be. Says what was seen of it, never what was in it."""
