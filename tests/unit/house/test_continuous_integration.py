"""What runs before a commit, in CI and by hand is the same; nothing of the workflows moves by itself."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yaml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def recipe(target: str) -> list[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [found] = re.findall(rf"^{target}:[^\n]*\n((?:\t[^\n]*\n)+)", makefile, re.MULTILINE)
    lines = found.replace("\t", "").splitlines()
    return [line.replace("$(BIN)", ".venv/bin").replace("@$(MAKE) --no-print-directory", "make") for line in lines]


def hooks() -> list[dict[str, Any]]:
    [local] = read(ROOT / ".pre-commit-config.yaml")["repos"]
    assert local["repo"] == "local"
    found: list[dict[str, Any]] = local["hooks"]
    return found


def test_before_a_commit_runs_what_make_check_runs() -> None:
    assert [hook["entry"] for hook in hooks()] == recipe("check")


def test_no_hook_looks_at_changed_files_alone() -> None:
    assert all(hook["always_run"] and not hook["pass_filenames"] and hook["language"] == "system" for hook in hooks())


def steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in read(workflow)["jobs"].values() for step in job.get("steps", ())]


def test_ci_runs_the_targets_that_people_run() -> None:
    runs = [step["run"] for step in steps(ROOT / ".github" / "workflows" / "ci.yaml") if "run" in step]
    assert runs == [
        "make check",
        "make test",
        "make conformance-identity conformance-foreign-client",
        "make check-aws",
        ".venv/bin/python -m deploy.checks --audit-required audit",
    ]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_to_a_commit_and_says_its_version(workflow: Path) -> None:
    lines = [line.strip() for line in workflow.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    used = [line.partition("uses: ")[2] for line in lines]
    assert [
        each for each in used if not each.startswith("$/") and not re.fullmatch(PINNED.pattern + r" # v[\d.]+", each)
    ] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_nothing_that_its_jobs_do_not_ask_for(workflow: Path) -> None:
    document = read(workflow)
    assert document["permissions"] == {}
    assert all("permissions" in job for job in document["jobs"].values())
    assert "secrets." not in workflow.read_text(encoding="utf-8")


def test_only_deployment_gets_a_token_and_only_in_an_environment_with_reviewers() -> None:
    document = read(ROOT / ".github" / "workflows" / "deploy-to.yaml")
    [job] = document["jobs"].values()
    assert job["environment"] == "${{ inputs.environment }}"
    assert "id-token" not in str(read(ROOT / ".github" / "workflows" / "ci.yaml"))
    production = read(ROOT / ".github" / "workflows" / "deploy.yaml")["jobs"]["production"]
    assert production["needs"] == "sandbox"


def test_versions_are_proposed_after_a_week_for_every_lock_file() -> None:
    updates = read(ROOT / ".github" / "dependabot.yml")["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"uv", "github-actions", "npm", "pip"}
    assert all(update["cooldown"]["default-days"] >= 7 for update in updates)
    folders = {folder for update in updates for folder in update.get("directories", [update.get("directory")])}
    locks = [*ROOT.glob("tests/conformance/*/package-lock.json"), *ROOT.glob("deploy/checks/*/package-lock.json")]
    locks += [
        *ROOT.glob("tests/conformance/*/requirements.txt"),
        ROOT / "deploy/checks/requirements.txt",
        ROOT / "uv.lock",
    ]
    assert {f"/{lock.parent.relative_to(ROOT)}".replace("/.", "/") for lock in locks} == folders


def test_somebody_owns_what_is_deployed() -> None:
    owned = (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8")
    paths = [line.split()[0] for line in owned.splitlines() if line and not line.startswith("#")]
    assert {"/.github/", "/deploy/", "/gateway_config/"} <= set(paths)
    assert all((ROOT / path.strip("/")).exists() for path in paths)


def test_the_list_of_pinned_actions_is_what_the_workflows_use() -> None:
    page = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    listed = {
        f"{name}@{commit} # {tag}"
        for name, tag, commit in re.findall(r"^\| (\S+) \| (v\S+) \| `(\w{40})` \|$", page, re.MULTILINE)
    }
    used = {step["uses"] for workflow in WORKFLOWS for step in steps(workflow) if "uses" in step}
    assert {each.partition(" ")[0] for each in listed} == used
    assert all(each in "\n".join(workflow.read_text(encoding="utf-8") for workflow in WORKFLOWS) for each in listed)
