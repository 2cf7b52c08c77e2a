"""Workload identities: who an agent or server is to the vault. Control plane and look-up."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from identity.vault.connections import drop_connections
from identity.vault.envelope import Envelopes, workload_owner
from identity.vault.errors import RequestInvalid
from identity.vault.named_rows import NamedRows
from identity.vault.names import ResourceNames

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class WorkloadIdentities:
    """The directory of workload identities.

    Args:
        clock: Epoch seconds.
    """

    def __init__(
        self, database: sqlite3.Connection, envelopes: Envelopes, names: ResourceNames, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._rows = NamedRows(database, "workload_identity", "workload identity")
        self._envelopes = envelopes
        self._names = names
        self._clock = clock

    def require(self, name: str) -> None:
        """Check that a workload identity exists.

        Raises:
            NotFound: It does not.
        """
        self._rows.row(name)

    def return_url(self, name: str, url: str | None) -> str | None:
        """A return URL that a caller gave, if the identity has it among its own, character for character (V26).

        Raises:
            NotFound: No such identity.
            RequestInvalid: Another URL.
        """
        if url is not None and url not in json.loads(self._rows.row(name)["return_urls"]):
            fields = (("resourceOauth2ReturnUrl", "not registered"),)
            raise RequestInvalid("the return URL is not one of the workload identity's", fields=fields)
        return url

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateWorkloadIdentity.

        Raises:
            AlreadyThere: The name is taken.
            RequestInvalid: A return URL that would carry a session in the clear.
        """
        now = self._clock()
        urls = _return_urls(request)
        self._rows.require_free(request["name"])
        self._database.execute("INSERT INTO workload_identity VALUES (?, ?, ?, ?)", (request["name"], urls, now, now))
        described = self._describe(self._rows.row(request["name"]))
        return {member: described[member] for member in described if not member.endswith("Time")}

    def get(self, request: dict[str, Any]) -> dict[str, Any]:
        """GetWorkloadIdentity.

        Raises:
            NotFound: No such identity.
        """
        return self._describe(self._rows.row(request["name"]))

    def update(self, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateWorkloadIdentity.

        Raises:
            NotFound: No such identity.
            RequestInvalid: As for create.
        """
        self._rows.row(request["name"])
        urls = _return_urls(request)
        self._database.execute(
            "UPDATE workload_identity SET return_urls = ?, updated_at = ? WHERE name = ?",
            (urls, self._clock(), request["name"]),
        )
        return self._describe(self._rows.row(request["name"]))

    def delete(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteWorkloadIdentity, with every token it holds.

        Raises:
            NotFound: No such identity.
        """
        name = request["name"]
        self._rows.row(name)
        for table in ("workload_token", "resource_token"):
            self._database.execute(f"DELETE FROM {table} WHERE workload = ?", (name,))  # noqa: S608  two constants
        drop_connections(self._database, self._envelopes, "workload", name)
        self._envelopes.shred(workload_owner(name))
        self._rows.delete(name)
        return {}

    def list_page(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListWorkloadIdentities, by name."""
        rows, more = self._rows.page(request)
        items = [
            {"name": row["name"], "workloadIdentityArn": self._names.workload_identity(row["name"])} for row in rows
        ]
        return {"workloadIdentities": items, **more}

    def _describe(self, row: sqlite3.Row) -> dict[str, Any]:
        return {
            "name": row["name"],
            "workloadIdentityArn": self._names.workload_identity(row["name"]),
            "allowedResourceOauth2ReturnUrls": json.loads(row["return_urls"]),
            "createdTime": row["created_at"],
            "lastUpdatedTime": row["updated_at"],
        }


def _return_urls(request: dict[str, Any]) -> str:
    urls = request.get("allowedResourceOauth2ReturnUrls", [])
    if not all(map(_confidential, urls)):
        fields = (("allowedResourceOauth2ReturnUrls", "neither https nor http on this machine"),)
        raise RequestInvalid("a return URL must be https, or http on loopback", fields=fields)
    return json.dumps(urls)


def _confidential(url: str) -> bool:
    """Whether what a browser brings there stays between the two (V18)."""
    parts = urlsplit(url)
    scheme_fits = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    return scheme_fits and bool(parts.hostname) and not parts.username and not parts.fragment
