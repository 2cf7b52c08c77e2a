"""What leaves a process as a trace, and how it is sent."""

import hashlib
import hmac
import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
import requests
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import StatusCode

from agent.settings import REDACTION_OPT_IN
from identity.errors import TraceEndpointRefused
from identity.hop_export import exported_hops, hop_exporter, http_session
from identity.hop_trace import TRACER
from tests.support.gateway_values import VALUES
from tests.support.serving import free_socket, port_of
from tests.support.trace_collector import TraceCollector, attributes, trace_collector

XRAY = "https://xray.eu-central-1.amazonaws.com/v1/traces"
CANARY = "resting heart rate 47"
PATIENCE_S = 30.0


@pytest.fixture
def collector() -> Iterator[TraceCollector]:
    with trace_collector() as found:
        yield found


@pytest.fixture
def provider(collector: TraceCollector) -> Iterator[TracerProvider]:
    """Sends each span as soon as it has ended."""
    made = TracerProvider()
    made.add_span_processor(SimpleSpanProcessor(hop_exporter(collector.url)))
    yield made
    made.shutdown()


def test_our_own_spans_leave_with_their_attributes(collector: TraceCollector, provider: TracerProvider) -> None:
    with provider.get_tracer(TRACER).start_as_current_span("POST mcp-routes") as span:
        span.set_attribute("grant", "client_credentials")
    (sent,) = collector.spans
    assert sent.name == "POST mcp-routes"
    assert attributes(sent) == {"grant": "client_credentials"}
    assert sent.trace_id.hex() == f"{span.get_span_context().trace_id:032x}"


def test_a_librarys_span_keeps_its_place_and_what_holds_nothing_of_an_athlete(
    collector: TraceCollector, provider: TracerProvider
) -> None:
    of_strands = provider.get_tracer("strands.telemetry.tracer")
    with (
        provider.get_tracer(TRACER).start_as_current_span("above") as above,
        of_strands.start_as_current_span(f"chat {CANARY}") as span,
    ):
        span.set_attribute("gen_ai.operation.name", "chat")
        span.set_attribute("gen_ai.request.model", "offline")
        span.set_attribute("gen_ai.input.messages", CANARY)
        span.set_attribute("http.url", f"https://api.example/?q={CANARY}")
        span.add_event("gen_ai.choice", {"message": CANARY})
    inner, _ = collector.spans
    assert inner.name == "chat"
    assert attributes(inner) == {"gen_ai.operation.name": "chat", "gen_ai.request.model": "offline"}
    assert inner.parent_span_id.hex() == f"{above.get_span_context().span_id:016x}"


@pytest.mark.parametrize("tracer", [TRACER, "strands.telemetry.tracer"])
def test_nothing_that_an_exception_quotes_leaves(
    collector: TraceCollector, provider: TracerProvider, tracer: str
) -> None:
    with pytest.raises(ValueError, match=CANARY), provider.get_tracer(tracer).start_as_current_span("work"):
        raise ValueError(CANARY)
    (sent,) = collector.spans
    assert sent.status.code == StatusCode.ERROR.value
    assert CANARY.encode() not in sent.SerializeToString()
    assert not sent.events


@pytest.mark.parametrize(
    "endpoint", ["http://collector.example/v1/traces", "ftp://localhost/v1/traces", "localhost:4318", "/v1/traces"]
)
def test_traces_do_not_travel_in_the_clear(endpoint: str) -> None:
    with pytest.raises(TraceEndpointRefused, match=re.escape(endpoint)), exported_hops(endpoint, "coach"):
        pass


@pytest.mark.parametrize("endpoint", [None, ""])
def test_without_an_endpoint_nothing_is_changed(endpoint: str | None) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with exported_hops(endpoint, "coach"):
        assert signal.getsignal(signal.SIGTERM) is before


