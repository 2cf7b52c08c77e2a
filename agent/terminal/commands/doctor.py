"""`coach doctor`."""

import argparse
import json
import platform
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from agent.terminal.athletes import chosen_athlete
from agent.terminal.discovery import discover, http_client
from agent.terminal.endpoints import Endpoints
from agent.terminal.errors import TerminalError
from agent.terminal.home import Home, open_home, read_private
from agent.terminal.plain_text import one_line
from agent.terminal.pool_keys import check_issuer
from agent.terminal.settings import TerminalSettings
from agent.terminal.signed_out import MARKER
from agent.terminal.stack_process import running_stack
from agent.terminal.vault_hop import ask_vault
from gateway_config.direct_mode import direct_reach_on_aws
from gateway_config.errors import ConfigError
from gateway_config.model import read_hops

OLDEST_PYTHON = (3, 11)
CONNECT_LIMIT_S = 1.0
OLDEST_KEY_DAYS = 365
MADE_AT = "coach_signs_from"  # a private member of the key files, epoch seconds
TOOLS = {
    "gateway": "through the gateway; COACH_TOOLS=direct asks each team's server by itself",
    "direct": "each team's server by itself, past the gateway and its policies",
}
WEATHER_OFF = "off; COACH_WEATHER=open-meteo looks up what no file brought"
DISTRIBUTIONS = ("fitness-coach-agent", "strands-agents", "mcp", "bedrock-agentcore", "boto3")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        ok: False if something has to be done; what is merely not there is no fault.
    """

    name: str
    ok: bool
    found: str


def run(arguments: argparse.Namespace, settings: TerminalSettings) -> int:
    """Says what is configured and reachable; 1 if something has to be done."""
    findings = list(_findings(settings))
    healthy = all(finding.ok for finding in findings)
    if arguments.json:
        document = {"ok": healthy, "findings": [asdict(finding) for finding in findings]}
        sys.stdout.write(json.dumps(document) + "\n")
    else:
        for finding in findings:
            sys.stdout.write(one_line(f"{'ok ' if finding.ok else 'BAD'} {finding.name}: {finding.found}") + "\n")
    return 0 if healthy else 1


def _findings(settings: TerminalSettings) -> Iterator[Finding]:
    yield Finding("python", sys.version_info >= OLDEST_PYTHON, platform.python_version())
    yield from (_distribution(name) for name in DISTRIBUTIONS)
    yield Finding("model", ok=settings.model == "offline", found=settings.model)
    yield _direct_mode_on_aws()
    try:
        home = open_home(settings.home)
        yield Finding("home", ok=True, found=f"{home.root}, private to you")
        yield from _private_files(home)
        yield from _sign_in(home)
        yield from _stack(home)
    except TerminalError as error:
        yield Finding("home", ok=False, found=str(error))


def _distribution(name: str) -> Finding:
    try:
        return Finding(name, ok=True, found=version(name))
    except PackageNotFoundError:
        return Finding(name, ok=False, found="not installed")


def _direct_mode_on_aws() -> Finding:
    """What a deployment would have without its gateway; nothing is wrong with having less there."""
    try:
        reach = direct_reach_on_aws(read_hops())
    except ConfigError as error:
        return Finding("tools on AWS", ok=False, found=str(error))
    reached = ", ".join(each.team for each in reach if each.why_not is None) or "no team"
    lacking = "".join(f"; not {each.team}: {each.why_not}" for each in reach if each.why_not)
    return Finding(
        "tools on AWS", ok=True, found=f"through the gateway; COACH_TOOLS=direct would reach {reached}{lacking}"
    )


def _private_files(home: Home) -> Iterator[Finding]:
    for path in (*sorted(home.root.glob("keys/**/*")), *sorted(home.session.iterdir())):
        if not path.is_dir():
            try:
                read_private(path)
            except TerminalError as error:
                yield Finding("file", ok=False, found=str(error))
    yield _at_rest(home)
    yield from (_signing_keys(path, time.time()) for path in sorted(home.root.glob("keys/*.jwks")))


def _at_rest(home: Home) -> Finding:
    """Where the key is that the vault's tokens are sealed with."""
    if (home.root / "keys" / "vault.kek").exists():
        same_disk = "at rest: same-disk key (keys/vault.kek): a copy of the whole home can read the vault"
        return Finding("vault key", ok=True, found=same_disk)
    kept = (home.root / "data" / "vault.sqlite").exists()
    elsewhere = "at rest: the key is not in this home (keyring of the system, or KMS)"
    return Finding("vault key", ok=True, found=elsewhere if kept else "no vault key yet; the first start makes it")


