"""What can go wrong around policies.

PolicyError
├── SchemaUnmappable   a tool's schema has no form in Cedar
├── ArgumentsUnfit     arguments are not of the type that the tool's schema says
└── PoliciesRefused    policies do not fit the tools, or could be skipped at run time
"""


class PolicyError(Exception):
    """Text for the operator; never holds an argument's value."""


class SchemaUnmappable(PolicyError):
    pass


class ArgumentsUnfit(PolicyError):
    """Arguments that cannot be decided about, and are therefore denied.

    Attributes:
        where: Path of the first that does not fit.
    """

    def __init__(self, where: str) -> None:
        super().__init__(f"{where} is not what the tool's schema says")
        self.where = where


class PoliciesRefused(PolicyError):
    pass
