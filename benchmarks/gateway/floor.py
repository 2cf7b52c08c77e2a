"""What every gateway has to do, and nothing else: `python -m benchmarks.gateway.floor PORT URL ISSUER LOG`.

The floor of the design: RS256 and claims, Cedar with forty policies, a token out of an encrypted row of SQLite, one
pooled request, one audit line in a buffer. It remembers nothing between calls, reads the body once, checks neither
hosts nor headers nor sizes, and knows no versions, sessions, traces, limits, retries or cancelled calls.
"""

import json
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import aiohttp
import cedarpy
import uvloop
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.types import Receive, Scope, Send

from benchmarks.gateway.backends import body_of, send_json, serve_until_input_ends
from identity.signing_keys import JwksCache
from identity.tokens import Principal, Trust, Verifier

POLICIES = 40
TOOL = "routes___search_routes"
PERMIT = 'permit (principal, action == Action::"{0}", resource) when {{ principal.scopes.contains("routes/read") }};'


@dataclass(frozen=True)
class Floor:
    """The gateway."""

    url: str
    http: aiohttp.ClientSession
    verifier: Verifier
    policies: cedarpy.PolicySet
    vault: sqlite3.Connection
    key: AESGCM
    log: IO[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await send_json(send, b"{}")
            return
        headers = dict(scope["headers"])
        principal = self.verifier.verify(headers[b"authorization"].decode().removeprefix("Bearer "))
        body = await body_of(receive)
        call = json.loads(body)
        if not self._allows(principal, call["params"]["name"], call["params"]["arguments"]):
            return
        call["params"]["name"] = call["params"]["name"].partition("___")[2]
        sent = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token(principal)}"}
        async with self.http.post(self.url, data=json.dumps(call), headers=sent, allow_redirects=False) as answer:
            document = await answer.read()
        self.log.write(f"subject={principal.subject} tool={TOOL} decision=allow status=200\n")
        await send_json(send, document)

    def _allows(self, principal: Principal, tool: str, arguments: dict[str, object]) -> bool:
        uid = {"type": "User", "id": principal.subject}
        entity = {"uid": uid, "attrs": {"scopes": sorted(principal.scopes)}, "parents": []}
        request = {
            "principal": uid,
            "action": {"type": "Action", "id": tool},
            "resource": {"type": "Gateway", "id": "coach"},
            "context": {"input": arguments},
        }
        result = cedarpy.is_authorized(request, self.policies, [entity])
        return result.decision == cedarpy.Decision.Allow

    def _token(self, principal: Principal) -> str:
        found = self.vault.execute("SELECT nonce, sealed FROM tokens WHERE target = ?", ("routes",)).fetchone()
        return self.key.decrypt(found[0], found[1], None).decode()[:64] + principal.jti


def _vault(key: AESGCM) -> sqlite3.Connection:
    vault, nonce = sqlite3.connect(":memory:"), b"twelve bytes"
    vault.execute("CREATE TABLE tokens (target TEXT PRIMARY KEY, nonce BLOB, sealed BLOB)")
    vault.execute("INSERT INTO tokens VALUES (?, ?, ?)", ("routes", nonce, key.encrypt(nonce, b"t" * 900, None)))
    return vault


async def main(port: int, url: str, issuer: str, log: Path) -> None:
    """Serve until standard input ends."""
    key = AESGCM(AESGCM.generate_key(256))
    names = [TOOL, *(f"routes___other_{number}" for number in range(POLICIES - 1))]
    trust = Trust(issuer, audiences=frozenset({"gateway"}), clients=frozenset({"developer"}))
    with log.open("w", encoding="utf-8") as file:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            floor = Floor(
                url,
                http,
                Verifier(trust, JwksCache(issuer), cache_s=0.0),
                cedarpy.PolicySet.from_str("\n".join(PERMIT.format(name) for name in names)),
                _vault(key),
                key,
                file,
            )
            await serve_until_input_ends(floor, port, lifespan=False)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4])))
