"""Server-sent events, as far as MCP uses them: the `data` of each event is one JSON-RPC message."""

from collections.abc import Iterator

from local_agentcore.gateway.errors import TargetBroken


class EventStream:
    """Cuts a byte stream into events.

    Args:
        most_bytes: Of one event; a longer one is an answer without end.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._rest = bytearray()
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[bytes | None]:
        """The data of the events that this chunk completes; None for a comment, which says that more will come.

        Raises:
            TargetBroken: An event is too long.
        """
        self._rest += chunk
        if len(self._rest) + self._size > self._most_bytes:
            raise TargetBroken("an event is too long")
        *lines, rest = self._rest.replace(b"\r\n", b"\n").split(b"\n")
        # The carriage return of a line end that is cut in two stays with what is to come.
        self._rest = bytearray(rest)
        for line in lines:
            yield from self._line(bytes(line))

    def _line(self, line: bytes) -> Iterator[bytes | None]:
        if line.startswith(b":"):
            yield None
        elif line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
            self._size += len(line)
        elif not line and self._data:
            yield b"\n".join(self._data)
            self._data, self._size = [], 0


def event(data: bytes) -> bytes:
    """One event. JSON texts have no line breaks of their own."""
    return b"event: message\r\ndata: " + data + b"\r\n\r\n"
