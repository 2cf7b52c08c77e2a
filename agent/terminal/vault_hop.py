"""Calls of the vault's local operations, signed with the operator's key (AWS Signature Version 4).

Own signer, because boto3 alone takes longer to import than a command may take to start; a test holds it to the vault's
verifier and to botocore's signer.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from agent.terminal.endpoints import Endpoints
from agent.terminal.errors import AdministrationRefused, StackGone
from agent.terminal.home import Home, read_private

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "bedrock-agentcore"
OPERATOR = "operator"
_SIGNED = ("content-type", "host", "x-amz-content-sha256", "x-amz-date")


def ask_vault(
    http: httpx.Client, home: Home, endpoints: Endpoints, path: str, body: Mapping[str, str]
) -> dict[str, Any]:
    """One local operation, as the operator.

    Raises:
        AdministrationRefused: The vault refused it, with its error code.
        StackGone: Nobody answers.
    """
    key = _operator_key(home)
    url, content = endpoints.vault_control + path, json.dumps(body).encode()
    headers = signed_headers(url, content, key, endpoints.region, datetime.now(UTC))
    try:
        answer = http.post(url, content=content, headers=headers)
    except httpx.HTTPError as error:
        raise StackGone("the vault does not answer") from error
    if answer.status_code != httpx.codes.OK:
        code = answer.headers.get("x-amzn-errortype", "").partition(":")[0]
        raise AdministrationRefused(f"the vault refused: {code if code.isalnum() else answer.status_code}")
    document: dict[str, Any] = answer.json()
    return document


def _operator_key(home: Home) -> dict[str, str]:
    try:
        key: dict[str, str] = json.loads(read_private(home.vault_keys))[OPERATOR]
    except (FileNotFoundError, KeyError, ValueError) as error:
        raise AdministrationRefused("this home has no key for the vault's operator") from error
    return key


def signed_headers(url: str, body: bytes, key: Mapping[str, str], region: str, now: datetime) -> dict[str, str]:
    """The headers of a signed POST without a query ("Create a signed AWS API request").

    Args:
        url: Without query.
        body: As it is sent; signed whole.
        key: `access_key_id` and `secret_access_key`.
        region: Of the endpoint.
        now: Time of signing, aware.
    """
    parts = urlsplit(url)
    moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "content-type": "application/json",
        "host": parts.netloc,
        "x-amz-content-sha256": hashlib.sha256(body).hexdigest(),
        "x-amz-date": moment,
    }
    scope = f"{moment[:8]}/{region}/{SERVICE}/aws4_request"
    lines = [f"{name}:{headers[name]}" for name in _SIGNED]
    canonical = "\n".join(["POST", parts.path, "", *lines, "", ";".join(_SIGNED), headers["x-amz-content-sha256"]])
    text = "\n".join([ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    signature = _hmac(_signing_key(key["secret_access_key"], scope), text).hex()
    credential = f"{key['access_key_id']}/{scope}"
    signed = f"{ALGORITHM} Credential={credential}, SignedHeaders={';'.join(_SIGNED)}, Signature={signature}"
    return {**headers, "authorization": signed}


def _signing_key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