def _signing_keys(path: Path, now: float) -> Finding:
    """How old the newest signing key of a pool is; one without a date is as old as its file."""
    try:
        keys = json.loads(read_private(path))["keys"]
        newest = max(float(key.get(MADE_AT) or path.stat().st_mtime) for key in keys)
    except (OSError, KeyError, TypeError, ValueError, TerminalError):
        return Finding(f"signing keys {path.stem}", ok=False, found=f"{path.name} cannot be read")
    days = max(0, int((now - newest) // 86_400))
    renew = "" if days <= OLDEST_KEY_DAYS else "; renew them with: coach keys rotate"
    return Finding(
        f"signing keys {path.stem}", ok=not renew, found=f"{len(keys)} keys, the newest {days} days old{renew}"
    )


def _sign_in(home: Home) -> Iterator[Finding]:
    signed_out = (home.session / MARKER).exists()
    yield Finding("athlete", ok=True, found="signed out" if signed_out else chosen_athlete(home, None))


def _stack(home: Home) -> Iterator[Finding]:
    endpoints = running_stack(home)
    if endpoints is None:
        yield Finding("stack", ok=True, found="not running; commands start it themselves")
        return
    yield Finding("stack", ok=True, found=f"process {endpoints.pid}")
    yield Finding("tools", ok=True, found=TOOLS.get(endpoints.tools or "", "of another version"))
    yield Finding("weather", ok=True, found=str(endpoints.weather) if _asks_for_weather(endpoints) else WEATHER_OFF)
    for name, url in _urls(endpoints).items():
        reachable = _reachable(url)
        yield Finding(name, ok=reachable, found=url if reachable else f"{url} does not answer")
    with http_client() as http:
        for issuer in filter(None, (endpoints.issuer, endpoints.socials_issuer)):
            yield _issuer_keys(http, home, issuer)
        yield _audit(http, home, endpoints)


def _asks_for_weather(endpoints: Endpoints) -> bool:
    return endpoints.weather not in {None, "none"}


def _issuer_keys(http: httpx.Client, home: Home, issuer: str) -> Finding:
    """Whether what answers at an issuer's address has this home's keys (I06)."""
    try:
        check_issuer(http, home, discover(http, issuer))
    except TerminalError as error:
        return Finding("issuer keys", ok=False, found=str(error))
    return Finding("issuer keys", ok=True, found=f"{issuer} has this home's keys")


def _audit(http: httpx.Client, home: Home, endpoints: Endpoints) -> Finding:
    """The vault's own verdict on its chain of records."""
    try:
        verdict = ask_vault(http, home, endpoints, "/local/audit/verify", {})
    except TerminalError as error:
        return Finding("vault audit", ok=False, found=str(error))
    if verdict.get("ok") is True:
        return Finding("vault audit", ok=True, found=f"{verdict.get('entries')} records, the chain is unbroken")
    return Finding("vault audit", ok=False, found=f"the chain is broken at record {verdict.get('firstBadEntry')}")


def _urls(endpoints: Endpoints) -> dict[str, str]:
    return {
        "agent": endpoints.agent,
        "issuer": endpoints.issuer,
        "vault": endpoints.vault,
        "vault control": endpoints.vault_control,
        **({"consent return": endpoints.consent_return} if endpoints.consent_return else {}),
        **({"gateway": endpoints.gateway} if endpoints.gateway else {}),
        **{f"mcp {team}": url for team, url in endpoints.mcp.items()},
        **{f"api {team}": url for team, url in endpoints.apis.items()},
    }


def _reachable(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=CONNECT_LIMIT_S):
            return True
    except OSError:
        return False
