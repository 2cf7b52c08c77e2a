"""Entry point of `coach`: reads the environment, imports the one command that was typed, returns its exit code.

Commands are imported by name at run time. Together they would load httpx, rich, prompt_toolkit and the MCP
client, 1.5 s of imports, of which `coach --help` needs nothing and `coach ask` may only start them after the
stack has been started beside it.
"""

import importlib
import os
import sys
from collections.abc import Callable, Sequence

from agent.terminal.command_line import parser
from agent.terminal.errors import TerminalError
from agent.terminal.settings import read_settings

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
        "token": "token",
        "up": "up",
        "env": "env",
        "trace": "trace",
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
    parsed = parser().parse_args(arguments)
    try:
        command: Callable[..., int] = importlib.import_module(COMMAND_MODULES[parsed.command]).run
        return command(parsed, read_settings())
    except TerminalError as error:
        sys.stderr.write(f"coach: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) went away; the interpreter must not fail again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    run()
