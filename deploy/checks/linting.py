"""The public linters over the committed templates and workflows."""

import json
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from deploy.checks.findings import Finding
from deploy.programs import OWN, ROOT, output_of
from deploy.templates import TEMPLATES

SKIPS: Final = Path(__file__).with_name("checkov.yaml")
CHECKOV: Final = Path(__file__).with_name(".venv") / "bin" / "checkov"
#: Not asked: it took names of secrets for secrets in one run and not in the next, over the same templates. Values are
#: looked for by identity.secrets_are_not_written_down and by detect-secrets.
_UNSTEADY: Final = "CKV_AWS_45"
#: cfn-lint adds the levels of what it found: 2 errors, 4 warnings, 8 informational.
_CFN_LINT_ENDS: Final = frozenset({0, 2, 4, 6, 8, 10, 12, 14})


class Skip(BaseModel):
    """An entry of checkov.yaml: what is not so here, where, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    check: str
    resources: tuple[str, ...]
    because: str

    def covers(self, check: str, resource: str) -> bool:
        return check == self.check and any(fnmatchcase(resource, each) for each in self.resources)


def cfn_lint(files: Sequence[Path] | None = None) -> Iterator[Finding]:
    """cfn-lint with all its rules but one.

    W3005 is about a dependency that is written although a reference implies it: the CDK writes both. Misspelt actions
    are warnings (W3037), so warnings are findings here.
    """
    chosen = [str(file) for file in files or sorted(TEMPLATES.glob("*/*.json"))]
    program = [str(OWN / "cfn-lint"), "--ignore-checks", "W3005", "--format", "json", "--", *chosen]
    for each in json.loads(output_of(program, ends=_CFN_LINT_ENDS) or "[]"):
        place = "/".join(map(str, each["Location"].get("Path") or ["?"]))
        yield Finding(f"cfn-lint {each['Rule']['Id']}", f"{_relative(each['Filename'])}:{place}", each["Message"])


@cache
def read_skips(file: Path = SKIPS) -> tuple[Skip, ...]:
    """The list."""
    return tuple(TypeAdapter(list[Skip]).validate_python(yaml.safe_load(file.read_text(encoding="utf-8"))))


def checkov(folder: Path = TEMPLATES) -> Iterator[Finding]:
    """Checkov's own rules, without those of its maker's service; each skip has a reason and is needed.

    Raises:
        ToolMissing: Its virtual environment is not there.
    """
    program = [str(CHECKOV), "-d", str(folder), "--framework", "cloudformation", "--skip-download", "--quiet"]
    program += ["--skip-check", _UNSTEADY]
    report = json.loads(output_of([*program, "--compact", "--output", "json"], ends=(0, 1)))
    yield from _not_skipped(report, read_skips())


def _not_skipped(report: Any, skips: Sequence[Skip]) -> Iterator[Finding]:
    summary = report.get("summary", report)
    if not summary["resource_count"] or summary["parsing_errors"]:
        yield Finding("checkov", str(TEMPLATES.name), "it could not read the templates")
    needed: set[Skip] = set()
    for failed in report.get("results", {}).get("failed_checks", ()):
        place = f"{failed['file_path'].strip('/').removesuffix('.json')}/{failed['resource'].rpartition('.')[2]}"
        reasons = [skip for skip in skips if skip.covers(failed["check_id"], place.rpartition("/")[2])]
        needed.update(reasons)
        if not reasons:
            yield Finding(f"checkov {failed['check_id']}", place, failed["check_name"])
    for skip in skips:
        if skip not in needed:
            yield Finding("checkov", SKIPS.name, f"nothing needs the skip of {skip.check} on {skip.resources[0]}")


def zizmor(folder: Path = ROOT / ".github") -> Iterator[Finding]:
    """Workflows: injections, actions that are not pinned, more permissions than needed, credentials left on disk."""
    program = [str(OWN / "zizmor"), "--offline", "--strict-collection", "--no-progress", "--no-exit-codes"]
    for each in json.loads(output_of([*program, "--format", "json", str(folder)])):
        where = each["locations"][0]["symbolic"]["key"]["Local"]["verbatim_path"]
        yield Finding(f"zizmor {each['ident']}", _relative(where), each["desc"])


def _relative(path: str) -> str:
    given = Path(path)
    return str(given.relative_to(ROOT)) if given.is_relative_to(ROOT) else path
