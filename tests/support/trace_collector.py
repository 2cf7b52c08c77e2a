"""A collector that takes spans over OTLP and keeps them."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.serving import free_socket, served, url_of


@dataclass
class Collected:
    """One request.

    Attributes:
        body: As sent, compressed.
    """

    headers: dict[str, str]
    body: bytes
    sent: ExportTraceServiceRequest

    @property
    def spans(self) -> list[Span]:
        return [span for one in self.sent.resource_spans for scope in one.scope_spans for span in scope.spans]

    @property
    def services(self) -> set[str]:
        return {
            each.value.string_value
            for one in self.sent.resource_spans
            for each in one.resource.attributes
            if each.key == "service.name"
        }


@dataclass
class TraceCollector:
    """What arrived.

    Attributes:
        redirects_to: Every request is sent on there.
    """

    url: str = ""
    requests: list[Collected] = field(default_factory=list)
    redirects_to: str | None = None

    @property
    def spans(self) -> list[Span]:
        return [span for request in self.requests for span in request.spans]

    async def take(self, request: Request) -> Response:
        if self.redirects_to is not None:
            return Response(status_code=307, headers={"location": self.redirects_to})
        body = await request.body()
        content = gzip.decompress(body) if request.headers.get("content-encoding") == "gzip" else body
        self.requests.append(Collected(dict(request.headers), body, ExportTraceServiceRequest.FromString(content)))
        return Response(b"", media_type="application/x-protobuf")


@contextmanager
def trace_collector() -> Iterator[TraceCollector]:
    """A collector on loopback."""
    collector, socket = TraceCollector(), free_socket()
    collector.url = f"{url_of(socket)}/v1/traces"
    with served(Starlette(routes=[Route("/v1/traces", collector.take, methods=["POST"])]), socket):
        yield collector


def attributes(span: Span) -> dict[str, str]:
    """Those whose values are texts."""
    return {each.key: each.value.string_value for each in span.attributes}
