"""Hop records in tests: the tracer provider of a process can be set once, so it is shared and exporters come and go."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


class SwitchedProcessor(SpanProcessor):
    """Hands finished spans to an exporter while it is on: a provider cannot forget a processor."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self.on = True

    def on_end(self, span: ReadableSpan) -> None:
        if self.on:
            self._exporter.export([span])


@contextmanager
def exported_to(exporter: SpanExporter) -> Iterator[None]:
    """Every span of this process goes to the exporter meanwhile."""
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    processor = SwitchedProcessor(exporter)
    provider.add_span_processor(processor)
    try:
        yield
    finally:
        processor.on = False


@contextmanager
def recorded_spans() -> Iterator[InMemorySpanExporter]:
    """The spans that end meanwhile."""
    exporter = InMemorySpanExporter()
    with exported_to(exporter):
        yield exporter
