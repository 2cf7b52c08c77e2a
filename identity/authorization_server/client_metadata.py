"""What a foreign client may say about itself (RFC 7591 §2), read into a registration.

Metadata that we do not know is ignored, as RFC 7591 §2 asks; a client id, secret or audience among it too.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from identity.authorization_server.errors import MetadataRefused, RedirectUriRefused
from identity.authorization_server.pools import AuthMethod, ClientConfig, Grant, PoolConfig, check_redirect_uri

LONGEST_NAME = 64
LONGEST_REDIRECT_URI = 512
MOST_REDIRECT_URIS = 10
# What a stranger's program may do by its own registration: send a person to us. The operator may add more.
OPEN_GRANTS: tuple[Grant, ...] = ("authorization_code", "refresh_token")
AUTH_METHODS: tuple[AuthMethod, ...] = ("client_secret_basic", "client_secret_post")
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")  # alphabets with letters that look alike
_ALIKE = str.maketrans("01357", "oiest")


def client_config(metadata: dict[str, Any], pool: PoolConfig, *, client_id: str) -> ClientConfig:
    """The registration that these metadata ask for.

    Args:
        metadata: RFC 7591 §2.
        pool: Where.
        client_id: Its id; never one from the metadata.

    Raises:
        RedirectUriRefused: No redirect URI, or one that is no exact web address (A16).
        MetadataRefused: Something else is wrong.
    """
    redirect_uris = _redirect_uris(metadata)
    method = metadata.get("token_endpoint_auth_method", "client_secret_basic")  # RFC 7591 §2: the default
    if method != "none" and method not in AUTH_METHODS:
        raise MetadataRefused("token_endpoint_auth_method is none, client_secret_basic or client_secret_post")
    try:
        return ClientConfig(
            client_id=client_id,
            name=_name(metadata, redirect_uris, pool),
            secret_hash=None if method == "none" else "",
            auth_methods=() if method == "none" else (method,),
            grants=_grants(metadata),
            scopes=_scopes(metadata, pool),
            redirect_uris=redirect_uris,
            foreign=True,
        )
    except ValidationError as error:
        raise MetadataRefused("the metadata do not fit together") from error


def checked_name(name: str, others: Iterable[str]) -> str:
    """A name that people can read for what it is (A13).

    Raises:
        MetadataRefused: Unseen characters, mixed alphabets, too long, or it looks like one of the other names.
    """
    plain = " ".join(unicodedata.normalize("NFKC", name).split())
    if not plain or len(plain) > LONGEST_NAME:
        raise MetadataRefused(f"client_name has 1 to {LONGEST_NAME} characters")
    if any(unicodedata.category(character) in _UNSEEN for character in plain):
        raise MetadataRefused("client_name has characters that cannot be seen")
    letters = [unicodedata.name(character, "").partition(" ")[0] for character in plain if character.isalpha()]
    if len({script for script in letters if script in _SCRIPTS}) > 1:
        raise MetadataRefused("client_name mixes alphabets whose letters look alike")
    if _skeleton(plain) in {_skeleton(other) for other in others}:
        raise MetadataRefused("client_name looks like the name of one of our own applications")
    return plain


def _skeleton(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name).casefold().translate(_ALIKE)
    return re.sub(r"[^a-z]", "", bare.replace("l", "i"))


def _name(metadata: dict[str, Any], redirect_uris: tuple[str, ...], pool: PoolConfig) -> str:
    name = metadata.get("client_name")
    if name is None:
        return urlsplit(redirect_uris[0]).netloc
    if not isinstance(name, str):
        raise MetadataRefused("client_name is a text")
    return checked_name(name, (client.name for client in pool.clients))


def _redirect_uris(metadata: dict[str, Any]) -> tuple[str, ...]:
    uris = metadata.get("redirect_uris")
    if not isinstance(uris, list) or not 0 < len(uris) <= MOST_REDIRECT_URIS:
        raise RedirectUriRefused(f"redirect_uris has 1 to {MOST_REDIRECT_URIS} entries")
    for uri in uris:
        if not isinstance(uri, str) or len(uri) > LONGEST_REDIRECT_URI:
            raise RedirectUriRefused("a redirect URI is a text, and not that long")
        try:
            check_redirect_uri(uri)
        except ValueError as error:
            raise RedirectUriRefused("a redirect URI is an exact https address, or http on loopback") from error
    return tuple(dict.fromkeys(uris))


def _grants(metadata: dict[str, Any]) -> tuple[Grant, ...]:
    asked = _texts(metadata, "grant_types", ["authorization_code"])
    if not set(_texts(metadata, "response_types", ["code"])) <= {"code"}:
        raise MetadataRefused("response_types is code")
    # RFC 7591 §2.1, §3.2.1: the server may leave out what it does not offer, and says so in its answer.
    granted = tuple(grant for grant in OPEN_GRANTS if grant in asked)
    if "authorization_code" not in granted:
        raise MetadataRefused("grant_types has authorization_code")
    return granted


def _scopes(metadata: dict[str, Any], pool: PoolConfig) -> tuple[str, ...]:
    asked = metadata.get("scope")
    if asked is None:
        return pool.foreign_scopes
    if not isinstance(asked, str):
        raise MetadataRefused("scope is a text")
    granted = tuple(scope for scope in pool.foreign_scopes if scope in asked.split())
    if not granted:
        raise MetadataRefused("none of the scopes exists for programs of others")
    return granted


def _texts(metadata: dict[str, Any], name: str, default: list[str]) -> list[str]:
    values = metadata.get(name, default)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise MetadataRefused(f"{name} is a list of texts")
    return values
