"""What can go wrong before anything is deployed."""


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
