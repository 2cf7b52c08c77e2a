"""What of a file's content is compared and sent.

A file is known by the digest of what is in it, however often it was compressed on the way. What is sent has to fit
into one event of a function: 6 MB, of which base64 takes a quarter.
"""

import gzip
import hashlib
import zlib
from dataclasses import dataclass

from agent.terminal.importing.errors import FileRefused

LARGEST_FILE_BYTES = 32 * 1024 * 1024  # the server's own limit: a day of GPX at one point a second
MOST_LAYERS = 3
GZIP_ABOVE_BYTES = 200_000
LARGEST_SENT_BYTES = 4_400_000
GZIP = b"\x1f\x8b"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
TOO_LARGE = f"larger than {LARGEST_FILE_BYTES // 1024 // 1024} MB when unpacked"


@dataclass(frozen=True)
class Content:
    """One file's content.

    Attributes:
        stored: As it was found.
        unpacked: Without its gzip layers.
    """

    stored: bytes
    unpacked: bytes

    @classmethod
    def of(cls, stored: bytes) -> "Content":
        """Unpacks what is stored.

        Raises:
            FileRefused: It is empty, too large, or no whole gzip stream begins it.
        """
        unpacked = stored
        for _ in range(MOST_LAYERS):
            if not unpacked.startswith(GZIP):
                break
            unpacked = _gunzipped(unpacked)
        if unpacked.startswith(GZIP):
            raise FileRefused(f"compressed more than {MOST_LAYERS} times")
        if len(unpacked) > LARGEST_FILE_BYTES:
            raise FileRefused(TOO_LARGE)
        if not unpacked:
            raise FileRefused("the file has 0 bytes")
        return cls(stored, unpacked)

    def sha256(self) -> str:
        """Digest of the unpacked content, 64 lowercase hexadecimal digits. A byte order mark is packing, too."""
        return hashlib.sha256(self.unpacked.removeprefix(BYTE_ORDER_MARK)).hexdigest()

    def packed(self) -> bytes:
        """What is sent: small files as they are, others compressed; XML shrinks to a tenth.

        Raises:
            FileRefused: It is too large even then.
        """
        if len(self.stored) <= GZIP_ABOVE_BYTES or (self.stored.startswith(GZIP) and self._fits(self.stored)):
            return self.stored
        packed = gzip.compress(self.unpacked, compresslevel=6, mtime=0)
        if not self._fits(packed):
            limit = f"{LARGEST_SENT_BYTES / 1e6:.1f} MB"
            raise FileRefused(f"larger than {limit} even when compressed ({len(packed) / 1e6:.1f} MB)")
        return packed

    @staticmethod
    def _fits(packed: bytes) -> bool:
        return len(packed) <= LARGEST_SENT_BYTES


def _gunzipped(packed: bytes) -> bytes:
    """One layer less, never more than the limit; a stream that was cut gives what it still holds, as at the server."""
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = stream.decompress(packed, LARGEST_FILE_BYTES)
    except zlib.error as error:
        raise FileRefused("the gzip stream is damaged") from error
    if stream.unconsumed_tail:
        raise FileRefused(TOO_LARGE)
    return unpacked
