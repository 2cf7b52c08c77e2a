"""Headers of pages, and of every other answer of a server that has pages (A10, A20; RFC 9700 §4.2, §4.16)."""

import re
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from identity.web_pages.errors import FormTargetMalformed

# One origin and nothing that a policy could read as a second directive.
_ORIGIN = re.compile(r"(https?)://([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_EVERY_ANSWER = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_NOT_A_PAGE = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"


def page_headers(style_hash: str, form_targets: Iterable[str] = ()) -> dict[str, str]:
    """Headers of a page.

    Browsers hold `form-action` against every redirect that follows a form, so each origin on the way is in it.

    Args:
        style_hash: Source expression of the style sheet inside the page, without quotes.
        form_targets: Origins that a redirect after the form may lead to, beside our own.

    Raises:
        FormTargetMalformed: A target is no origin.
    """
    targets = " ".join(["'self'", *(_source(target) for target in form_targets)])
    policy = (
        f"default-src 'none'; style-src '{style_hash}'; base-uri 'none'; frame-ancestors 'none'; form-action {targets}"
    )
    return {"Content-Security-Policy": policy, **_EVERY_ANSWER, **_NOT_STORED}


def redirect_headers() -> dict[str, str]:
    """Headers of a redirect between pages."""
    return {"Content-Security-Policy": _NOT_A_PAGE, **_EVERY_ANSWER, **_NOT_STORED}


class SafeAnswers:
    """ASGI middleware: whatever else is answered (JSON, 404, a refusal) is no page, not framed and not guessed at.

    A header that the answer already has is left alone.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                stored = {} if "cache-control" in headers else _NOT_STORED
                for name, value in {"Content-Security-Policy": _NOT_A_PAGE, **_EVERY_ANSWER, **stored}.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def _source(origin: str) -> str:
    match = _ORIGIN.fullmatch(origin)
    if match is None:
        raise FormTargetMalformed(repr(origin))
    scheme, host, port = match.groups()
    # A policy cannot name an IPv6 address (CSP3 §2.3.1): the port is what is left to hold on to.
    return f"{scheme}://*{port or ''}" if host.startswith("[") else origin
