"""The operator's requests to the local authorization server: clients, keys, people.

The operator's secret lies in COACH_HOME/keys; it is sent only to an issuer that has this home's keys (I06).
"""

import json
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from agent.terminal.discovery import discover
from agent.terminal.errors import AdministrationRefused, StackGone
from agent.terminal.home import Home, read_private
from agent.terminal.plain_text import one_line
from agent.terminal.pool_keys import check_issuer

_NOTHING_THERE = 404


class Administration:
    """One pool, administered.

    Args:
        http: HTTP client.
        home: Checked state folder.
        issuer: Of the pool.

    Raises:
        IssuerNotOurs: Another program answers there.
    """

    def __init__(self, http: httpx.Client, home: Home, issuer: str) -> None:
        check_issuer(http, home, discover(http, issuer))
        parts = urlsplit(issuer)
        self._http = http
        self._base = f"{parts.scheme}://{parts.netloc}/pools{parts.path}/admin"
        self._secret = _operator_secret(home)

    def clients(self) -> list[dict[str, Any]]:
        """Every client, without secrets."""
        listed: list[dict[str, Any]] = self._request("GET", "/clients")["clients"]
        return listed

    def add_client(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Registers a client; the answer holds its secret, this once."""
        return self._request("POST", "/clients", wanted)

    def remove_client(self, client_id: str) -> None:
        self._request("DELETE", f"/clients/{quote(client_id, safe='')}")

    def rotate_keys(self) -> dict[str, Any]:
        return self._request("POST", "/keys/rotate", {})

    def delete_user(self, username: str) -> None:
        self._request("DELETE", f"/users/{quote(username, safe='')}")

    def _request(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._secret}"}
        try:
            answer = self._http.request(method, self._base + path, json=body, headers=headers)
        except httpx.HTTPError as error:
            raise StackGone("the authorization server does not answer") from error
        if answer.is_success:
            return dict(answer.json()) if answer.content else {}
        raise AdministrationRefused(_reason(answer))


def _operator_secret(home: Home) -> str:
    try:
        return str(json.loads(read_private(home.stack_secrets))["operator_secret"])
    except (FileNotFoundError, KeyError, ValueError) as error:
        raise AdministrationRefused("this home has no secret for its operator") from error


def _reason(answer: httpx.Response) -> str:
    try:
        document = answer.json()
    except ValueError:
        document = {}
    said = document.get("error_description") or document.get("error") if isinstance(document, dict) else None
    if answer.status_code == _NOTHING_THERE and not said:
        said = "there is no such thing"
    return f"the authorization server refused: {one_line(str(said or f'HTTP status {answer.status_code}'))}"
