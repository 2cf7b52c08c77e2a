"""What the linter says."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from gateway_config.documents import Steps, place


@dataclass(frozen=True)
class Ground:
    """Why something is wrong.

    Attributes:
        kind: `model`: AWS's own description of the call; `documented`: AWS says so in words; `ours`: this system.
        source: Page of the documentation, operation, or file.
        as_of: Day on which the page was read, ISO 8601; empty for the other kinds.
    """

    kind: Literal["model", "documented", "ours"]
    source: str
    as_of: str = ""

    def __str__(self) -> str:
        if self.kind == "model":
            return f"the model refuses it ({self.source})"
        if self.kind == "documented":
            return f"documented as unsupported on {self.as_of} ({self.source})"
        return f"cannot work here ({self.source})"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        code: Name of the rule.
        file: Relative to the configuration.
        path: Place in the file; for policies their name.
        what: What is wrong there.
        ground: Why.
        mend: What to do.
    """

    code: str
    file: str
    path: str
    what: str
    ground: Ground
    mend: str

    def __str__(self) -> str:
        where = ": ".join(part for part in (self.file, self.path) if part)
        return f"{where}: {self.what} [{self.code}]\n    {self.ground}. {self.mend}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


Findings = Iterator[Finding]


def documented(page: str, as_of: str = "2026-11-26") -> Ground:
    """A page of the AgentCore developer guide, unless it says otherwise."""
    return Ground("documented", page, as_of)


def ours(source: str) -> Ground:
    return Ground("ours", source)


@dataclass(frozen=True)
class Rule:
    """One rule, which may find several places."""

    code: str
    ground: Ground
    mend: str

    def finding(self, file: str, at: Steps | str, what: str) -> Finding:
        path = at if isinstance(at, str) else place(at)
        return Finding(self.code, file, path, what, self.ground, self.mend)
