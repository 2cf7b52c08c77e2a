"""What the environment says, read once by `__main__`.

A plain dataclass, not pydantic-settings: importing that costs 0.3 s, twice what `coach --help` may take.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent.terminal.errors import UsageWrong

LOWEST_PORT = 1024
HIGHEST_PORT = 65_000


@dataclass(frozen=True)
class TerminalSettings:
    """Settings of one command.

    Attributes:
        home: State folder (`COACH_HOME`).
        port: Base port of a stack this command starts (`COACH_PORT`); None leaves it to the home's own.
        model: Model of a stack this command starts (`COACH_MODEL`).
        plain: No colours and no Markdown layout (`NO_COLOR`, https://no-color.org).
        time_zone: IANA name of the zone of this computer, None when it cannot be told.
    """

    home: Path
    port: int | None
    model: str
    plain: bool
    time_zone: str | None


def read_settings(environment: Mapping[str, str] | None = None) -> TerminalSettings:
    """Reads the environment.

    Args:
        environment: Variables; the process environment by default.

    Raises:
        UsageWrong: `COACH_PORT` is no usable port, or `COACH_HOME` lies with a user who does not exist.
    """
    given = os.environ if environment is None else environment  # noqa: TID251 -- the one place of this package
    return TerminalSettings(
        home=_home(given.get("COACH_HOME") or "~/.fitness-coach"),
        port=base_port(given["COACH_PORT"]) if given.get("COACH_PORT") else None,
        model=given.get("COACH_MODEL") or "offline",
        plain=bool(given.get("NO_COLOR")) or given.get("TERM") == "dumb",
        time_zone=_time_zone(given.get("TZ"), Path("/etc/localtime")),
    )


def base_port(text: str) -> int:
    """The base port that a text names; the parts lie up to 24 above it."""
    if not (text.isascii() and text.isdigit() and LOWEST_PORT <= int(text) <= HIGHEST_PORT):
        raise UsageWrong(f"the base port must be a number from {LOWEST_PORT} to {HIGHEST_PORT}, not {text!r}")
    return int(text)


def _home(text: str) -> Path:
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:
        raise UsageWrong(f"COACH_HOME: there is no home folder for {text!r}") from error


def _time_zone(variable: str | None, localtime: Path) -> str | None:
    if variable and "/" in variable and not variable.startswith((":", "/")):
        return variable
    _, found, name = str(localtime.resolve()).partition("/zoneinfo/")
    return name if found else None
