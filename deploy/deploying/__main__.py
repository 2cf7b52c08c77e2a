"""`python -m deploy.deploying diff|deploy|destroy --environment sandbox|production [STACK …]`."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import boto3

from deploy.deploying.commands import command, wants_packages
from deploy.deploying.outputs import to_write_down
from deploy.deploying.preflight import Surroundings, require_ready
from deploy.deploying.uploading import upload
from deploy.environments import FILE, LOCAL_FILE, Environment, read_environments
from deploy.errors import CommandFailed, DataWouldGo, DeployError, NotConfirmed
from deploy.templates import read_templates

ROOT = Path(__file__).parents[2]
_CDK = Path(__file__).with_name("cli") / "node_modules" / ".bin" / "cdk"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.deploying")
    parser.add_argument("verb", choices=["diff", "deploy", "destroy"])
    parser.add_argument("--environment", choices=["sandbox", "production"], required=True)
    parser.add_argument("--yes", action="store_true", help="for workflows, whose environment has reviewers")
    parser.add_argument("stacks", nargs="*", help="all of them without a name")
    given = parser.parse_args()
    try:
        environment = read_environments(LOCAL_FILE if LOCAL_FILE.exists() else FILE).named(given.environment)
        around = Surroundings(boto3.Session(), _CDK, ROOT / "build" / "packages" / "report.json", ROOT)
        require_ready(environment, around)
        _require_meant(environment, given.verb, yes=given.yes)
        _run(environment, around, given)
    except DeployError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _require_meant(environment: Environment, verb: str, *, yes: bool) -> None:
    if verb == "destroy" and environment.retain_data:
        raise DataWouldGo(f"{environment.name} keeps its data; docs/aws.md, Teardown, says how it is given up by hand")
    if verb == "diff" or yes or (verb == "deploy" and not environment.retain_data):
        return
    sys.stderr.write(f"This changes account {environment.account}. Type {environment.name} to go on: ")
    if sys.stdin.readline().strip() != environment.name:
        raise NotConfirmed("nothing was done")


def _run(environment: Environment, around: Surroundings, given: argparse.Namespace) -> None:
    templates = read_templates(environment.name)
    if given.verb == "deploy" and wants_packages(templates, given.stacks):
        for key in upload(environment, around):
            sys.stdout.write(f"uploaded {key}\n")
    told = command(
        given.verb,
        environment,
        around.cdk,
        stacks=given.stacks,
        templates=templates,
        keys=around.package_keys(),
    )
    if subprocess.run(told, cwd=ROOT, check=False).returncode:  # noqa: S603 - a list of our own
        raise CommandFailed(f"cdk {given.verb} did not succeed; what it did is above")
    outputs = ROOT / "build" / "outputs.json"
    if given.verb == "deploy" and outputs.is_file():
        lines = to_write_down(environment, json.loads(outputs.read_text(encoding="utf-8")))
        if lines is not None:
            place = f"{environment.name} of deploy/environments.local.yaml"
            sys.stdout.write(f"\nPut this into {place} and deploy again:\n{lines}")


if __name__ == "__main__":
    sys.exit(main())
