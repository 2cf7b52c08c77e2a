"""The header lines of one request, read once."""

from collections.abc import Iterable, Iterator, Mapping

from local_agentcore.gateway.errors import HeadersTooLarge

# Whoever reads the first of two lines decides on something else than whoever reads the last.
ONLY_ONCE = frozenset({"authorization", "mcp-method", "mcp-name", "mcp-protocol-version", "mcp-session-id"})
MOST_OCTETS = 131_072  # uvicorn's parser knows no limit
PARAMETER_PREFIX = "mcp-param-"


class RequestHeaders(Mapping[str, str]):
    """Names in lower case to values; of several lines with one name the last.

    Args:
        raw: As ASGI gives them.

    Raises:
        HeadersTooLarge: More than anybody needs.

    Attributes:
        raw: The same.
        repeated: Names that occur more than once and must not: those of `ONLY_ONCE` and mirrored arguments.
    """

    __slots__ = ("_values", "raw", "repeated")

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self.raw = tuple(raw)
        if sum(len(name) + len(value) for name, value in self.raw) > MOST_OCTETS:
            raise HeadersTooLarge
        self._values: dict[str, str] = {}
        repeated: set[str] = set()
        for name_octets, value in self.raw:
            name = name_octets.decode("latin-1")
            if name in self._values and (name in ONLY_ONCE or name.startswith(PARAMETER_PREFIX)):
                repeated.add(name)
            self._values[name] = value.decode("latin-1")
        self.repeated = frozenset(repeated)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
