"""The battery N01-N51 of the security catalogue: requests that every resource server must refuse.

Each attempt is built from a `FakeIssuer`, so that it is perfect but for the one thing it is about: a token refused
for two reasons would keep its test green when one of the guards is removed.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from tests.support.issuer import FakeIssuer, b64, rsa_key


@dataclass(frozen=True)
class Attempt:
    """How the credential is presented.

    Attributes:
        query: Goes into the URL.
        statuses: Accepted answers.
        error: The `error` of the challenge; None when it must carry none.
    """

    authorization: str | None = None
    query: dict[str, str] = field(default_factory=dict)
    statuses: frozenset[int] = frozenset({401})
    error: str | None = "invalid_token"

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.authorization is None else {"Authorization": self.authorization}


Build = Callable[[FakeIssuer], Attempt]


def bearer(token: str, **expected: Any) -> Attempt:
    return Attempt(authorization=f"Bearer {token}", **expected)


def _hs256(issuer: FakeIssuer, secret: bytes, **header: Any) -> Attempt:
    text = json.dumps(issuer.header(alg="HS256", **header)).encode()
    signing_input = f"{b64(text)}.{b64(json.dumps(issuer.claims()).encode())}"
    return bearer(f"{signing_input}.{b64(hmac.new(secret, signing_input.encode(), hashlib.sha256).digest())}")


def _unsigned(issuer: FakeIssuer, alg: str) -> Attempt:
    header = b64(json.dumps(issuer.header(alg=alg)).encode())
    return bearer(f"{header}.{b64(json.dumps(issuer.claims()).encode())}.")


def _attacker_key() -> RSAKey:
    return rsa_key("attacker")


def _by_attacker(issuer: FakeIssuer, **header: Any) -> Attempt:
    return bearer(issuer.sign(issuer.header(**header), json.dumps(issuer.claims()).encode(), _attacker_key()))


def _with_header(**header: Any) -> Build:
    return lambda issuer: bearer(issuer.token(header=header))


def _with_claims(**claims: Any) -> Build:
    return lambda issuer: bearer(issuer.token(**claims))


def _later(name: str, seconds: int) -> Build:
    return lambda issuer: bearer(issuer.token(**{name: issuer.claims()["iat"] + seconds}))


def _payload(text: Callable[[FakeIssuer], bytes]) -> Build:
    return lambda issuer: bearer(issuer.sign(issuer.header(), text(issuer)))


def _replaced(issuer: FakeIssuer, old: str, new: str) -> bytes:
    text = json.dumps(issuer.claims())
    assert old in text
    return text.replace(old, new, 1).encode()


def _huge_exp(issuer: FakeIssuer) -> bytes:
    return _replaced(issuer, f'"exp": {issuer.claims()["exp"]}', '"exp": 1e400')


def _two_audiences(issuer: FakeIssuer) -> bytes:
    return _replaced(issuer, '"aud":', '"aud": "somebody-else", "aud":')


def _id_token(issuer: FakeIssuer) -> Attempt:
    """An otherwise perfect ID token, signed by the issuer's second key."""
    claims = issuer.claims(aud=issuer.client_id, token_use="id", scope=None, nonce="n-1")
    return bearer(
        issuer.sign(issuer.header(typ="JWT", kid=issuer.id_key.kid), json.dumps(claims).encode(), issuer.id_key)
    )


def _tampered(issuer: FakeIssuer) -> Attempt:
    header, _, signature = issuer.token().split(".")
    return bearer(f"{header}.{b64(json.dumps(issuer.claims(sub='somebody-else')).encode())}.{signature}")


def _bit_flip(issuer: FakeIssuer) -> Attempt:
    header, payload, signature = issuer.token().split(".")
    raw = bytearray(base64.urlsafe_b64decode(signature + "=="))
    raw[7] ^= 1
    return bearer(f"{header}.{payload}.{b64(bytes(raw))}")


def _psychic(issuer: FakeIssuer) -> Attempt:
    header = b64(json.dumps(issuer.header(alg="ES256")).encode())
    return bearer(f"{header}.{b64(json.dumps(issuer.claims()).encode())}.{b64(bytes(64))}")


def _embedded_jwk(issuer: FakeIssuer) -> Attempt:
    return _by_attacker(issuer, jwk=_attacker_key().as_dict(private=False))


def _es_attacker_jwk(issuer: FakeIssuer) -> Attempt:
    key = ECKey.generate_key("P-256")
    return bearer(issuer.token(header={"jwk": key.as_dict(private=False)}))


def _padded(issuer: FakeIssuer) -> Attempt:
    header, payload, signature = issuer.token().split(".")
    return bearer(f"{header}.{payload}.{signature}==")


def _white_space(issuer: FakeIssuer) -> Attempt:
    token = issuer.token()
    return bearer(f"{token[:20]} {token[20:]}", statuses=frozenset({400, 401}))


def _no_token(_: FakeIssuer) -> Attempt:
    return Attempt(error=None)


def _in_query(issuer: FakeIssuer) -> Attempt:
    return Attempt(query={"access_token": issuer.token()}, error=None)


def _basic(issuer: FakeIssuer) -> Attempt:
    credentials = base64.b64encode(f"user:{issuer.token()}".encode()).decode()
    return Attempt(authorization=f"Basic {credentials}", error=None)


def _pem(issuer: FakeIssuer) -> bytes:
    pem: bytes = issuer.access_key.as_pem(private=False)
    return pem


SQL = "x' UNION SELECT 'secret' --"
TRAVERSAL = "../../../../dev/null"
EVIL = "https://attacker.example/keys"

