"""Sending a file to the activities API."""

from typing import Any

import httpx

from tests.support.api_client import ApiClient


async def upload(
    api: ApiClient, content: bytes, name: str = "run.fit", *, key: str | None = None, **query: Any
) -> httpx.Response:
    headers = {"Content-Type": "application/octet-stream"} | ({} if key is None else {"Idempotency-Key": key})
    return await api.send("POST", "/uploads", params={"file_name": name, **query}, content=content, headers=headers)
