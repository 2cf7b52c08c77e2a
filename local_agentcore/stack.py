"""Starts the whole system on a laptop: `python -m local_agentcore.stack`.

One process with a thread and an event loop per part, or with `--processes` one process per part under a supervisor.
When everything answers, one line of JSON with the endpoints goes to standard output; logs go to a file.
"""

import argparse
import gc
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from local_agentcore.blueprint import REGION, SOCIALS_POOL, Blueprint, open_home
from local_agentcore.errors import StackError
from local_agentcore.home import write_private
from local_agentcore.parts import part_names, serve_part
from local_agentcore.ports import TEAMS
from local_agentcore.serving_thread import ServingThread
from local_agentcore.settings import StackSettings
from local_agentcore.trace_file import record_hops

logger = logging.getLogger(__name__)
Announce = Callable[[Blueprint, Mapping[str, int]], None]
# Their lines hold request URLs, thus search texts, or whole events.
CHATTY_LOGGERS = ("httpx", "httpx2", "httpcore", "mcp", "botocore", "strands", "aws_lambda_powertools", "uvicorn")


class _LogFile(RotatingFileHandler):
    """Starts anew with the record after the one that made it too large.

    The original formats every record twice, and asks the file system twice about the file, to know that beforehand.
    """

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802, ARG002 - logging's name
        """See `RotatingFileHandler`."""
        return self.stream is not None and self.stream.tell() >= self.maxBytes


def endpoints(blueprint: Blueprint, pids: Mapping[str, int]) -> dict[str, Any]:
    """The document of `coach up --json`, also kept in `run/stack.json`.

    Args:
        blueprint: The stack.
        pids: Part to process.
    """
    ports = blueprint.ports
    return {
        "agent": ports.runtime_url("coach"),
        "issuer": blueprint.issuer,
        "socials_issuer": blueprint.issuer_of(SOCIALS_POOL),
        "consent_return": ports.url("consent_return"),
        "vault": ports.url("data_plane"),
        "vault_control": ports.url("control_plane"),
        "gateway": ports.gateway_url(),
        "memory": ports.url("data_plane"),
        "mcp": {team: ports.runtime_url(f"mcp-{team}") for team in TEAMS},
        "apis": {team: ports.url(f"api-{team}") for team in TEAMS},
        "pids": dict(pids),
        "region": REGION,
        "access_key_id": blueprint.keys.access_keys["operator"].access_key_id,
        "home": str(blueprint.home),
        "weather": blueprint.weather,
        "tools": blueprint.tools,
        "pid": os.getpid(),
    }


def main(arguments: Sequence[str], settings: StackSettings) -> int:
    """Run until a signal, or until standard input closes if a parent asked for that.

    Args:
        arguments: Of the command line.
        settings: Defaults from the environment.
    """
    options = _options(arguments, settings)
    log_to_file(options.home, options.only or "stack")
    try:
        return _run(_planned(options, settings), options)
    except StackError as error:
        sys.stderr.write(f"coach: {error}\n")
        return 1


def _planned(options: argparse.Namespace, settings: StackSettings) -> Blueprint:
    return replace(open_home(options.home, options.port), weather=settings.weather, tools=settings.tools)


