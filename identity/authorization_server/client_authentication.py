"""Who is the client? RFC 6749 §2.3, with one answer for every way of being wrong (K08, K21)."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError
from pydantic import SecretStr

from identity.authorization_server.clients import Client
from identity.authorization_server.form import ParameterRequest
from identity.authorization_server.pools import AuthMethod, ClientConfig

_NOBODY = Client(ClientConfig(client_id="nobody", name="", secret=SecretStr("nobody"), auth_methods=(), grants=()))


@dataclass(frozen=True)
class _Presented:
    client_id: str
    secret: str | None
    method: AuthMethod | None


def authenticate(request: ParameterRequest, clients: Mapping[str, Client]) -> Client:
    """The client that sent a request.

    Raises:
        InvalidClientError: 401; unknown client, wrong secret, other method than registered, two methods at once.
    """
    presented = _presented(request)
    client = clients.get(presented.client_id, _NOBODY)
    proven = client.check_client_secret(presented.secret or "") and presented.method in client.config.auth_methods
    if client.config.public:
        proven = presented.method is None
    if not proven or client is _NOBODY:
        raise _unauthenticated()
    request.auth_method = presented.method or "none"
    return client


def _presented(request: ParameterRequest) -> _Presented:
    in_form = request.parameters.one("client_id")
    secret = request.parameters.one("client_secret")
    header = request.headers.get("authorization")
    if header is not None:
        client_id, header_secret = _basic(header)
        # RFC 6749 §2.3: one method in each request; and the two names must agree.
        if secret is not None or in_form not in {None, client_id}:
            raise _unauthenticated()
        return _Presented(client_id, header_secret, "client_secret_basic")
    if in_form is None:
        raise _unauthenticated()
    return _Presented(in_form, secret, "client_secret_post" if secret else None)


def _basic(header: str) -> tuple[str, str]:
    scheme, _, credentials = header.partition(" ")
    try:
        decoded = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise _unauthenticated() from error
    client_id, colon, secret = decoded.partition(":")
    if scheme.lower() != "basic" or not colon or not secret:
        raise _unauthenticated()
    return unquote_plus(client_id), unquote_plus(secret)  # RFC 6749 §2.3.1: form-encoded first


def _unauthenticated() -> InvalidClientError:
    return InvalidClientError("The client is unknown or did not prove its identity.", status_code=401)