BATTERY: list[tuple[str, str, Build]] = [
    ("N01", "no-token", _no_token),
    ("N02", "empty-bearer", lambda _: Attempt(authorization="Bearer")),
    ("N03", "not-a-jwt", lambda _: bearer("mF_9.B5f-4.1JqM")),
    ("N04", "alg-none", lambda issuer: _unsigned(issuer, "none")),
    ("N05", "alg-NoNe", lambda issuer: _unsigned(issuer, "NoNe")),
    ("N06", "signature-stripped", lambda issuer: bearer(issuer.token().rpartition(".")[0] + ".")),
    ("N07", "two-segments", lambda issuer: bearer(issuer.token().rpartition(".")[0])),
    ("N08", "hs256-with-public-pem", lambda issuer: _hs256(issuer, _pem(issuer))),
    (
        "N09",
        "hs256-with-jwk-n",
        lambda issuer: _hs256(issuer, str(issuer.access_key.as_dict(private=False)["n"]).encode()),
    ),
    ("N10", "hs256-with-empty-secret", lambda issuer: _hs256(issuer, b"")),
    ("N11", "another-key-same-kid", _by_attacker),
    ("N12", "embedded-jwk-of-the-signer", _embedded_jwk),
    ("N12", "embedded-jwk-beside-a-good-signature", _es_attacker_jwk),
    ("N13", "jku-of-the-signer", lambda issuer: _by_attacker(issuer, jku=EVIL)),
    ("N13", "jku-beside-a-good-signature", _with_header(jku=EVIL)),
    ("N14", "x5u-of-the-signer", lambda issuer: _by_attacker(issuer, x5u=EVIL)),
    ("N14", "x5u-beside-a-good-signature", _with_header(x5u=EVIL)),
    ("N15", "kid-traversal-hs256", lambda issuer: _hs256(issuer, b"", kid=TRAVERSAL)),
    ("N15", "kid-traversal-rs256", _with_header(kid=TRAVERSAL)),
    ("N16", "kid-sql-hs256", lambda issuer: _hs256(issuer, b"secret", kid=SQL)),
    ("N16", "kid-sql-rs256", _with_header(kid=SQL)),
    ("N17", "unknown-kid-right-key", _with_header(kid="rotated-away")),
    ("N18", "unknown-crit", _with_header(crit=["exp-2"], **{"exp-2": 1})),
    ("N19", "b64-false", _with_header(crit=["b64"], b64=False)),
    ("N20", "typ-jwt", _with_header(typ="JWT")),
    ("N21", "typ-missing", _with_header(typ=None)),
    ("N22", "typ-logout", _with_header(typ="logout+jwt")),
    ("N23", "expired", _later("exp", -5)),
    ("N24", "exp-missing", _with_claims(exp=None)),
    ("N25", "exp-is-text", lambda issuer: bearer(issuer.token(exp=str(issuer.claims()["exp"])))),
    ("N26", "exp-1e400", _payload(_huge_exp)),
    ("N27", "nbf-in-the-future", _later("nbf", 3600)),
    ("N28", "iat-in-the-future", _later("iat", 3600)),
    ("N29", "aud-wrong", _with_claims(aud="another-resource")),
    ("N30", "aud-missing", _with_claims(aud=None)),
    ("N31", "aud-prefix", lambda issuer: bearer(issuer.token(aud=f"{issuer.audience}.evil.example"))),
    ("N32", "aud-array-without-us", _with_claims(aud=["one", "two"])),
    ("N33", "aud-is-the-client", lambda issuer: bearer(issuer.token(aud=issuer.client_id))),
    ("N33", "id-token-of-the-second-key", _id_token),
    ("N34", "iss-wrong", _with_claims(iss="http://issuer.test/another")),
    ("N35", "iss-trailing-slash", lambda issuer: bearer(issuer.token(iss=f"{issuer.issuer}/"))),
    ("N36", "iss-missing", _with_claims(iss=None)),
    ("N37", "sub-missing", _with_claims(sub=None)),
    ("N38", "sub-is-an-object", _with_claims(sub={"id": "athlete-sub-1"})),
    ("N39", "sub-empty", _with_claims(sub="")),
    ("N40", "payload-not-json", _payload(lambda _: b"\x00\x01hello")),
    ("N41", "payload-is-an-array", _payload(lambda issuer: json.dumps([issuer.claims()]).encode())),
    ("N42", "two-aud-members", _payload(_two_audiences)),
    ("N43", "payload-tampered", _tampered),
    ("N44", "signature-bit-flip", _bit_flip),
    (
        "N45",
        "100-kb-token",
        lambda issuer: bearer(issuer.token(pad="x" * 75_000), statuses=frozenset({401, 413, 431})),
    ),
    ("N46", "psychic-signature", _psychic),
    ("N47", "five-segments", lambda issuer: bearer(f"{issuer.token()}.AAAA.AAAA")),
    ("N48", "padding", _padded),
    ("N49", "white-space-inside", _white_space),
    ("N50", "token-in-the-query", _in_query),
    ("N51", "basic-scheme", _basic),
]

CONTROLS: list[tuple[str, str, Build]] = [
    ("C1", "good-token", lambda issuer: bearer(issuer.token())),
    ("C2", "lower-case-scheme", lambda issuer: Attempt(authorization=f"bearer {issuer.token()}")),
    ("C3", "aud-array-with-us", lambda issuer: bearer(issuer.token(aud=["another", issuer.audience]))),
]


def bad_tokens() -> list[Any]:
    """Parameters for `@pytest.mark.parametrize("build", bad_tokens())`; each call of `build` makes a fresh attempt."""
    return [pytest.param(build, id=f"{case}-{name}", marks=pytest.mark.case(case)) for case, name, build in BATTERY]


def good_tokens() -> list[Any]:
    """The positive controls of the battery: the same request, legitimate."""
    return [pytest.param(build, id=f"{case}-{name}") for case, name, build in CONTROLS]
