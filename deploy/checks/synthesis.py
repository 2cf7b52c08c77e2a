"""The CDK application once more: what it makes is what is committed, and cdk-nag has nothing left to say."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from deploy.checks.findings import Finding
from deploy.errors import ToolFailed
from deploy.programs import OWN, output_of
from deploy.templates import TEMPLATES, read_templates

_REPORT: Final = "validation-report.json"
_PROGRAM: Final = """
import sys
from pathlib import Path
from deploy.app import build
from deploy.templates import write_templates
folder = Path(sys.argv[1])
write_templates(build(folder / "out").synth(), folder / "templates")
"""


def synthesised() -> Iterator[Finding]:
    """Synthesises into a folder that is thrown away, and compares.

    Raises:
        ToolFailed: The application does not synthesise.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        output_of([str(OWN / "python"), "-c", _PROGRAM, name], ends=(0, 1))
        report = folder / "out" / _REPORT
        if not report.is_file():
            raise ToolFailed("the application did not synthesise, or cdk-nag did not look at it; try make synth")
        found = list(nag_findings(json.loads(report.read_text(encoding="utf-8"))))
        yield from found
        # With something found, the application stops before it has made templates.
        if not found:
            yield from template_differences(folder / "templates", TEMPLATES)


def nag_findings(report: Mapping[str, Any]) -> Iterator[Finding]:
    """What cdk-nag and CloudFormation's validation found and nobody acknowledged.

    cdk-nag is in a report only when it found something; that nobody looked at all is a finding, too.
    """
    looked = report.get("pluginReports", [])
    if not looked:
        yield Finding("cdk-nag", _REPORT, "no pack of rules looked at the stacks")
    for plugin in looked:
        for violation in plugin.get("violations", ()):
            places = [each.get("constructPath", "?") for each in violation.get("violatingConstructs", ())]
            yield Finding(f"cdk-nag {violation['ruleName']}", ", ".join(places), violation.get("description", ""))
        if plugin.get("conclusion") != "success":
            yield Finding("cdk-nag", _REPORT, "its conclusion is not success")


def template_differences(made: Path, committed: Path) -> Iterator[Finding]:
    """Stacks whose committed template is not what the application makes."""
    folders = {file.parent.name for root in (made, committed) for file in root.glob("*/*.json")}
    for environment in sorted(folders):
        new, old = read_templates(environment, made), read_templates(environment, committed)
        for stack in sorted(new.keys() | old.keys()):
            if new.get(stack) != old.get(stack):
                yield Finding("synthesis", f"{environment}/{stack}", "the committed template is stale: run make synth")
