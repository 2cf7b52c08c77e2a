"""Finished spans as lines of a file that `coach trace` reads.

Spans of our own tracer are written with their attributes. Those of libraries keep the tree connected and are
written without any, because theirs may hold prompts and answers.
"""

import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from identity.hop_trace import TRACER

LARGEST_FILE_BYTES = 20_000_000
# Soon enough for `coach trace` after an answer; what a killed process loses at most.
WRITTEN_WITHIN_MS = 100
MOST_WAITING = 65_536


class TraceFile(SpanExporter):
    """Appends a JSON object for each finished span; starts anew when the file has grown large."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        lines = "".join(json.dumps(_line(span)) + "\n" for span in spans)
        with self._lock:
            self._append(lines.encode())
        return SpanExportResult.SUCCESS

    def _append(self, lines: bytes) -> None:
        # O_APPEND with one write: several processes share the file.
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, lines)
            large = os.fstat(handle).st_size > LARGEST_FILE_BYTES
        finally:
            os.close(handle)
        if large:
            self._path.replace(self._path.with_suffix(".old.jsonl"))


def record_hops(path: Path) -> TracerProvider:
    """Send this process's spans to the file. Called once, by the entry point, which shuts the provider down at its end.

    A process that leaves by `os._exit` without doing so loses the last spans.
    """
    provider = file_provider(path)
    trace.set_tracer_provider(provider)
    return provider


def file_provider(path: Path) -> TracerProvider:
    """A provider that writes every span, whatever a caller's `traceparent` says about sampling.

    By default OpenTelemetry follows the flag of the caller, who could thus keep what it does off the record. A thread
    writes, many spans at once: opening the file for each of them would keep every request waiting.
    """
    provider = TracerProvider(sampler=ALWAYS_ON)
    provider.add_span_processor(
        BatchSpanProcessor(TraceFile(path), max_queue_size=MOST_WAITING, schedule_delay_millis=WRITTEN_WITHIN_MS)
    )
    return provider


def _line(span: ReadableSpan) -> dict[str, object]:
    own = span.instrumentation_scope is not None and span.instrumentation_scope.name == TRACER
    context = span.get_span_context()
    return {
        "trace_id": f"{context.trace_id:032x}" if context else None,
        "span_id": f"{context.span_id:016x}" if context else None,
        "parent_id": f"{span.parent.span_id:016x}" if span.parent else None,
        "name": span.name if own else "",
        "scope": span.instrumentation_scope.name if span.instrumentation_scope else "",
        "start_unix_ns": span.start_time,
        "end_unix_ns": span.end_time,
        "attributes": dict(span.attributes or {}) if own else {},
    }
