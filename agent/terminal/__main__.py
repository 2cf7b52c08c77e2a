"""Entry point of `coach`: reads the environment, imports the one command that was typed, returns its exit code.

Commands are imported by name at run time. Together they would load httpx, rich, prompt_toolkit and the MCP
client, 1.5 s of imports, of which `coach --help` needs nothing and `coach ask` may only start them after the
stack has been started beside it.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from agent.terminal.command_line import parser
from agent.terminal.errors import StreamUnusable, TerminalError
from agent.terminal.settings import read_settings
from agent.terminal.standard_streams import discard_output, require_output

INTERRUPTED = 130
COMMAND_MODULES = {
    name: f"agent.terminal.commands.{module}"
    for name, module in {
        "chat": "chat",
        "ask": "ask",
        "import": "import_activities",
        "login": "login",
        "logout": "logout",
        "whoami": "whoami",
        "profile": "profile",
        "token": "token",
        "clients": "clients",
        "accounts": "accounts",
        "forget": "forget",
        "keys": "keys",
        "up": "up",
        "env": "env",
        "trace": "trace",
        "config": "config",
        "policy": "policy",
        "tools": "tools",
        "doctor": "doctor",
    }.items()
}


def run(arguments: Sequence[str] | None = None) -> None:
    """Runs one command and exits with its code.

    Args:
        arguments: Words after `coach`; those of the process by default.
    """
    sys.exit(main(arguments))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; a usage error raises SystemExit(2) as argparse does."""
    try:
        require_output()
        return _ended(parser().parse_args(arguments))
    except StreamUnusable as error:
        _tell(str(error))
        return error.exit_code
    except BrokenPipeError:
        discard_output()  # the reader (head, less) went away
        return 1
    except OSError as error:
        discard_output()
        _tell(f"{error.filename or 'reading or writing failed'}: {error.strerror or 'reason unknown'}")
        return 1


def _ended(parsed: argparse.Namespace) -> int:
    try:
        command: Callable[..., int] = importlib.import_module(COMMAND_MODULES[parsed.command]).run
        code = command(parsed, read_settings())
        sys.stdout.flush()  # here, where a failure can still be told
    except TerminalError as error:
        _tell(str(error))
        if getattr(parsed, "json", False):
            event = {"type": "error", "code": error.code, "message": str(error)}
            sys.stdout.write(json.dumps(event, separators=(",", ":")) + "\n")
            sys.stdout.flush()
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _tell(sentence: str) -> None:
    # Standard error may be as full as standard output; then there is nobody to tell.
    with suppress(OSError):
        sys.stderr.write(f"coach: {sentence}\n")


if __name__ == "__main__":
    run()
