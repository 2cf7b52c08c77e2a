"""Errors of the evaluator. It stops where it does not know: a guess would be an allowance."""

from deploy.errors import DeployError


class PolicyUnreadable(DeployError):
    """A policy document has an element, an operator or a form that is not known here."""


class TemplateUnreadable(DeployError):
    """A template has an intrinsic function or a reference that cannot be resolved."""


class TableUnreadable(DeployError):
    """The table of decisions is not what it should be."""
