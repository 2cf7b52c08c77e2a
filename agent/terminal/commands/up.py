"""`coach up`: the whole stack in the foreground."""

import argparse
import os

from agent.terminal.errors import StackFailed, UsageWrong
from agent.terminal.home import Home, open_home
from agent.terminal.settings import TerminalSettings, base_port
from agent.terminal.stack_process import STACK, check_model, running_stack, stack_arguments, try_lock


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:
    """Becomes the stack: signals, output and exit code are then its own."""
    if arguments.only and not arguments.processes:
        raise UsageWrong("--only needs --processes")
    port = base_port(arguments.port) if arguments.port else settings.port
    check_model(settings.model)
    home = open_home(settings.home)
    running = None if arguments.only else running_stack(home)
    if running is not None:
        raise StackFailed(f"a stack of {home.root} is running already, process {running.pid}")
    command = [
        *STACK,
        *stack_arguments(home, port),
        *(["--json"] if arguments.json else []),
        *(["--processes"] if arguments.processes else []),
        *(["--only", arguments.only] if arguments.only else ["--start-lock", str(_start_lock(home))]),
    ]
    os.execv(command[0], command)  # noqa: S606 -- our own module, arguments as a list, no shell


def _start_lock(home: Home) -> int:
    """The lock that makes other commands wait for this start; the stack gives it back when it answers."""
    lock = try_lock(home.stack_lock)
    if lock is None:
        raise StackFailed(f"another command is starting a stack of {home.root}")
    os.set_inheritable(lock, True)  # noqa: FBT003 -- the one parameter of the standard library's function
    return lock
