"""Requests, parsed once: form bodies and query strings as parameters without a second meaning."""

from collections.abc import Iterable
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request
from starlette.requests import Request

from identity.authorization_server.errors import BodyTooLarge, NotAForm

LARGEST_BODY = 65_536
MOST_PARAMETERS = 64
# RFC 8707 §2 and RFC 8693 §2.1 let these two repeat.
_REPEATABLE = frozenset({"resource", "audience"})


class Parameters(OAuth2Payload):  # type: ignore[misc]  # Authlib ships no types
    """Parameters of one request. A parameter without a value counts as not sent (RFC 6749 §3.1).

    Args:
        pairs: Names and values in the order of the request.
        request_uri: The handle that they were pushed under (RFC 9126); None if the browser brought them.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]], *, request_uri: str | None = None) -> None:
        self.request_uri = request_uri
        self.pairs = tuple(pairs)
        self._lists: dict[str, list[str]] = {}
        for name, value in self.pairs:
            if value:
                self._lists.setdefault(name, []).append(value)

    @property
    def data(self) -> dict[str, str]:
        return {name: values[-1] for name, values in self._lists.items()}

    @property
    def datalist(self) -> dict[str, list[str]]:
        return self._lists

    def one(self, name: str) -> str | None:
        """The value of a parameter; None if it was not sent or sent more than once."""
        values = self._lists.get(name, [])
        return values[0] if len(values) == 1 else None

    def all(self, name: str) -> list[str]:
        return list(self._lists.get(name, []))

    def repeated(self) -> list[str]:
        """Names that occur more than once and must not (RFC 6749 §3.1, §3.2)."""
        return [name for name, values in self._lists.items() if len(values) > 1 and name not in _REPEATABLE]


class ParameterRequest(OAuth2Request):  # type: ignore[misc]  # Authlib ships no types
    """A request as Authlib's core reads it.

    Args:
        method: HTTP method.
        url: URL of the endpoint as published, which is what security decisions are about.
        parameters: Its parameters.
        headers: Its headers.
    """

    def __init__(self, method: str, url: str, parameters: Parameters, headers: dict[str, str]) -> None:
        super().__init__(method, url, headers=headers)
        self.payload = parameters

    @property
    def parameters(self) -> Parameters:
        parameters: Parameters = self.payload
        return parameters

    @property
    def form(self) -> dict[str, str]:
        return self.parameters.data

    @property
    def args(self) -> dict[str, str]:
        return self.parameters.data


async def read_form(request: Request) -> Parameters:
    """The parameters of a form body.

    Raises:
        NotAForm: Another media type, not UTF-8, or too many parameters.
        BodyTooLarge: More than `LARGEST_BODY` bytes.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise NotAForm(f"media type {media_type[:64]!r}")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise BodyTooLarge(f"more than {LARGEST_BODY} bytes")
    return _parse(bytes(body))


def read_query(request: Request) -> Parameters:
    """The parameters of the query string.

    Raises:
        NotAForm: Not UTF-8, or too many parameters.
    """
    return _parse(request.scope["query_string"])


def _parse(encoded: bytes) -> Parameters:
    try:
        pairs = parse_qsl(
            encoded.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS
        )
    except ValueError as error:
        raise NotAForm("not a form") from error
    return Parameters(pairs)
