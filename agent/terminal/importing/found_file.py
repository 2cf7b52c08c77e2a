"""One file that an import found."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Self

from agent.terminal.importing.errors import FileRefused

LONGEST_NAME = 255  # the tool's limit; the end of a name says more than its beginning


@dataclass(frozen=True)
class FoundFile:
    """A file, and how it is read when its turn comes.

    Attributes:
        path: Name in the report: the path, with the archive in front of a member's.
        read: Gives the bytes as they are stored. Raises FileRefused if they cannot be had, or must not be.
    """

    path: str
    read: Callable[[], bytes]

    @classmethod
    def of_content(cls, path: str, content: bytes) -> Self:
        """A file that is in memory already."""
        return cls(path, lambda: content)

    @property
    def name(self) -> str:
        """What the server is told: without folders, which say where an athlete keeps files."""
        return PurePosixPath(self.path).name[-LONGEST_NAME:]

    @property
    def is_recording(self) -> bool:
        """Whether it is known by its content: a table grows, and joins what is there already."""
        return not self.name.lower().endswith((".csv", ".json"))


def refused(path: str, reason: str) -> FoundFile:
    """A file of which only the name gets into the report."""

    def refuse() -> bytes:
        raise FileRefused(reason)

    return FoundFile(path, refuse)
