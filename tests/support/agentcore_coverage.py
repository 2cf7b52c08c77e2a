"""The tables of docs/agentcore-coverage.md: AWS's models of identity, gateways, policies and memory, and what is here.

`python -m tests.support.agentcore_coverage` writes the tables into the document; a test fails when one is stale.
"""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

from identity.vault.operations import Operations
from local_agentcore.control_plane.operations import ControlOperations
from local_agentcore.memory.operations import MemoryOperations
from tests.support.aws_shapes import GATEWAY_OPERATIONS, MEMORY_OPERATIONS, OPERATIONS
from tests.support.vault_operations import EXERCISES

DOCUMENT = Path(__file__).parents[2] / "docs" / "agentcore-coverage.md"
BEGIN, END = "<!-- generated table: begin -->", "<!-- generated table: end -->"
GATEWAY_BEGIN, GATEWAY_END = "<!-- generated gateway table: begin -->", "<!-- generated gateway table: end -->"
GATEWAY_TEST = "tests/contract/control_plane/test_gateway_operations.py"
MEMORY_BEGIN, MEMORY_END = "<!-- generated memory table: begin -->", "<!-- generated memory table: end -->"
TEST = "tests/contract/sdk/test_operations.py"
TIER_1 = frozenset(
    {"GetWorkloadAccessToken", "GetWorkloadAccessTokenForJWT", "GetWorkloadAccessTokenForUserId"}
    | {"GetResourceOauth2Token", "GetResourceApiKey", "CompleteResourceTokenAuth"}
    | {f"{verb}WorkloadIdentity" for verb in ("Create", "Get", "Update", "Delete")}
    | {f"{verb}Oauth2CredentialProvider" for verb in ("Create", "Get", "Update", "Delete")}
    | {f"{verb}ApiKeyCredentialProvider" for verb in ("Create", "Get", "Update", "Delete")}
    | {"ListWorkloadIdentities", "ListOauth2CredentialProviders", "ListApiKeyCredentialProviders"}
)
TIER_2 = frozenset({"GetTokenVault"})


class _Anything:
    """Stands in for a collaborator where only the names of operations are asked for."""

    def __getattr__(self, _: str) -> Any:
        return self


def supported() -> frozenset[str]:
    """Names of AWS's operations that the vault has."""
    anything: Any = _Anything()
    names = Operations(**{field.name: anything for field in fields(Operations)})._by_name()
    return frozenset(names).intersection(OPERATIONS)  # without the local extensions


def tier(operation: str) -> int:
    """1: everything must work; 2: worked on where it is useful; 3: left to AWS."""
    if operation in TIER_1:
        return 1
    return 2 if operation in TIER_2 else 3


def table() -> str:
    """The counts and one row for each operation of the model."""
    ours = supported()
    rows = sorted(OPERATIONS.values(), key=lambda one: (one.service_model.service_name, tier(one.name), one.name))
    of_tier_1 = sum(one.name in ours for one in rows if tier(one.name) == 1)
    counts = (
        f"{sum(one.name in ours for one in rows)} of the {len(rows)} identity operations of AWS's model are covered, "
        f"{of_tier_1} of {len(TIER_1)} in tier 1. "
        "The rest answer 501 with `x-amzn-ErrorType: NotImplementedException`."
    )
    head = ["| service | operation | path | tier | local vault | test |", "|---|---|---|---|---|---|"]
    return "\n".join([counts, "", *head, *(_row(one, ours) for one in rows)])


def _row(operation: Any, ours: frozenset[str]) -> str:
    name, covered = operation.name, operation.name in ours
    cells = (
        operation.service_model.service_name,
        name,
        f"`{operation.http['requestUri']}`",
        str(tier(name)),
        "covered" if covered else "501",
        _test_of(name, covered=covered),
    )
    return f"| {' | '.join(cells)} |"


def _test_of(name: str, *, covered: bool) -> str:
    if not covered:
        return f"`{TEST}` answers 501"
    return f"`{TEST}[{name}]`" if name in EXERCISES else "none"


def gateway_operations() -> frozenset[str]:
    """Names of AWS's operations that the control plane has for gateways and policies."""
    anything: Any = _Anything()
    return ControlOperations(anything).names


def gateway_table() -> str:
    """The counts and one row for each operation on gateways and policies."""
    ours = gateway_operations()
    rows = sorted(GATEWAY_OPERATIONS.values(), key=lambda one: (one.name not in ours, one.name))
    counts = (
        f"{len(ours)} of the {len(rows)} operations on gateways, policy engines and policies are covered. "
        "The rest answer 501 with `x-amzn-ErrorType: NotImplementedException`."
    )
    head = ["| operation | method and path | local control plane | test |", "|---|---|---|---|"]
    return "\n".join([counts, "", *head, *(_gateway_row(one, covered=one.name in ours) for one in rows)])


def _gateway_row(operation: Any, *, covered: bool) -> str:
    answered = "answers for what is declared" if operation.name.startswith("Create") else "covered"
    cells = (
        operation.name,
        f"`{operation.http['method']} {operation.http['requestUri']}`",
        answered if covered else "501",
        f"`{GATEWAY_TEST}[{operation.name}]`" if covered else f"`{GATEWAY_TEST}` answers 501",
    )
    return f"| {' | '.join(cells)} |"


def memory_table() -> str:
    """The counts and one row for each operation on memory; our own extension is none of AWS's."""
    ours = MemoryOperations("", cast("Any", _Anything()), expiry_days=1).names
    theirs = [one for one in MEMORY_OPERATIONS.values() if not one.name.startswith("local:")]
    rows = sorted(theirs, key=lambda one: (one.name not in ours, one.name))
    counts = (
        f"{sum(one.name in ours for one in rows)} of the {len(rows)} data-plane operations on memory are covered. "
        "The rest answer 501 with `x-amzn-ErrorType: NotImplementedException`."
    )
    head = ["| operation | method and path | local memory |", "|---|---|---|"]
    cells = (
        (one.name, f"`{one.http['method']} {one.http['requestUri']}`", "covered" if one.name in ours else "501")
        for one in rows
    )
    return "\n".join([counts, "", *head, *(f"| {' | '.join(row)} |" for row in cells)])


def written_table(begin: str = BEGIN, end: str = END) -> str:
    """A table as the document has it."""
    between = re.search(f"{re.escape(begin)}\n(.*)\n{re.escape(end)}", DOCUMENT.read_text("utf-8"), re.DOTALL)
    return between[1] if between else ""


def write_tables() -> None:
    """Bring the document up to date."""
    text = DOCUMENT.read_text("utf-8")
    for begin, end, content in (
        (BEGIN, END, table()),
        (GATEWAY_BEGIN, GATEWAY_END, gateway_table()),
        (MEMORY_BEGIN, MEMORY_END, memory_table()),
    ):
        before, rest = text.split(begin)
        text = f"{before}{begin}\n{content}\n{end}{rest.split(end)[1]}"
    DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_tables()
