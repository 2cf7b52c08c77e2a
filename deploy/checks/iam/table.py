"""The decisions that are written down: `decisions/*.yaml`.

One file for each kind of role; the rows of a role say what it may do, what it may not, and why. Resources are named as
`${table:activities}`, `${secret:client/coach-exchange}`; `_RESOURCES` says what they stand for.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deploy import names
from deploy.checks.iam.evaluation import Request, Verdict
from deploy.checks.iam.resolving import SUFFIX, Resolver
from deploy.checks.iam.roles import Role, resources
from deploy.environments import Environment
from deploy.errors import TableUnreadable
from deploy.names import Arns

M = TypeVar("M", bound=BaseModel)
FOLDER: Final = Path(__file__).with_name("decisions")
_REFERENCE = re.compile(r"\$\{([a-z_]+)(?::([^}]+))?\}")


class Row(BaseModel):
    """One decision.

    Attributes:
        action: `service:Name`.
        resource: One, or several that the service asks about together: all of them must be allowed.
        context: Condition keys of the request.
        because: Why, in a sentence; a row that says the obvious needs none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: str = Field(pattern=r"^[a-z0-9-]+:[A-Za-z0-9]+$")
    resource: str | tuple[str, ...] = "*"
    context: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    because: str = ""


class RoleRows(BaseModel):
    """What is written down of one role.

    Attributes:
        only: Environment where the role exists alone; both without it.
        allowed: None for a role that may do nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: str
    only: str | None = None
    allowed: tuple[Row, ...] = ()
    denied: tuple[Row, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Decision:
    """One row of one role in one environment."""

    role: str
    row: Row
    allowed: bool
    requests: tuple[Request, ...]

    def difference(self, roles: Mapping[str, Role]) -> str | None:
        """How the templates decide otherwise; None where they decide as written."""
        if self.role not in roles:
            return f"there is no role {self.role}"
        verdict = answer(roles[self.role], self.requests)
        if verdict.allowed == self.allowed:
            return None
        said = "allowed" if verdict.allowed else "denied"
        return f"{self.role}: {self.row.action} on {self.row.resource} is {said} ({verdict.by}). {self.row.because}"


def answer(role: Role, requests: Sequence[Request]) -> Verdict:
    """The first denial, else the last allowance."""
    verdicts = [role.grants.decide(request) for request in requests]
    return next((verdict for verdict in verdicts if not verdict.allowed), verdicts[-1])


def read_table(folder: Path = FOLDER) -> list[RoleRows]:
    """All files.

    Raises:
        TableUnreadable: A file does not fit.
    """
    return read_rows(folder, RoleRows)


def read_rows(folder: Path, kind: type[M]) -> list[M]:
    """The rows of all YAML files of a folder, each a list.

    Raises:
        TableUnreadable: A file does not fit.
    """
    found: list[M] = []
    for file in sorted(folder.glob("*.yaml")):
        try:
            rows = yaml.safe_load(file.read_text(encoding="utf-8"))
            found += [kind.model_validate(row) for row in rows]
        except (yaml.YAMLError, TypeError, ValidationError) as error:
            raise TableUnreadable(f"{file.name}: {error}") from error
    return found


def decisions(table: Sequence[RoleRows], environment: Environment, resolver: Resolver) -> Iterator[Decision]:
    """All rows that are about this environment."""
    named = Resources(environment, resolver)
    for role in table:
        if role.only not in {None, environment.name}:
            continue
        for allowed, rows in ((True, role.allowed), (False, role.denied)):
            for row in rows:
                asked = (row.resource,) if isinstance(row.resource, str) else row.resource
                context = {key: _filled(named, value) for key, value in row.context.items()}
                requests = tuple(Request(row.action, named.filled(each), context) for each in asked)
                yield Decision(names.role_name(role.role), row, allowed, requests)


def _filled(named: "Resources", value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    return named.filled(value) if isinstance(value, str) else tuple(map(named.filled, value))


class Resources:
    """What references of the table stand for in one environment."""

    def __init__(self, environment: Environment, resolver: Resolver) -> None:
        self._arns = Arns(environment)
        self._resolver = resolver
        self._kinds: Mapping[str, Callable[[str], str]] = {
            "account": lambda _: environment.account,
            "region": lambda _: environment.region,
            "other_account": lambda _: "333333333333",
            "boundary": self._arns.boundary,
            "engine": lambda _: self._attribute("agentcore", "AWS::BedrockAgentCore::PolicyEngine", "PolicyEngineArn"),
            "function": self._arns.function,
            "gateway": lambda _: self._attribute("agentcore", "AWS::BedrockAgentCore::Gateway", "GatewayArn"),
            "identity": lambda name: f"{self._arns.workload_directory}/workload-identity/{name}-{SUFFIX}",
            "directory": lambda _: self._arns.workload_directory,
            "key": self._key,
            "key_provider": self._arns.api_key_provider,
            "log": lambda group: self._arns.of("logs", f"log-group:{group}:log-stream:2026/11/26/[live]abc"),
            "memory": lambda _: self._attribute("agentcore", "AWS::BedrockAgentCore::Memory", "MemoryArn"),
            "packages": lambda key: f"arn:aws:s3:::{self._arns.packages_bucket}/{key}",
            "plans": lambda key: f"arn:aws:s3:::{names.PREFIX}-plans-{environment.account}-{environment.region}/{key}",
            "profile": lambda name: self._arns.of("bedrock", f"inference-profile/{name}"),
            "provider": self._arns.credential_provider,
            "role": self._arns.role,
            "runtime": lambda name: self._arns.runtime(name).replace(names.SERVICE_SUFFIX, f"-{SUFFIX}"),
            "secret": lambda name: self._arns.secret(name).replace("??????", "aB3xYz"),
            "store": lambda pool: self._attribute("apis", "AWS::VerifiedPermissions::PolicyStore", "Arn", pool),
            "table": self._arns.table,
            "vault": lambda _: self._arns.token_vault,
        }

    def filled(self, text: str) -> str:
        """A text with its references.

        Raises:
            TableUnreadable: One is not known.
        """

        def value(match: re.Match[str]) -> str:
            if match[1] not in self._kinds:
                raise TableUnreadable(f"nothing is known for {match[0]}")
            return self._kinds[match[1]](match[2] or "")

        return _REFERENCE.sub(value, text)

    def _key(self, stack: str) -> str:
        return self._attribute(stack, "AWS::KMS::Key", "Arn")

    def _attribute(self, stack: str, kind: str, attribute: str, part: str = "") -> str:
        templates: Mapping[str, Any] = {stack: self._resolver.templates.get(stack, {})}
        found = [logical_id for _, logical_id, _ in resources(templates, kind) if part in logical_id]
        if len(found) != 1:
            raise TableUnreadable(f"{stack} has {len(found)} of {kind} with {part or 'any name'}")
        return str(self._resolver.resolved(stack, {"Fn::GetAtt": [found[0], attribute]}))
