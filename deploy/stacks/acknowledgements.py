"""Findings of cdk-nag and of CloudFormation's own validation that are as they should be, each with its reason.

A finding without a reason stops `make synth`. Reasons stand beside what they are about; this is only how they are said.
"""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, reasons: dict[str, str]) -> None:
    """Says why findings on this construct, and on what is in it, are accepted.

    Args:
        construct: Where the finding is.
        reasons: Id of a rule (`AwsSolutions-COG4`) to why it does not apply here.
    """
    Validations.of(construct).acknowledge(*(Acknowledgment(id=rule, reason=reason) for rule, reason in reasons.items()))
