"""A server as a process of its own: what it writes to its log."""

import subprocess
import sys

PROGRAM = """
import asyncio, logging
import httpx, uvicorn
from mcp_servers.serving import process
from mcp_servers.support.settings import SupportServerSettings

async def search():
    transport = httpx.MockTransport(lambda _: httpx.Response(200))
    async with httpx.AsyncClient(transport=transport) as client:
        await client.get("http://api.test/help", params={"query": "canary"})

def run(*_, **__):
    asyncio.run(search())
    logging.getLogger("mcp_servers.support").info("our own line")

uvicorn.run = run
settings = SupportServerSettings(
    issuer="http://i.test", public_url="http://s.test", upstream_clients=(), api_url="http://api.test",
    vault_url="http://v.test", access_key_id="k", secret_access_key="s",
)
process.serve(None, settings)
"""


def test_the_log_of_a_server_shows_its_own_lines_and_no_search_text() -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "our own line" in ran.stderr
    assert "canary" not in ran.stderr + ran.stdout
