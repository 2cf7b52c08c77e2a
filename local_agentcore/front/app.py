"""The data-plane endpoint: runtimes behind the front; `/identities/*` and `/memories/*` are passed on.

AWS has one data-plane host for all; so do we. Paths are matched undecoded, because a runtime may be named by its
URL-encoded ARN, whose `%2F` must not become a path separator.
"""

import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from urllib.parse import unquote, urlsplit

import httpx
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from identity.errors import IdentityError
from identity.hop_trace import HopSpans, note
from identity.signing_keys import JwksCache
from identity.token_source import vault_client
from identity.tokens import fingerprint
from identity.vault.errors import VaultError
from identity.vault.wire import failure
from local_agentcore.errors import WorkloadTokenUnavailable
from local_agentcore.front.inbound import WELL_KNOWN, InboundAuthorizer, metadata
from local_agentcore.front.reverse_proxy import container_headers, forward
from local_agentcore.front.roles import RoleAuthorizer
from local_agentcore.front.settings import FrontSettings, RuntimeSettings
from local_agentcore.front.workload_tokens import IdentityClient, WorkloadTokens
from local_agentcore.loopback_guard import LoopbackGuard
from local_agentcore.private_port import FRONT_SECRET_HEADER

logger = logging.getLogger(__name__)
LARGEST_BODY = 50_000_000  # AWS: 100 MB; the longest recordings are some 30 MB before base64
LARGEST_IDENTITY_BODY = 1_048_576  # what the vault takes; nothing is known of the caller yet
SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
# Signed headers of the AWS SDKs, which the vault verifies: they pass unchanged.
IDENTITY_HEADERS = frozenset({"authorization", "content-type", "host", "traceparent", "user-agent", "accept-encoding"})
# No cookie among them: all ports of a host share theirs.
BROWSER_HEADERS = frozenset({"accept", "host", "traceparent", "user-agent"})
AWS_PREFIXES = ("x-amz", "amz-sdk-")


class Front:
    """Routes of the data plane.

    Args:
        settings: Runtimes and keys.
        keys: Signing keys by issuer.
        tokens: Source of workload access tokens.
    """

    def __init__(self, settings: FrontSettings, keys: Mapping[str, JwksCache], tokens: WorkloadTokens) -> None:
        self._settings = settings
        self._tokens = tokens
        self._runtimes = {
            name: runtime for runtime in settings.runtimes for name in (runtime.name, _arn(settings, runtime))
        }
        self._authorizers = {
            runtime.name: InboundAuthorizer(runtime, keys[runtime.issuer], self._metadata_url(runtime))
            for runtime in settings.runtimes
        }
        self._roles = RoleAuthorizer(settings.roles, region=settings.region, hosts=hosts_of(settings))
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(300.0, connect=5.0), limits=httpx.Limits(max_connections=256), trust_env=False
        )

    async def invoke(self, request: Request) -> Response:
        """POST (for MCP also GET and DELETE) `/runtimes/{name or ARN}/invocations`."""
        runtime = self._runtime(request)
        if runtime is None:
            return JSONResponse({"message": "no such runtime"}, 404, {"x-amzn-ErrorType": "ResourceNotFoundException"})
        if runtime.lets_in == "roles":
            return await self._invoke_by_role(request, runtime)
        authorizer = self._authorizers[runtime.name]
        try:
            bearer = await authorizer.bearer(request.headers)
            workload_token = await self._tokens.token(runtime.workload, bearer)
        except IdentityError as error:
            return authorizer.refusal(error)
        except WorkloadTokenUnavailable as error:
            logger.error("workload=<%s>, reason=<%s> | no workload access token", error.workload, error.reason)  # noqa: TRY400 - no stack: it may quote the token
            return JSONResponse({"message": "identity is not available"}, 502)
        note("workload_token", fingerprint(workload_token))
        body = await _body(request, LARGEST_BODY)
        if body is None:
            return JSONResponse({"message": "too large"}, 413)
        of_the_caller = {
            "Authorization": f"Bearer {bearer}",
            "WorkloadAccessToken": workload_token,
            "X-Amz-Bedrock-AgentCore-Identity-WAT": workload_token,
        }
        return await self._to_container(request, runtime, body, of_the_caller)

    async def _invoke_by_role(self, request: Request, runtime: RuntimeSettings) -> Response:
        """A program's request: its signature stays here, and no token of a person goes along."""
        try:
            body = await self._roles.body(request, runtime.workload)
        except VaultError as error:
            logger.warning("runtime=<%s>, decision=<%s>, reason=<%s> | invocation", runtime.name, error.code, error)
            return failure(error)
        except ClientDisconnect:
            return Response(status_code=400)
        return await self._to_container(request, runtime, body, {})

    async def resource_metadata(self, request: Request) -> Response:
        """GET the RFC 9728 document of a runtime."""
        runtime = self._runtime(request, skip=2)
        # Whoever has a role asks no authorization server.
        return metadata(runtime) if runtime and runtime.lets_in == "people" else JSONResponse({}, 404)

    async def signed(self, request: Request) -> Response:
        """Operations on identities and memory: signed by the caller for this host, verified where they are done."""
        body = await _body(request, LARGEST_IDENTITY_BODY)
        if body is None:
            return JSONResponse({"message": "too large"}, 413)
        headers = {n: v for n, v in request.headers.items() if n in IDENTITY_HEADERS or n.startswith(AWS_PREFIXES)}
        return await self._forward(request, f"{self._settings.vault_url}{_raw_target(request)}", headers, body, "vault")

    async def consent(self, request: Request) -> Response:
        """A browser on its way through the vault (a consent): nothing of it is passed on but where it wants to go."""
        url = f"{self._settings.vault_url}{_raw_target(request)}"
        headers = {name: value for name, value in request.headers.items() if name in BROWSER_HEADERS}
        return await self._forward(request, url, headers, b"", "vault")

    async def close(self) -> None:
        await self._client.aclose()

    async def _to_container(
        self, request: Request, runtime: RuntimeSettings, body: bytes, of_the_caller: Mapping[str, str]
    ) -> Response:
        session_id = request.headers.get(SESSION_HEADER) or str(uuid.uuid4())
        headers = container_headers(
            request,
            {
                **of_the_caller,
                SESSION_HEADER: session_id,
                "X-Amzn-RequestId": str(uuid.uuid4()),
                FRONT_SECRET_HEADER: self._settings.front_secret.get_secret_value(),
            },
        )
        path = "/invocations" if runtime.protocol == "HTTP" else "/mcp"
        answer = await self._forward(request, runtime.container_url + path, headers, body, runtime.name)
        answer.headers.setdefault(SESSION_HEADER, session_id)
        return answer

    async def _forward(self, request: Request, url: str, headers: dict[str, str], body: bytes, name: str) -> Response:
        try:
            return await forward(self._client, request, url, headers, body)
        except httpx.HTTPError as error:
            logger.warning("part=<%s>, reason=<%s> | not reachable", name, type(error).__name__)
            return JSONResponse({"message": f"{name} is not reachable"}, 502)

    def _runtime(self, request: Request, *, skip: int = 0) -> RuntimeSettings | None:
        segments = _raw_target(request).partition("?")[0].split("/")[1 + skip :]
        match segments:
            case ["runtimes", name, "invocations"]:
                return self._runtimes.get(unquote(name))
        return None

    def _metadata_url(self, runtime: RuntimeSettings) -> str:
        return f"{self._settings.base_url}{WELL_KNOWN}{urlsplit(runtime.public_url).path}"


