"""Who is the client? RFC 6749 §2.3, with one answer for every way of being wrong (K08, K21)."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError
from pydantic import SecretStr

from identity.authorization_server.client_assertions import ASSERTION_TYPE, ClientAssertions, claimed_client
from identity.authorization_server.clients import Client
from identity.authorization_server.errors import CLIENT_UNPROVEN
from identity.authorization_server.form import ParameterRequest, Parameters
from identity.authorization_server.pools import AuthMethod, ClientConfig

_NOBODY = Client(ClientConfig(client_id="nobody", name="", secret=SecretStr("nobody"), auth_methods=(), grants=()))


_ASSERTION = frozenset({"client_assertion", "client_assertion_type"})


@dataclass(frozen=True)
class _Presented:
    client_id: str
    method: AuthMethod | None
    secret: str | None = field(default=None, repr=False)
    assertion: str | None = field(default=None, repr=False)


def authenticate(
    request: ParameterRequest, find: Callable[[str], Client | None], assertions: ClientAssertions | None
) -> Client:
    """The client that sent a request.

    Args:
        request: The request.
        find: The client of an id.
        assertions: Checks private_key_jwt; None where that is off.

    Raises:
        InvalidClientError: 401; unknown client, wrong secret, other method than registered, two methods at once.
    """
    presented = _presented(request)
    client = find(presented.client_id) or _NOBODY
    proven = client.check_client_secret(presented.secret or "") and presented.method in client.config.auth_methods
    if client.config.public:
        proven = presented.method is None
    if presented.assertion is not None and assertions is not None and client.keys is not None:
        assertions.check(presented.assertion, client)
        proven = True
    if not proven or client is _NOBODY:
        raise _unauthenticated()
    request.auth_method = presented.method or "none"
    return client


def _presented(request: ParameterRequest) -> _Presented:
    in_form = request.parameters.one("client_id")
    secret = request.parameters.one("client_secret")
    header = request.headers.get("authorization")
    if not _ASSERTION.isdisjoint(request.parameters.data):
        # RFC 6749 §2.3: one method in each request.
        if secret is not None or header is not None:
            raise _unauthenticated()
        return _by_assertion(request.parameters)
    if header is not None:
        client_id, header_secret = _basic(header)
        # RFC 6749 §2.3: one method in each request; and the two names must agree.
        if secret is not None or in_form not in {None, client_id}:
            raise _unauthenticated()
        return _Presented(client_id, "client_secret_basic", header_secret)
    if in_form is None:
        raise _unauthenticated()
    return _Presented(in_form, "client_secret_post" if secret else None, secret)


def _by_assertion(parameters: Parameters) -> _Presented:
    assertion = parameters.one("client_assertion")
    if assertion is None or parameters.one("client_assertion_type") != ASSERTION_TYPE:
        raise _unauthenticated()
    client_id = claimed_client(assertion)
    # RFC 7521 §4.2: client_id is unnecessary, but must not name another client.
    if client_id is None or parameters.one("client_id") not in {None, client_id}:
        raise _unauthenticated()
    return _Presented(client_id, "private_key_jwt", assertion=assertion)


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
    return InvalidClientError(CLIENT_UNPROVEN, status_code=401)
