"""Composition of the gateway: everything is made once, when it starts."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from starlette.types import ASGIApp, Receive, Scope, Send

from identity.api_key_source import VaultApiKeySource
from identity.consent_state import seal
from identity.hop_trace import HopSpans
from identity.own_hosts import OwnHosts
from identity.protected_resource import ProtectedResource
from identity.signing_keys import JwksCache
from identity.token_source import TokenSource, VaultTokenSource, vault_client
from identity.tokens import Principal
from local_agentcore.front.workload_tokens import WorkloadTokens
from local_agentcore.gateway.admission.admission import Admission
from local_agentcore.gateway.api_keys import ApiKeys, Sources
from local_agentcore.gateway.authorizing import ScopeAuthorizer, ToolAuthorizer
from local_agentcore.gateway.calls import ToolCalls
from local_agentcore.gateway.catalog import Catalog
from local_agentcore.gateway.consents import Consents
from local_agentcore.gateway.credentials import OutboundCredentials, OwnWorkloadToken, WorkloadTokenSource
from local_agentcore.gateway.door import Door
from local_agentcore.gateway.errors import ConsentWithoutReturn
from local_agentcore.gateway.functions.local_function import Handler
from local_agentcore.gateway.inbound import InboundAuthorizer
from local_agentcore.gateway.inspection import Inspection
from local_agentcore.gateway.interceptors.interception import Answering, InterceptedMethods, InterceptorFunction
from local_agentcore.gateway.methods import Methods
from local_agentcore.gateway.open_targets import OpenTargets, require_functions
from local_agentcore.gateway.placement import require_sound_placement
from local_agentcore.gateway.rate_limits import RateLimits
from local_agentcore.gateway.relay import Relay
from local_agentcore.gateway.sessions import Sessions
from local_agentcore.gateway.settings import GatewaySettings

NO_FUNCTIONS: Mapping[str, Handler] = MappingProxyType({})
Background = Callable[[], Coroutine[None, None, None]]


@dataclass(frozen=True)
class Vault:
    """What the gateway asks the vault for.

    Attributes:
        for_callers: Its workload tokens for callers.
        own: Its own.
        tokens: Tokens for targets.
        api_keys: Gives the source of a provider's API key.
    """

    for_callers: WorkloadTokenSource
    own: OwnWorkloadToken
    tokens: TokenSource
    api_keys: Sources


def create_app(
    settings: GatewaySettings,
    *,
    authorizer: ToolAuthorizer | None = None,
    admission: Admission | None = None,
    background: Sequence[Background] = (),
    functions: Mapping[str, Handler] = NO_FUNCTIONS,
    inspecting: Callable[[Catalog], Inspection] | None = None,
    keys: JwksCache | None = None,
    vault: Vault | None = None,
    clock: Callable[[], float] = time.time,
) -> ASGIApp:
    """The gateway as an ASGI application; it opens no connection before its first request.

    Args:
        settings: Of this gateway.
        authorizer: Decides who may call which tool; by scopes when not given.
        admission: Chooses among the listed tools; all of them when not given.
        background: What goes on while the gateway is open.
        functions: Name of a function to the callable that it is here.
        inspecting: Makes what answers questions about policies and tools; nothing does when not given.
        keys: Signing keys of the issuer; read through its discovery document when not given.
        vault: The vault that the settings name when not given.
        clock: Epoch seconds.

    Raises:
        CredentialForTwoPlaces: Two targets at different places would get the same token.
        PlaceRefused: A target is where none may be.
        FunctionUnknown: A target or interceptor is a function that is not among these.
        ConsentWithoutReturn: A target needs consents that nobody could finish.
    """
    require_sound_placement(settings)
    require_functions(settings, functions)
    _require_end_of_each_consent(settings)
    found = keys or JwksCache(settings.inbound.trust.issuer)
    rules = _Rules(authorizer or ScopeAuthorizer(), admission, tuple(background), inspecting, functions)
    gateway = _Gateway(settings, rules, found, vault or _vault(settings), clock)
    return HopSpans(gateway, part="gateway")


@dataclass(frozen=True)
class _Rules:
    """Who and what is let in."""

    authorizer: ToolAuthorizer
    admission: Admission | None
    background: tuple[Background, ...]
    inspecting: Callable[[Catalog], Inspection] | None
    functions: Mapping[str, Handler]


class _Gateway:
    """Opens with the server and closes with it: the pools of its targets belong to its event loop."""

    def __init__(
        self,
        settings: GatewaySettings,
        rules: _Rules,
        keys: JwksCache,
        vault: Vault,
        clock: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._rules = rules
        self._keys = keys
        self._vault = vault
        self._clock = clock
        self._targets: OpenTargets | None = None
        self._background: list[asyncio.Task[None]] = []
        self._door: Door | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http" and self._door is not None:
            await self._door(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._door = self._opened()
                self._background = [asyncio.create_task(each()) for each in self._rules.background]
                await send({"type": "lifespan.startup.complete"})
            else:
                for task in self._background:
                    task.cancel()
                if self._targets is not None:
                    await self._targets.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _opened(self) -> Door:
        settings, vault = self._settings, self._vault
        credentials = OutboundCredentials(
            settings.workload,
            vault.for_callers,
            vault.own,
            vault.tokens,
            custom_state=_custom_state(settings, self._clock),
            clock=self._clock,
        )
        authorizer, admission = self._rules.authorizer, self._rules.admission
        self._targets = targets = OpenTargets(settings, self._rules.functions)
        catalog = Catalog(targets.targets, credentials, settings.listing_lifetime_s, admission=admission)
        sessions = None if settings.session_timeout_s is None else Sessions(settings.session_timeout_s)
        consents = Consents(sessions, wait_s=settings.consent_wait_s, clock=self._clock)
        api_keys = ApiKeys(vault.own, vault.api_keys, clock=self._clock)
        relay = Relay(credentials, api_keys, consents, settings)
        calls = ToolCalls(catalog, authorizer, relay, consents, search=settings.search)
        resource = _resource(settings)
        methods = Methods(
            settings=settings,
            catalog=catalog,
            authorizer=authorizer,
            calls=calls,
            relay=relay,
            sessions=sessions,
        )
        return Door(
            resource=resource,
            own_hosts=OwnHosts(settings.hosts, settings.origins),
            inbound=InboundAuthorizer(settings.inbound, self._keys, resource, clock=self._clock),
            limits=RateLimits(settings.principal_rate, settings.client_rate),
            versions=settings.versions,
            sessions=sessions,
            methods=self._with_interceptors(targets, methods, calls),
            inspection=self._rules.inspecting(catalog) if self._rules.inspecting else None,
            under_way=relay.under_way,
            max_body_bytes=settings.max_body_bytes,
        )

    def _with_interceptors(self, targets: OpenTargets, methods: Methods, calls: ToolCalls) -> Answering:
        settings = self._settings
        if not settings.interceptors:
            return methods
        timeout_s = settings.interceptor_timeout_s
        interceptors = (
            InterceptorFunction(one, targets.function(one.function_arn, used_by="an interceptor", timeout_s=timeout_s))
            for one in settings.interceptors
        )
        return InterceptedMethods(methods, calls, tuple(interceptors))


def _resource(settings: GatewaySettings) -> ProtectedResource:
    scopes = settings.inbound.advertised_scopes
    return ProtectedResource(
        url=settings.url,
        issuer=settings.inbound.trust.issuer,
        scopes=scopes,
        first_scopes=tuple(scope for scope in scopes if not scope.endswith("/write")),
        name=settings.name,
    )


def _vault(settings: GatewaySettings) -> Vault:
    client = vault_client(
        endpoint_url=settings.vault_url,
        region=settings.region,
        access_key_id=settings.access_key_id,
        secret_access_key=settings.secret_access_key.get_secret_value(),
    )
    own = OwnWorkloadToken(client, settings.workload)
    return Vault(
        for_callers=WorkloadTokens(lambda: client),
        own=own,
        tokens=VaultTokenSource(client),
        api_keys=lambda provider: VaultApiKeySource(client, provider),
    )


def _custom_state(settings: GatewaySettings, clock: Callable[[], float]) -> Callable[[Principal], str] | None:
    if settings.consent_state_key is None:
        return None
    key = settings.consent_state_key.get_secret_value().encode()
    return lambda person: seal(key, issuer=person.issuer, subject=person.subject, now=clock())


def _require_end_of_each_consent(settings: GatewaySettings) -> None:
    """A consent that is tied to nobody could be begun by one person and given by another (V27)."""
    for target in settings.targets:
        credential = target.credential
        if credential is None or credential.flow != "USER_FEDERATION":
            continue
        if settings.consent_state_key is None or credential.return_url is None:
            raise ConsentWithoutReturn(target.name)
