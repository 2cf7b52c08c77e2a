"""Pages of AWS's List operations: by name, with an opaque token for the next page."""

import base64
import binascii
import sqlite3
from collections.abc import Callable
from typing import Any

from identity.vault.errors import RequestInvalid

PAGE_SIZE = 20


def page(
    request: dict[str, Any], rows_after: Callable[[str, int], list[sqlite3.Row]]
) -> tuple[list[sqlite3.Row], dict[str, str]]:
    """One page of rows, and `{"nextToken": …}` if there are more.

    Args:
        request: With `maxResults` and `nextToken`, both optional.
        rows_after: Rows by name after a name, at most so many.

    Raises:
        RequestInvalid: A token that no page gave.
    """
    size = request.get("maxResults", PAGE_SIZE)
    rows = rows_after(_decode(request.get("nextToken", "")), size + 1)
    more = {"nextToken": base64.urlsafe_b64encode(rows[size - 1]["name"].encode()).decode()} if len(rows) > size else {}
    return rows[:size], more


def _decode(token: str) -> str:
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise RequestInvalid("nextToken is not of a page", fields=(("nextToken", "unknown"),)) from error