def hosts_of(settings: FrontSettings) -> frozenset[str]:
    """Host header values of the data plane."""
    host = urlsplit(settings.base_url)
    return frozenset({host.netloc, f"localhost:{host.port}"})


def _arn(settings: FrontSettings, runtime: RuntimeSettings) -> str:
    return f"arn:aws:bedrock-agentcore:{settings.region}:{settings.account}:runtime/{runtime.name}"


async def _body(request: Request, limit: int) -> bytes | None:
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > limit:
            return None
    return bytes(chunks)


def _raw_target(request: Request) -> str:
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query = request.scope["query_string"]
    return (raw + (b"?" + query if query else b"")).decode("latin-1")


def create_app(
    settings: FrontSettings, *, keys: Mapping[str, JwksCache] | None = None, tokens: WorkloadTokens | None = None
) -> ASGIApp:
    """The data plane as an ASGI application.

    Args:
        settings: Runtimes, keys, addresses.
        keys: Signing keys by issuer; read from the issuers when not given.
        tokens: Source of workload access tokens; the vault when not given.
    """
    found = keys or {issuer: JwksCache(issuer) for issuer in {runtime.issuer for runtime in settings.runtimes}}
    front = Front(settings, found, tokens or WorkloadTokens(_client(settings)))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await front.close()

    endpoint: Callable[[Request], Awaitable[Response]] = front.invoke
    app = Starlette(
        lifespan=lifespan,
        routes=[
            Route("/identities/oauth2/authorize", front.consent, methods=["GET"]),
            Route("/identities/oauth2/callback/{provider}", front.consent, methods=["GET"]),
            Route("/identities/{rest:path}", front.signed, methods=["POST"]),
            Route("/memories/{rest:path}", front.signed, methods=["GET", "POST", "DELETE"]),
            Route(f"{WELL_KNOWN}/{{rest:path}}", front.resource_metadata, methods=["GET"]),
            Route("/runtimes/{rest:path}", endpoint, methods=["GET", "POST", "DELETE"]),
        ],
    )
    return LoopbackGuard(HopSpans(app, part="front"), hosts_of(settings))


def _client(settings: FrontSettings) -> Callable[[], IdentityClient]:
    return lambda: vault_client(
        endpoint_url=settings.vault_url,
        region=settings.region,
        access_key_id=settings.access_key_id,
        secret_access_key=settings.secret_access_key.get_secret_value(),
    )
