"""Checks that the MCP server at a URL is the resource that the URL names (RFC 9728 §3.3)."""

import re
from urllib.parse import urlsplit

import httpx

from agent.terminal.discovery import fetch_json
from agent.terminal.errors import SignInRefused

_METADATA = re.compile(r'resource_metadata="([^"]+)"')


def check_resource(http: httpx.Client, url: str, issuer: str) -> None:
    """Asks the resource, without a token, for its metadata, and compares.

    Args:
        http: HTTP client.
        url: URL that is about to be called with a token.
        issuer: Issuer of that token.

    Raises:
        SignInRefused: The metadata is missing, speaks for another resource, or does not name the issuer.
    """
    metadata_url = _metadata_url(http, url)
    metadata = fetch_json(http, metadata_url)
    if not isinstance(metadata, dict) or metadata.get("resource") != url:
        raise SignInRefused(f"the server at {url} says that it is another resource")
    if issuer not in (metadata.get("authorization_servers") or []):
        raise SignInRefused(f"the server at {url} does not take tokens of {issuer}")


def _metadata_url(http: httpx.Client, url: str) -> str:
    try:
        challenge = http.post(url, json={}).headers.get("www-authenticate", "")
    except httpx.HTTPError as error:
        raise SignInRefused(f"{url} does not answer") from error
    found = _METADATA.search(challenge)
    if found is None:
        raise SignInRefused(f"the server at {url} does not say which resource it is")
    if _origin(found[1]) != _origin(url):
        raise SignInRefused(f"the server at {url} points elsewhere for its metadata")
    return found[1]


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
