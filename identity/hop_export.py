"""Sends finished spans over OTLP: to AWS X-Ray, signed with the role of the process, or to a collector.

What a trace may hold is decided here and not by the libraries that write it: spans of our own tracer keep their
attributes, those of libraries keep the tree connected and the few facts that are listed below. Events and texts of
errors go nowhere, because an exception may quote what it stumbled over.
"""

import re
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import NoCredentialsError
from botocore.session import get_session
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Status

from identity.errors import TraceEndpointRefused
from identity.hop_trace import TRACER

#: What spans of Strands may say: which model and tool, and how much, never what was said.
LIBRARY_ATTRIBUTES: Final = frozenset(
    {
        "gen_ai.agent.name",
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.request.model",
        "gen_ai.server.request.duration",
        "gen_ai.server.time_to_first_token",
        "gen_ai.system",
        "gen_ai.tool.name",
        "gen_ai.tool.status",
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
    }
)
# A runtime may be frozen as soon as it has answered.
SENT_WITHIN_MS: Final = 1000
SEND_LIMIT_S: Final = 5.0
_XRAY = re.compile(r"https://xray\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/v1/traces")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@contextmanager
def exported_hops(endpoint: str | None, part: str) -> Iterator[None]:
    """Spans of this process go to the endpoint while the block runs; nothing is traced without one.

    Called once, by the entry point of a process. A signal to end is made an exit, so that what waits is still sent.

    Args:
        endpoint: Full URL for traces, as `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` has it.
        part: `service.name` of the spans.

    Raises:
        TraceEndpointRefused: It is not https, nor http on this computer.
    """
    if not endpoint:
        yield
        return
    provider = TracerProvider(sampler=ALWAYS_ON, resource=Resource.create({SERVICE_NAME: part}))
    provider.add_span_processor(BatchSpanProcessor(hop_exporter(endpoint), schedule_delay_millis=SENT_WITHIN_MS))
    trace.set_tracer_provider(provider)
    signal.signal(signal.SIGTERM, _leave)  # uvicorn raises it again once it has drained
    try:
        yield
    finally:
        provider.shutdown()


def hop_exporter(endpoint: str) -> SpanExporter:
    """An exporter to an endpoint; that of X-Ray is signed for, with the credentials of the process.

    Raises:
        TraceEndpointRefused: As `exported_hops`.
    """
    parts = urlsplit(endpoint)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise TraceEndpointRefused(endpoint)
    # Where nobody listens, the library says so in the log and goes on.
    return HopExporter(
        OTLPSpanExporter(endpoint, timeout=SEND_LIMIT_S, compression=Compression.Gzip, session=http_session(endpoint))
    )


def http_session(endpoint: str) -> requests.Session:
    """The connection to an endpoint, without a proxy or `~/.netrc` of the environment."""
    session = requests.Session()
    session.trust_env = False
    if found := _XRAY.fullmatch(endpoint):
        session.auth = _SignedForXray(found["region"])
    return session


class HopExporter(SpanExporter):
    """Takes out of spans what must not leave, before another exporter sends them."""

    def __init__(self, sender: SpanExporter) -> None:
        self._sender = sender

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._sender.export([_bare(span) for span in spans])

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._sender.force_flush(timeout_millis)

    def shutdown(self) -> None:
        self._sender.shutdown()


class _SignedForXray(requests.auth.AuthBase):
    """SigV4 over the very body that is sent; botocore renews the role's credentials."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._session = get_session()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed = AWSRequest(request.method, request.url, headers=dict(request.headers), data=request.body)
        credentials = self._session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        SigV4Auth(credentials, "xray", self._region).add_auth(signed)
        request.headers.update(dict(signed.headers))
        return request


def _bare(span: ReadableSpan) -> ReadableSpan:
    scope = span.instrumentation_scope
    attributes = dict(span.attributes or {})
    name = span.name
    if scope is None or scope.name != TRACER:
        attributes = {key: value for key, value in attributes.items() if key in LIBRARY_ATTRIBUTES}
        name = str(attributes.get("gen_ai.operation.name") or (scope.name if scope else ""))
    return ReadableSpan(
        name=name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=attributes,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=scope,
    )


def _leave(_signal: int, _frame: object) -> None:
    raise SystemExit(0)
