"""`coach config lint`: what is wrong with `gateway_config/`, on a laptop or, with `--target aws`, for AWS."""

import argparse
import json
import sys
from collections.abc import Sequence

from agent.terminal.settings import TerminalSettings
from gateway_config.lint.check import check
from gateway_config.lint.findings import Finding
from gateway_config.lint.values import Where


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:  # noqa: ARG001 -- every command has them
    """Says what was found; exit code 1 if there is anything."""
    where: Where = "aws" if arguments.target == "aws" else "laptop"
    findings = check(where)
    sys.stdout.write(_json(findings, where) if arguments.json else _text(findings, where))
    return 1 if findings else 0


def _json(findings: Sequence[Finding], where: Where) -> str:
    told = {"target": where, "findings": [finding.as_json() for finding in findings]}
    return json.dumps(told, separators=(",", ":")) + "\n"


def _text(findings: Sequence[Finding], where: Where) -> str:
    told = "".join(f"{finding}\n" for finding in findings)
    asked = " (its models and documentation; AWS itself was not asked)" if where == "aws" else ""
    return f"{told}gateway_config for {where}{asked}: {len(findings) or 'nothing'} found\n"
