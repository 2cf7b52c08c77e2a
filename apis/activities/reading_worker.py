"""Reads files in a process of its own: one request and one answer at a time over its standard streams.

A request is name and damage of the compression as JSON, then the unpacked content; an answer is the `PreparedFile` as
JSON; each stands behind its length in four bytes. The process may use so much memory and no more, and ends when its
input does. Nothing it says is trusted beyond its form.
"""

import json
import os
import resource
import struct
import sys
from typing import IO, Final

from apis.activities.preparation import prepare_unpacked

LENGTH: Final = struct.Struct(">I")
MEMORY_BYTES: Final = 2 * 1024**3  # addresses; a day at one sample a second takes a tenth of it
NICENESS: Final = 5  # questions come first


def read_block(stream: IO[bytes]) -> bytes | None:
    """The next block, or None at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(head)
    block = stream.read(size)
    return block if len(block) == size else None


def write_block(stream: IO[bytes], block: bytes) -> None:
    stream.write(LENGTH.pack(len(block)) + block)
    stream.flush()


def main(source: IO[bytes], answers: IO[bytes]) -> None:
    """Answers requests until there are none."""
    while (head := read_block(source)) is not None and (plain := read_block(source)) is not None:
        write_block(answers, prepare_unpacked(plain, **json.loads(head)).model_dump_json().encode())


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    os.nice(NICENESS)
    # Whatever a library prints must not get between the answers.
    stdout, sys.stdout = sys.stdout, sys.stderr
    main(sys.stdin.buffer, stdout.buffer)