def log_to_file(home: Path, name: str) -> None:
    """Send every log record of this process to `logs/NAME.log`."""
    os.umask(0o077)  # first: `parents` of a new home are made with what the umask leaves
    folder = home / "logs"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = _LogFile(folder / f"{name}.log", maxBytes=5_000_000, backupCount=2, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # No format of ours names them, and finding them out costs as much as writing the line.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for chatty in CHATTY_LOGGERS:
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _run(blueprint: Blueprint, options: argparse.Namespace) -> int:
    stopping = _stop_on_signal(watch_stdin=options.parent_pipe)
    spans = record_hops(blueprint.home / "traces" / "hops.jsonl")
    try:
        return _run_until(stopping, blueprint, options)
    finally:
        spans.shutdown()  # writes what is still waiting


def _run_until(stopping: threading.Event, blueprint: Blueprint, options: argparse.Namespace) -> int:
    announce = partial(_announce, start_lock=options.start_lock)
    if options.only:
        return _run_parts(blueprint, [options.only], options.model, stopping)
    if options.processes:
        from local_agentcore.supervisor import supervise  # noqa: PLC0415 - loads nothing of the parts

        _keep_what_is_loaded()
        return supervise(blueprint, options.model, stopping, announce)
    return _run_whole(blueprint, options.model, stopping, announce)


def _run_whole(blueprint: Blueprint, model: str, stopping: threading.Event, announce: Announce) -> int:
    from local_agentcore.first_start import complete  # noqa: PLC0415 - loads while the parts start

    blueprint.ports.require_free()
    threads = [serve_part(blueprint, part, model) for part in part_names()]
    try:
        for thread in threads:
            thread.wait_until_ready()
        complete(blueprint)
        _keep_what_is_loaded()
        announce(blueprint, dict.fromkeys(part_names(), os.getpid()))
        stopping.wait()
    finally:
        _withdraw(blueprint)
        _stop(threads)
    return 0


def _run_parts(blueprint: Blueprint, parts: Sequence[str], model: str, stopping: threading.Event) -> int:
    threads = [serve_part(blueprint, part, model) for part in parts]
    for thread in threads:
        thread.wait_until_ready()
    _keep_what_is_loaded()
    while not stopping.wait(0.5):
        if not all(thread.alive for thread in threads):
            return 1
    _stop(threads)
    return 0


def _keep_what_is_loaded() -> None:
    """From now on garbage is collected, but not looked for among the modules."""
    gc.freeze()
    gc.enable()


def _stop(threads: Sequence[ServingThread]) -> None:
    for thread in threads:
        thread.ask_to_stop()
    for thread in threads:
        thread.stop()


def _announce(blueprint: Blueprint, pids: Mapping[str, int], *, start_lock: int | None = None) -> None:
    line = json.dumps(endpoints(blueprint, pids))
    write_private(blueprint.home / "run" / "stack.json", line.encode())
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    if start_lock is not None:
        with suppress(OSError):  # a later announcement: already given back
            os.close(start_lock)


def _withdraw(blueprint: Blueprint) -> None:
    (blueprint.home / "run" / "stack.json").unlink(missing_ok=True)


def _stop_on_signal(*, watch_stdin: bool) -> threading.Event:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    if watch_stdin:
        threading.Thread(target=_wait_for_end_of_input, args=(stopping,), daemon=True).start()
    return stopping


def _wait_for_end_of_input(stopping: threading.Event) -> None:
    # The parent holds the other end of this pipe; it closes however the parent ends.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stopping.set()


def _options(arguments: Sequence[str], settings: StackSettings) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local_agentcore.stack", description=__doc__)
    parser.add_argument("--home", type=Path, default=settings.home, help="state folder (default: COACH_HOME)")
    parser.add_argument("--port", type=int, default=settings.port, help="first port")
    parser.add_argument("--model", default=settings.model, help="value of COACH_MODEL")
    parser.add_argument("--json", action="store_true", help="print the endpoints as one line of JSON (always so)")
    parser.add_argument("--processes", action="store_true", help="one process per part, restarted when it dies")
    parser.add_argument("--only", choices=part_names(), help="run this part alone")
    parser.add_argument("--start-lock", type=int, help="open file that is locked until everything answers")
    parser.add_argument("--parent-pipe", action="store_true", help="stop when standard input closes")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    # Read by Strands when it is imported: prompts and answers are health data and stay out of its spans.
    os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_unredacted_attributes="  # noqa: TID251 - read by Strands, not by us
    # Thousands of modules are loaded and stay: looking for garbage among them would only delay the first answer.
    gc.disable()
    code = main(sys.argv[1:], StackSettings())
    logging.shutdown()
    # Everything is closed; taking two thousand modules apart would keep the terminal waiting.
    os._exit(code)