def test_a_redirect_is_not_followed(collector: TraceCollector, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "opentelemetry")
    with trace_collector() as elsewhere:
        collector.redirects_to = elsewhere.url
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(hop_exporter(collector.url)))
        provider.get_tracer(TRACER).start_span("lost").end()
        assert elsewhere.requests == []


def test_what_goes_to_xray_is_signed_with_the_credentials_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ACCESS_KEY_ID": "AKIDEXAMPLE", "SECRET_ACCESS_KEY": "wJalr", "SESSION_TOKEN": "token"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    body = b"spans"
    sent = http_session(XRAY).prepare_request(
        requests.Request("POST", XRAY, data=body, headers={"Content-Type": "application/x-protobuf"})
    )
    credential, signed, signature = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=(\w+)",
        str(sent.headers["Authorization"]),
    ).groups()  # type: ignore[union-attr]
    assert credential.startswith("AKIDEXAMPLE/")
    assert credential.endswith("/eu-central-1/xray/aws4_request")
    assert sent.headers["X-Amz-Security-Token"] == "token"
    headers = {
        "host": "xray.eu-central-1.amazonaws.com",
        **{name.lower(): str(one) for name, one in sent.headers.items()},
    }
    lines = "".join(f"{name}:{headers[name]}\n" for name in signed.split(";"))
    canonical = f"POST\n/v1/traces\n\n{lines}\n{signed}\n{hashlib.sha256(body).hexdigest()}"
    assert signature == by_the_documents(canonical, headers["x-amz-date"], credential)


def by_the_documents(canonical: str, at: str, credential: str) -> str:
    """Signature Version 4 as AWS writes it down."""
    scope = credential.partition("/")[2]
    key = b"AWS4wJalr"
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    told = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.digest(key, told.encode(), "sha256").hex()


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://collector.example/v1/traces",
        "https://xray.eu-central-1.amazonaws.com.example/v1/traces",
        f"{XRAY}/elsewhere",
    ],
)
def test_nobody_else_gets_a_signature(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalr")
    sent = http_session(endpoint).prepare_request(requests.Request("POST", endpoint, data=b"spans"))
    assert "Authorization" not in sent.headers


SERVER = {
    "MCP_ROUTES_ISSUER": "https://issuer.example",
    "MCP_ROUTES_UPSTREAM_CLIENTS": "[]",
    "MCP_ROUTES_API_URL": "https://api.example",
    "MCP_ROUTES_ALLOWED_HOSTS": "[]",
}
PATHS = {"mcp-routes": "/mcp", "coach": "/invocations"}
COACH = {
    "COACH_ISSUER": "https://issuer.example",
    "COACH_TARGET_VALUES": json.dumps(VALUES),
    "OTEL_SEMCONV_STABILITY_OPT_IN": REDACTION_OPT_IN,
}


@pytest.mark.parametrize(
    ("module", "settings", "port_of_it", "part"),
    [("mcp_servers.routes", SERVER, "MCP_ROUTES_PORT", "mcp-routes"), ("agent.app", COACH, "COACH_PORT", "coach")],
    ids=["a server", "the coach"],
)
def test_a_process_that_is_told_to_stop_still_sends_what_it_has(
    collector: TraceCollector, module: str, settings: dict[str, str], port_of_it: str, part: str
) -> None:
    socket = free_socket()
    port = port_of(socket)
    socket.close()
    given = {**settings, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": collector.url, port_of_it: str(port)}
    with subprocess.Popen([sys.executable, "-m", module], env={**os.environ, **given}) as process:
        try:
            answered(f"http://127.0.0.1:{port}{PATHS[part]}")
        finally:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 0
    assert f"POST {part}" in {span.name for span in collector.spans}
    assert collector.requests[0].services == {part}


def answered(url: str) -> None:
    """Waits until something answers, whatever it says to somebody without a token."""
    give_up_at = time.monotonic() + PATIENCE_S
    while True:
        try:
            httpx.post(url, json={})
        except httpx.ConnectError:
            assert time.monotonic() < give_up_at
            time.sleep(0.05)
        else:
            return
