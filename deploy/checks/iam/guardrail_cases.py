"""What boundaries and service control policies do to a policy that would allow more: `guardrails/*.yaml`.

A case has a policy, a ceiling over it, and what is left. The slide of the talk is among them, evaluated truthfully.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from deploy.checks.iam.documents import statements
from deploy.checks.iam.evaluation import Grants, Policy, Request
from deploy.checks.iam.table import Row, read_rows

FOLDER: Final = Path(__file__).with_name("guardrails")


class Case(BaseModel):
    """One policy under its ceilings.

    Attributes:
        name: A sentence.
        policy: Statements of the principal's own policy.
        boundary: Name of a boundary of the guardrails stack, or statements; None for none.
        service_control: Names of policies of the organization.
        allowed: What is left.
        denied: What is not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    policy: tuple[dict[str, Any], ...]
    boundary: str | tuple[dict[str, Any], ...] | None = None
    service_control: tuple[str, ...] = ()
    allowed: tuple[Row, ...] = ()
    denied: tuple[Row, ...] = Field(min_length=1)

    def grants(self, boundaries: Mapping[str, Policy], service_control: Mapping[str, Policy]) -> Grants:
        """Everything that is asked."""
        boundary = self.boundary
        return Grants(
            identity=_read(self.policy),
            boundary=boundaries[boundary]
            if isinstance(boundary, str)
            else None
            if boundary is None
            else _read(boundary),
            service_control=[service_control[name] for name in self.service_control],
        )

    def requests(self) -> Iterator[tuple[bool, Row, Request]]:
        """What is asked, and whether it should be allowed."""
        for allowed, rows in ((True, self.allowed), (False, self.denied)):
            for row in rows:
                yield allowed, row, Request(row.action, str(row.resource), row.context)


def read_cases(folder: Path = FOLDER) -> list[Case]:
    """All files.

    Raises:
        TableUnreadable: A file does not fit.
    """
    return read_rows(folder, Case)


def _read(given: tuple[dict[str, Any], ...]) -> Policy:
    return statements({"Version": "2012-10-17", "Statement": list(given)})
