"""Verify AWS Signature Version 4: which access key signed this request, if any.

Own code because no library of ours verifies; written from AWS's "Create a signed AWS API request" and held to
botocore's signer by tests. Stricter than AWS where nobody needs the slack: the payload must be signed, `Host` must be
signed and one of ours, all `x-amz-*` headers must be signed, temporary credentials are unknown here.
"""

import hashlib
import hmac
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from identity.vault.errors import HostRefused, KeyUnknown, NotSigned, SignatureRefused
from identity.vault.policy import AccessKey, VaultPolicy

ALGORITHM = "AWS4-HMAC-SHA256"
DATE_FORMAT = "%Y%m%dT%H%M%SZ"
SERVICE = "bedrock-agentcore"
_AUTHORIZATION = re.compile(
    ALGORITHM + r" Credential=(?P<key>\w+)/(?P<date>\d{8})/(?P<region>[\w-]+)/(?P<service>[\w-]+)/aws4_request,\s*"
    r"SignedHeaders=(?P<headers>[a-z0-9;_-]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True)
class SignedRequest:
    """A request as it came over the wire.

    Attributes:
        path: Raw, still percent-encoded.
        query: Raw, without the question mark.
        headers: Lower-case names in wire order, duplicates kept.
    """

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def signature(self) -> str:
        """The signature it carries, verified or not."""
        return self.values("authorization")[-1].rpartition("=")[2]

    def values(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for header, value in self.headers if header == name]


class SignatureVerifier:
    """Verifies requests for one region.

    Args:
        policy: The keys.
        region: The only one accepted in the credential scope.
        hosts: Allowed values of Host, lower case.
        clock_skew_s: Greatest distance between signing time and now.
    """

    def __init__(
        self, policy: VaultPolicy, *, region: str, hosts: Collection[str], clock_skew_s: float = 300.0
    ) -> None:
        self._policy = policy
        self._region = region
        self._hosts = frozenset(hosts)
        self._clock_skew_s = clock_skew_s

    def verify(self, request: SignedRequest, *, now_s: float) -> AccessKey:
        """The key that signed the request.

        Raises:
            HostRefused: Not addressed to us.
            NotSigned: No SigV4 authorization.
            KeyUnknown: Signed with a key, or a session, that we do not know.
            SignatureRefused: Not a signature of exactly this request for this service, region and time.
        """
        self._check_host(request)
        claim = _authorization(request)
        signed_headers = claim["headers"].split(";")
        _check_signed_headers(request, signed_headers)
        signed_at = self._check_time(request, now_s=now_s)
        if (claim["date"], claim["region"], claim["service"]) != (signed_at[:8], self._region, SERVICE):
            raise SignatureRefused("credential is scoped to another date, region or service")
        key = self._policy.find(claim["key"])
        if key is None or request.values("x-amz-security-token"):
            raise KeyUnknown("the access key is not known here, or came with a session token")
        digest = _payload_digest(request)
        expected = _signature(key, canonical_request(request, signed_headers, digest), signed_at, self._region)
        if not hmac.compare_digest(expected, claim["signature"]):
            raise SignatureRefused("the signature does not match the request")
        return key

    def _check_host(self, request: SignedRequest) -> None:
        hosts = request.values("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            raise HostRefused("this host is not served here")

    def _check_time(self, request: SignedRequest, *, now_s: float) -> str:
        values = request.values("x-amz-date")
        try:
            signed_at = datetime.strptime(values[0], DATE_FORMAT).replace(tzinfo=UTC)
        except (IndexError, ValueError) as error:
            raise SignatureRefused("X-Amz-Date is missing or not a date") from error
        if len(values) != 1 or abs(now_s - signed_at.timestamp()) > self._clock_skew_s:
            raise SignatureRefused("signed too long ago or in the future")
        return values[0]


def canonical_request(request: SignedRequest, signed_headers: Sequence[str], payload_digest: str) -> str:
    """The text whose hash is signed."""
    headers = "".join(
        f"{name}:{','.join(' '.join(value.split()) for value in request.values(name))}\n" for name in signed_headers
    )
    pairs = sorted(pair.partition("=")[::2] for pair in request.query.split("&") if pair)
    return "\n".join(
        (
            request.method,
            quote(request.path, safe="/~"),
            "&".join(f"{name}={value}" for name, value in pairs),
            headers,
            ";".join(signed_headers),
            payload_digest,
        )
    )


def _authorization(request: SignedRequest) -> re.Match[str]:
    values = request.values("authorization")
    if not values:
        raise NotSigned("the request is not signed")
    match = _AUTHORIZATION.fullmatch(values[0]) if len(values) == 1 else None
    if match is None:
        raise NotSigned("the request is not signed with Signature Version 4")
    return match


def _check_signed_headers(request: SignedRequest, signed: list[str]) -> None:
    if signed != sorted(set(signed)):
        raise SignatureRefused("signed headers are not in order")
    required = {"host"} | {name for name, _ in request.headers if name.startswith("x-amz-")}
    if not required <= set(signed):
        raise SignatureRefused("Host and every X-Amz header must be signed")


def _payload_digest(request: SignedRequest) -> str:
    digest = hashlib.sha256(request.body).hexdigest()
    # UNSIGNED-PAYLOAD and the streaming forms are values of this header: none of them is a digest of the body.
    if any(value != digest for value in request.values("x-amz-content-sha256")):
        raise SignatureRefused("the payload is not signed")
    return digest


def _signature(key: AccessKey, canonical: str, signed_at: str, region: str) -> str:
    scope = f"{signed_at[:8]}/{region}/{SERVICE}/aws4_request"
    text = "\n".join((ALGORITHM, signed_at, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signing_key = f"AWS4{key.secret_access_key.get_secret_value()}".encode()
    for part in (signed_at[:8], region, SERVICE, "aws4_request"):
        signing_key = hmac.digest(signing_key, part.encode(), "sha256")
    return hmac.new(signing_key, text.encode(), "sha256").hexdigest()
