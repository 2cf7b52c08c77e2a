"""Each public program finds what is planted for it, and a program that could not look says so."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.checks import __main__ as runner
from deploy.checks import linting, secret_scan, supply_chain
from deploy.checks.findings import Finding
from deploy.checks.synthesis import nag_findings, template_differences
from deploy.errors import NotAudited, ToolFailed, ToolMissing
from deploy.programs import OWN, ROOT, output_of

UNPINNED = """
name: a
on: pull_request_target
permissions: write-all
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v5
      - run: echo "${{ github.event.pull_request.title }}"
"""


def template(folder: Path, **resources: Any) -> Path:
    file = folder / "sandbox" / "a.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"Resources": resources}), encoding="utf-8")
    return file


def bucket(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::S3::Bucket", "Properties": properties}


def test_cfn_lint_takes_a_misspelt_action_for_an_error(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObjekt", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    policy = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
    assert [each.check for each in linting.cfn_lint([template(tmp_path, a=policy)])] == ["cfn-lint W3037"]


def test_cfn_lint_finds_a_property_that_is_none(tmp_path: Path) -> None:
    [found] = linting.cfn_lint([template(tmp_path, a=bucket(BucketNam="a"))])
    assert found.check == "cfn-lint E3002"


def test_checkov_finds_an_open_bucket(tmp_path: Path) -> None:
    template(tmp_path, open=bucket(AccessControl="PublicRead"))
    assert "checkov CKV_AWS_20" in {each.check for each in linting.checkov(tmp_path) if each.place == "sandbox/a/open"}


def test_a_skip_that_nothing_needs_is_found(tmp_path: Path) -> None:
    template(tmp_path, bucket=bucket())
    unneeded = {each.text for each in linting.checkov(tmp_path) if each.place == "checkov.yaml"}
    assert any("CKV_AWS_59" in text for text in unneeded)
    assert not any("CKV_AWS_18" in text for text in unneeded)


def test_templates_that_checkov_cannot_read_are_found(tmp_path: Path) -> None:
    assert "it could not read the templates" in {each.text for each in linting.checkov(tmp_path)}


def test_zizmor_finds_what_a_stranger_could_use(tmp_path: Path) -> None:
    file = tmp_path / ".github" / "workflows" / "a.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(UNPINNED, encoding="utf-8")
    found = {each.check.removeprefix("zizmor ") for each in linting.zizmor(tmp_path / ".github")}
    assert {"template-injection", "unpinned-uses", "dangerous-triggers", "artipacked"} <= found


def test_a_secret_that_nobody_read_is_found(tmp_path: Path) -> None:
    key = "AKIA" + "5T7XQ2LM9ZRWB4KD"
    (tmp_path / "a.py").write_text(f"KEY = '{key}'\n", encoding="utf-8")
    found = secret_scan.scanned(["a.py"], root=tmp_path)
    [(_, each)] = found.items()
    assert "AWS Access Key" in {kind for kind, _ in each}
    [*told] = secret_scan._differences(found, {})
    assert "looks like a secret" in told[0].text
    assert key not in str(told)


def test_a_baseline_that_names_what_is_gone_is_found() -> None:
    [found] = secret_scan._differences({}, {"a.py": [("Secret Keyword", "0" * 40)]})
    assert "what is gone" in found.text


def test_a_package_that_the_bill_of_materials_lacks_is_found(tmp_path: Path) -> None:
    assert list(supply_chain.bill_of_materials(tmp_path / "bill.json")) == []
    bill = json.loads((tmp_path / "bill.json").read_text(encoding="utf-8"))
    assert bill["specVersion"] == "1.5"
    bill["components"] = [each for each in bill["components"] if each["name"] != "boto3"]
    lock = {"package": [{"name": "boto3", "version": "1", "source": {"registry": "one"}}]}
    [found] = supply_chain._missing(bill, lock)
    assert "boto3 1" in found.text


def audited(packages: int, *vulnerabilities: Any) -> str:
    return json.dumps({"summary": {"audited_packages": packages}, "vulnerabilities": vulnerabilities})


def test_a_known_vulnerability_is_found() -> None:
    known = {"dependency": {"name": "boto3", "version": "1"}, "id": "GHSA-1"}
    [found] = supply_chain._vulnerable(audited(3, known))
    assert found.text == "boto3 1: GHSA-1"
    assert list(supply_chain._vulnerable(audited(3))) == []


@pytest.mark.parametrize("report", [audited(0), "", "{}", "could not be audited"])
def test_an_audit_of_nothing_is_no_good_news(report: str) -> None:
    with pytest.raises(NotAudited):
        list(supply_chain._vulnerable(report))


def nag(**plugin: Any) -> dict[str, Any]:
    return {"pluginReports": [{"conclusion": "success", "violations": [], **plugin}]}


def test_what_cdk_nag_found_is_found() -> None:
    violation = {"ruleName": "AwsSolutions-S1", "violatingConstructs": [{"constructPath": "a/b"}], "description": "c"}
    found = list(nag_findings(nag(conclusion="failure", violations=[violation])))
    assert [(each.check, each.place) for each in found] == [
        ("cdk-nag AwsSolutions-S1", "a/b"),
        ("cdk-nag", "validation-report.json"),
    ]
    assert list(nag_findings(nag())) == []
    assert len(list(nag_findings({}))) == 1


def test_a_committed_template_that_is_stale_missing_or_left_over_is_found(tmp_path: Path) -> None:
    for folder, stacks in (("made", {"a": 1, "b": 1, "c": 1}), ("committed", {"a": 1, "b": 2, "d": 1})):
        for stack, value in stacks.items():
            file = tmp_path / folder / "sandbox" / f"{stack}.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps({"Resources": value}), encoding="utf-8")
    found = template_differences(tmp_path / "made", tmp_path / "committed")
    assert [each.place for each in found] == ["sandbox/b", "sandbox/c", "sandbox/d"]


def test_a_program_that_is_not_there_or_fails_is_no_program_that_found_nothing() -> None:
    with pytest.raises(ToolMissing):
        output_of([str(ROOT / "no-such-program")])
    with pytest.raises(ToolFailed, match="ended with 3"):
        output_of([str(OWN / "python"), "-c", "raise SystemExit(3)"])


def missing() -> list[Finding]:
    raise ToolMissing("it is not installed")


def unreachable() -> list[Finding]:
    raise NotAudited("nobody answered")


@pytest.mark.parametrize(
    ("check", "options", "code"),
    [
        (list, [], 0),
        (lambda: [Finding("a", "b", "c")], [], 1),
        (missing, [], 1),
        (unreachable, [], 0),
        (unreachable, ["--audit-required"], 1),
    ],
    ids=["nothing", "something", "no program", "no database", "no database where there must be one"],
)
def test_the_exit_code_says_whether_all_is_well(
    monkeypatch: pytest.MonkeyPatch, check: Any, options: list[str], code: int
) -> None:
    monkeypatch.setattr(runner, "CHECKS", {"one": check})
    monkeypatch.setattr("sys.argv", ["deploy.checks", *options, "one"])
    assert runner.main() == code
