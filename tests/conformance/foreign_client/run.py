"""Starts the stack and a stranger's client against its gateway.

Called by `make conformance-foreign-client`. Exit code 0 when every case passed.
"""

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.running_stack import RunningStack, running_stack

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PROGRAM_PYTHON = HERE / ".venv" / "bin" / "python"
LONGEST_S = 120.0
PROTOCOLS = {"maya": ("auto", "the newest protocol"), "jonas": ("legacy", "a handshake")}


def run_program(
    stack: RunningStack, athlete: str, mode: str, folder: Path
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the program saw, and what the athlete at the browser did.

    Raises:
        CalledProcessError: The program ended with an error.
    """
    log = folder / f"{athlete}.jsonl"
    browser = f"{shlex.quote(sys.executable)} -m tests.conformance.foreign_client.browser %s &"
    environment = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "BROWSER": browser,
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "FASTMCP_LOG_LEVEL": "WARNING",
        "CONFORMANCE_ATHLETE": athlete,
        "CONFORMANCE_PASSWORD": stack.blueprint.keys.athlete_password,
        "CONFORMANCE_LOG": str(log),
    }
    done = subprocess.run(
        [PROGRAM_PYTHON, HERE / "program.py", stack.endpoints["gateway"], mode],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        timeout=LONGEST_S,
        check=True,
    )
    saw: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return saw, [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def cases(stack: RunningStack, saw: dict[str, Any], visits: list[dict[str, Any]]) -> Iterator[tuple[str, bool]]:
    """Each case, and whether it passed."""
    decided = [heading for visit in visits for heading in visit["decided"]]
    teams = {name.partition("___")[0] for name in saw["tools"]}
    yield "it registers itself, and the athlete lets it in", "Allow FastMCP Client to use your account?" in decided
    yield "it is offered the tools of all teams", teams >= {"activities", "routes", "socials", "support"}
    yield "it is offered no tool that writes", "socials___add_comment" not in saw["tools"]
    vault = stack.blueprint.ports.url("data_plane")
    yield "it is told one page of the vault", len(saw["pages"]) == 1 and saw["pages"][0].startswith(f"{vault}/")
    yield "the athlete agrees there", "Allow The coach's tools to use your account?" in decided
    yield "the account is connected", [visit["outcome"] for visit in visits if visit["outcome"]] == ["linked"]
    yield "the call is answered with the athlete's clubs", bool((saw["clubs"] or {}).get("clubs"))


def main() -> int:
    """Run every case, one line each."""
    passed = []
    with tempfile.TemporaryDirectory() as name, running_stack(Path(name) / "home", "gateway") as stack:
        for athlete, (mode, protocol) in PROTOCOLS.items():
            saw, visits = run_program(stack, athlete, mode, Path(name))
            for case, good in cases(stack, saw, visits):
                print(f"{'ok  ' if good else 'FAIL'} {protocol}: {case}")  # noqa: T201 - the report
                passed.append(good)
    print(f"{sum(passed)} of {len(passed)} passed")  # noqa: T201 - the report
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
