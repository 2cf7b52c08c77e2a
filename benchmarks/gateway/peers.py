"""Other gateways before the same server: from the package index, each in an environment of its own under `build/`.

Neither is in the lock. One that cannot be installed, started or called is said to be missing, and the rest goes on.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.gateway.load import tool_call
from benchmarks.gateway.processes import ROOT, Program, running
from benchmarks.gateway.surroundings import Surroundings

ENVIRONMENTS = ROOT / "build" / "peers"
INSTALL_TIMEOUT_S = 600
CONTEXTFORGE = "mcp-contextforge-gateway"
FASTMCP_PROXY = """
import sys
from fastmcp.client.transports import StreamableHttpTransport
from fastmcp.server import create_proxy

url, port, token = sys.argv[1:]
transport = StreamableHttpTransport(url, headers={"Authorization": f"Bearer {token}"})
create_proxy(transport, name="routes").run(
    transport="http", host="127.0.0.1", port=int(port), stateless_http=True, json_response=True,
    show_banner=False, log_level="ERROR",
)
"""


class PeerMissing(RuntimeError):
    """A peer could not be installed or set up."""


@dataclass(frozen=True)
class Peer:
    """A running gateway of others.

    Attributes:
        request: A call of the same tool.
    """

    name: str
    program: Program
    url: str
    request: bytes


@contextmanager
def fastmcp_proxy(surroundings: Surroundings, port: int, folder: Path) -> Iterator[Peer]:
    """FastMCP's proxy, without any authentication in front.

    Raises:
        PeerMissing: Not installable.
    """
    del folder
    python, version = _installed("fastmcp")
    url = f"http://127.0.0.1:{port}/mcp"
    command = [str(python), "-c", FASTMCP_PROXY, surroundings.direct_url, str(port), surroundings.direct_token()]
    with running(command, url) as program:
        yield Peer(f"FastMCP {version}'s proxy", program, url, tool_call(url, "search_routes", era="handshake"))


@contextmanager
def contextforge(surroundings: Surroundings, port: int, folder: Path) -> Iterator[Peer]:
    """IBM's ContextForge: one worker, SQLite, rate limits off; its users' tokens are checked.

    Raises:
        PeerMissing: Not installable, or it refused the server.
    """
    python, version = _installed(CONTEXTFORGE)
    variables, root = _variables(folder), f"http://127.0.0.1:{port}"
    token = _contextforge_token(python, variables, folder)
    serve = ["-m", "uvicorn", "mcpgateway.main:app", "--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
    with running([str(python), *serve], f"{root}/health", environment=variables) as program:
        url, tool = _registered(root, token, surroundings)
        yield Peer(f"ContextForge {version}", program, url, tool_call(url, tool, token, era="handshake"))


PEERS: tuple[Callable[..., Any], ...] = (fastmcp_proxy, contextforge)


def _installed(package: str) -> tuple[Path, str]:
    """Interpreter of the package's environment, made at the first use, and the package's version."""
    folder = ENVIRONMENTS / package
    python = folder / "bin" / "python"
    ask = [str(python), "-c", f"from importlib.metadata import version; print(version({package!r}))"]
    try:
        if not python.exists():
            _run([sys.executable, "-m", "venv", str(folder)])
        if subprocess.run(ask, capture_output=True, check=False).returncode:  # noqa: S603 - our own question
            _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package])
        return python, _run(ask).strip()
    except (OSError, subprocess.SubprocessError) as error:
        raise PeerMissing(f"{package} cannot be installed ({type(error).__name__})") from error


def _run(command: list[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
    done = subprocess.run(  # noqa: S603 - pip and peers
        command, capture_output=True, check=True, text=True, timeout=INSTALL_TIMEOUT_S, env=env, cwd=cwd
    )
    return done.stdout


def _variables(folder: Path) -> dict[str, str]:
    """What ContextForge wants to be told, for a laptop."""
    password = f"Aa1!{secrets.token_hex(12)}"
    return {
        "PATH": os.defpath,
        "HOME": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/contextforge.db",
        "CACHE_TYPE": "memory",
        "ENVIRONMENT": "development",
        "LOG_LEVEL": "ERROR",
        "JWT_SECRET_KEY": secrets.token_hex(32),
        "AUTH_ENCRYPTION_SECRET": secrets.token_hex(32),
        "PLATFORM_ADMIN_EMAIL": "admin@example.com",
        "PLATFORM_ADMIN_PASSWORD": password,
        "DEFAULT_USER_PASSWORD": password,
        "BASIC_AUTH_PASSWORD": password,
        "RATE_LIMITING_ENABLED": "false",
        "USE_STATEFUL_SESSIONS": "false",
        "JSON_RESPONSE_ENABLED": "true",
        "PLUGINS_ENABLED": "false",
        "OBSERVABILITY_ENABLED": "false",
        "SSRF_ALLOW_LOCALHOST": "true",
        "SSRF_ALLOW_PRIVATE_NETWORKS": "true",
    }


def _contextforge_token(python: Path, variables: dict[str, str], folder: Path) -> str:
    command = [str(python), "-m", "mcpgateway.utils.create_jwt_token", "--username", variables["PLATFORM_ADMIN_EMAIL"]]
    command += ["--exp", "600", "--secret", variables["JWT_SECRET_KEY"]]
    try:
        return _run(command, env=variables, cwd=folder).split()[-1]
    except (subprocess.SubprocessError, IndexError) as error:
        raise PeerMissing(f"{CONTEXTFORGE} gives no token ({type(error).__name__})") from error


def _registered(root: str, token: str, surroundings: Surroundings) -> tuple[str, str]:
    """URL of a virtual server with the routes server's tools, and the name of the search in it."""
    server = {"name": "routes", "url": surroundings.direct_url, "transport": "STREAMABLEHTTP"}
    credential = {"auth_type": "bearer", "auth_token": surroundings.direct_token()}
    try:
        with httpx.Client(base_url=root, headers={"Authorization": f"Bearer {token}"}, timeout=60) as http:
            http.post("/gateways", json=server | credential).raise_for_status()
            tools = {tool["id"]: tool["name"] for tool in http.get("/tools").raise_for_status().json()}
            asked = {"server": {"name": "routes", "associated_tools": list(tools)}}
            made = http.post("/servers", json=asked).raise_for_status().json()["id"]
    except (httpx.HTTPError, KeyError, ValueError) as error:
        raise PeerMissing(f"{CONTEXTFORGE} did not take the server ({type(error).__name__})") from error
    search = next((name for name in tools.values() if "search" in name), None)
    if search is None:
        raise PeerMissing(f"{CONTEXTFORGE} shows no tool")
    return f"{root}/servers/{made}/mcp/", search
