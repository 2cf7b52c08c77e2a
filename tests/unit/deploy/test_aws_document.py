"""docs/aws.md names what is there: files, resource types, and every service of the talk."""

import re
from pathlib import Path

from deploy.templates import read_templates

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "aws.md").read_text("utf-8")
SECTION = TEXT.partition("## Each service of the talk")[2].partition("\n## ")[0]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in SECTION.splitlines() if line.startswith("| ")
][1:]
SERVICES = (
    *("API Gateway", "Lambda", "DynamoDB", "Cognito", "Verified Permissions", "WAF", "KMS", "Secrets Manager"),
    *("Service control policies", "Permission boundaries", "GuardDuty", "Inspector", "AgentCore Runtime"),
    *("AgentCore Gateway", "AgentCore Identity", "AgentCore Memory", "AgentCore Observability"),
    *("AgentCore Code Interpreter", "AgentCore Browser", "Private endpoints"),
)


def test_every_service_of_the_talk_has_a_row() -> None:
    assert set(SERVICES) <= {row[0] for row in ROWS}
    assert all(len(row) == 4 and all(row) for row in ROWS)


def test_every_file_that_a_row_names_exists() -> None:
    named = {path for row in ROWS for cell in row[2:] for path in re.findall(r"`([\w./-]+\.\w+)`", cell)}
    assert named
    assert [path for path in sorted(named) if not (ROOT / path).is_file()] == []


def test_every_resource_type_that_a_row_names_is_in_the_templates() -> None:
    templates = [*read_templates("production").values(), *read_templates("organization").values()]
    made = {resource["Type"] for template in templates for resource in template["Resources"].values()}
    named = {kind for row in ROWS for kind in re.findall(r"`(AWS::[\w:]+)`", row[1])}
    assert named <= made


def test_both_documents_lead_to_files_that_exist() -> None:
    for document in ("aws.md", "first-live-run.md"):
        text = (ROOT / "docs" / document).read_text("utf-8")
        paths = re.findall(r"`((?:deploy|docs|tests|apis|agent|identity|gateway_config)/[\w./-]*)`", text)
        paths += [f"docs/{each}" for each in re.findall(r"\]\((?!http)([\w.-]+)\)", text)]
        generated = {"deploy/environments.local.yaml"}
        assert [path for path in paths if path not in generated and not (ROOT / path).exists()] == [], document


def test_every_stack_of_the_templates_is_told_of() -> None:
    told = TEXT.partition("## Architecture")[2].partition("\n## ")[0]
    assert [stack for stack in read_templates("production") if f"| {stack} |" not in told] == []
