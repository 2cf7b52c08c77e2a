"""`coach env`: export lines for boto3 and the AWS SDKs."""

import argparse
import json
import shlex
import sys
from collections.abc import Mapping

from agent.terminal.endpoints import Endpoints
from agent.terminal.errors import StackFailed, UsageWrong
from agent.terminal.home import Home, open_home, read_private
from agent.terminal.settings import TerminalSettings
from agent.terminal.stack_process import running_stack

OPERATOR = "operator"


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:
    """Prints lines for `eval "$(coach env)"`."""
    home = open_home(settings.home)
    endpoints = running_stack(home)
    if endpoints is None:
        raise StackFailed("no stack is running; start one with: coach up")
    for line in export_lines(endpoints, vault_key(home, arguments.workload or OPERATOR)):
        sys.stdout.write(line + "\n")
    return 0


def export_lines(endpoints: Endpoints, key: Mapping[str, str]) -> list[str]:
    """Shell lines that point the AWS SDKs at the stack."""
    variables = {
        "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": endpoints.vault,
        "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL": endpoints.vault_control,
        "AWS_DEFAULT_REGION": endpoints.region,
        "AWS_REGION": endpoints.region,
        "AWS_ACCESS_KEY_ID": key["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": key["secret_access_key"],
        # The local keys have no session token; one that is left over from another account would be sent with them.
        "AWS_SESSION_TOKEN": "",
        # Without it an SDK that finds no key asks the network for one.
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]


def vault_key(home: Home, principal: str) -> dict[str, str]:
    """The local vault key of the operator or of one workload.

    Raises:
        UsageWrong: There is no such principal.
    """
    keys: dict[str, dict[str, str]] = json.loads(read_private(home.vault_keys))
    if principal not in keys:
        raise UsageWrong(
            f"there is no workload {principal!r}; there are: {', '.join(sorted(keys.keys() - {OPERATOR}))}"
        )
    return keys[principal]
