"""Tables of the control plane: rows under a name, looked up by it and listed in pages, as AWS's operations do."""

import base64
import binascii
import sqlite3
from typing import Any, Literal

from identity.vault.errors import AlreadyThere, NotFound, RequestInvalid

PAGE_SIZE = 20
Table = Literal["workload_identity", "oauth2_provider", "api_key_provider"]


class NamedRows:
    """The rows of one table.

    Args:
        table: With a primary key `name`.
        kind: What a row is called in errors.
    """

    def __init__(self, database: sqlite3.Connection, table: Table, kind: str) -> None:
        self._database = database
        self._table = table
        self._kind = kind

    def row(self, name: str) -> sqlite3.Row:
        """The row of a name.

        Raises:
            NotFound: There is none.
        """
        row = self._find(name)
        if row is None:
            raise NotFound(f"{self._kind} {name} does not exist")
        return row

    def require_free(self, name: str) -> None:
        """Check that a name is not taken.

        Raises:
            AlreadyThere: It is.
        """
        if self._find(name) is not None:
            raise AlreadyThere(f"{self._kind} {name} exists")

    def delete(self, name: str) -> None:
        """Delete the row of a name."""
        self._database.execute(f"DELETE FROM {self._table} WHERE name = ?", (name,))  # noqa: S608  one of three tables

    def page(self, request: dict[str, Any]) -> tuple[list[sqlite3.Row], dict[str, str]]:
        """One page of rows by name, and `{"nextToken": …}` if there are more.

        Args:
            request: With `maxResults` and `nextToken`, both optional.

        Raises:
            RequestInvalid: A token that no page gave.
        """
        size = request.get("maxResults", PAGE_SIZE)
        statement = f"SELECT * FROM {self._table} WHERE name > ? ORDER BY name LIMIT ?"  # noqa: S608  as above
        rows = self._database.execute(statement, (_decode(request.get("nextToken", "")), size + 1)).fetchall()
        if len(rows) <= size:
            return rows, {}
        return rows[:size], {"nextToken": base64.urlsafe_b64encode(rows[size - 1]["name"].encode()).decode()}

    def _find(self, name: str) -> sqlite3.Row | None:
        statement = f"SELECT * FROM {self._table} WHERE name = ?"  # noqa: S608  as above
        row: sqlite3.Row | None = self._database.execute(statement, (name,)).fetchone()
        return row


def _decode(token: str) -> str:
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise RequestInvalid("nextToken is not of a page", fields=(("nextToken", "unknown"),)) from error
