"""Bill of materials, and known vulnerabilities where a database can be reached."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from deploy.checks.findings import Finding
from deploy.errors import NotAudited, ToolFailed
from deploy.programs import OWN, ROOT, output_of

SBOM: Final = ROOT / "build" / "sbom.cdx.json"
_UV: Final = str(OWN / "uv")


def bill_of_materials(file: Path = SBOM) -> Iterator[Finding]:
    """Writes CycloneDX of everything in uv.lock; something of the lock that it lacks is a finding."""
    file.parent.mkdir(parents=True, exist_ok=True)
    exported = output_of(
        [_UV, "export", "--quiet", "--frozen", "--all-groups", "--all-extras", "--format", "cyclonedx1.5"]
    )
    file.write_text(exported, encoding="utf-8")
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    yield from _missing(json.loads(exported), lock)


def _missing(bill: Any, lock: Any) -> Iterator[Finding]:
    listed = {(each["name"], each.get("version")) for each in bill.get("components", ())}
    for package in lock["package"]:
        if "registry" in package["source"] and (package["name"], package["version"]) not in listed:
            yield Finding("sbom", "uv.lock", f"{package['name']} {package['version']} is not in the bill of materials")


def vulnerabilities() -> Iterator[Finding]:
    """What OSV knows about the versions of uv.lock.

    Raises:
        NotAudited: The database could not be reached, or nothing was looked up. That is no good news.
    """
    try:
        report = output_of([_UV, "audit", "--frozen", "--output-format", "json", "--preview"], ends=(0, 1))
    except ToolFailed as error:
        raise NotAudited(f"known vulnerabilities were not looked up: {error}") from error
    yield from _vulnerable(report)


def _vulnerable(report: str) -> Iterator[Finding]:
    try:
        read = json.loads(report)
        audited = int(read["summary"]["audited_packages"])
    except (ValueError, KeyError, TypeError) as error:
        raise NotAudited("known vulnerabilities were not looked up: the report cannot be read") from error
    if audited == 0:
        raise NotAudited("known vulnerabilities were not looked up: no package was audited")
    for each in read["vulnerabilities"]:
        package = each["dependency"]
        yield Finding("audit", "uv.lock", f"{package['name']} {package['version']}: {each['id']}")
