"""What every hop records: who called, as whom, with a token made for whom.

OpenTelemetry spans of the tracer `coach.hops`. A part wraps its ASGI application in `HopSpans`, calls
`record_caller` once it has verified the bearer, `note` for what only it knows (policy, grant), and sends
`outgoing_headers` with every request it makes. Attributes are names, scopes and fingerprints: never a token, never
anything of an athlete's data. Where the spans go is the business of the entry point.
"""

import time
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Protocol

from opentelemetry import context, trace
from opentelemetry.trace import Span, SpanKind, Tracer, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from identity.tokens import Principal, fingerprint

TRACER = "coach.hops"
# Of all that OpenTelemetry can send along, this alone goes from part to part.
_TRACEPARENT = TraceContextTextMapPropagator()


class _Boto3Events(Protocol):
    def register(self, event_name: str, handler: Any) -> None: ...


class HopSpans:
    """ASGI middleware: one server span for each request of a part, child of the caller's span.

    Args:
        app: The part.
        part: Its name in the trace, for example `mcp-activities`.
    """

    def __init__(self, app: ASGIApp, part: str) -> None:
        self._app = app
        self._part = part

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parent = _parent(scope["headers"])
        span = _tracer().start_span(
            f"{scope['method']} {self._part}",
            context=parent,
            kind=SpanKind.SERVER,
            start_time=time.time_ns(),
            attributes={"part": self._part, "operation": f"{scope['method']} {scope['path']}"},
        )

        async def send_noting_status(message: Message) -> None:
            if message["type"] == "http.response.start":
                span.set_attribute("status", message["status"])
            await send(message)

        token = context.attach(trace.set_span_in_context(span, parent))
        try:
            await self._app(scope, receive, send_noting_status)
        finally:
            context.detach(token)
            span.end()


def record_caller(principal: Principal, token: str) -> None:
    """Note on the current hop who calls and with which token."""
    trace.get_current_span().set_attributes(
        {
            "subject": principal.username or principal.subject,
            "is_user": principal.is_user,
            "client_id": principal.client_id,
            "actors": list(principal.actors),
            "audience": " ".join(principal.audiences),
            "scopes": sorted(principal.scopes),
            "token": fingerprint(token),
        }
    )


def note(key: str, value: str | int | list[str]) -> None:
    """Note one more fact on the current hop: operation, grant, provider, issued_token, policy, tool.

    Token values are never noted, only `identity.tokens.fingerprint` of them.
    """
    trace.get_current_span().set_attribute(key, value)


@contextmanager
def hop(operation: str, *, part: str) -> Iterator[Span]:
    """A client-side span around work that calls other parts."""
    with _tracer().start_as_current_span(operation, kind=SpanKind.CLIENT) as span:
        span.set_attribute("part", part)
        span.set_attribute("operation", operation)
        yield span


def current_hop() -> context.Context:
    """The hop that is being served, to come back to with `within` where a library has put its own span in between."""
    return context.get_current()


@contextmanager
def within(hop_context: context.Context) -> Iterator[None]:
    """Everything inside belongs to that hop."""
    token = context.attach(hop_context)
    try:
        yield
    finally:
        context.detach(token)


def outgoing_headers() -> dict[str, str]:
    """The `traceparent` header for a request to another part; empty when nothing is traced."""
    if not trace.get_current_span().get_span_context().is_valid:
        return {}
    carrier: dict[str, str] = {}
    _TRACEPARENT.inject(carrier)
    return {name: value for name, value in carrier.items() if name == "traceparent"}


def trace_boto3(client: Any) -> None:
    """Let a boto3 client send `traceparent`, signed like every other header."""
    events: _Boto3Events = client.meta.events
    events.register("before-sign.*", _add_traceparent)


def _add_traceparent(request: Any, **_: object) -> None:
    headers: MutableMapping[str, str] = request.headers
    for name, value in outgoing_headers().items():
        if name in headers:
            del headers[name]
        headers[name] = value


def _tracer() -> Tracer:
    """The tracer of the provider that is set now; asking a provider makes a new one every time."""
    return _tracer_of(trace.get_tracer_provider())


@lru_cache(maxsize=8)
def _tracer_of(provider: TracerProvider) -> Tracer:
    return provider.get_tracer(TRACER)


def _parent(headers: Iterable[tuple[bytes, bytes]]) -> context.Context:
    """The caller's span; of several header lines the last one counts."""
    given = [value for name, value in headers if name == b"traceparent"]
    return _TRACEPARENT.extract({"traceparent": given[-1].decode("latin-1")} if given else {})
