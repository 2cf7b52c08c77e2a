"""Who did what with which secret, when, and what was decided: an append-only file whose tampering shows (V25).

One JSON object a line, chained by HMAC-SHA-256: every line's code covers the line and the code before it, so that a
line that is changed, deleted, inserted or moved breaks the chain there. A chain alone does not show that its tail was
cut; the head file beside the log says after every line how many there are and which code is the last, under the same
key. Who sets log *and* head back to the same older copy is told by the count that the vault's database keeps
(`AuditLog.entries`, noted at every checkpoint); who sets back all three is not, and that is as far as one disk goes.

Lines reach the operating system one by one (a crash of the process loses none) and the disk at a checkpoint, which is
every 64 lines, every line that is not a plain permission, and the end: a power cut loses fewer than 64 permissions,
and then looks like the cut that it is.

No token, code or secret is written: a token is named by `fingerprint`, a keyed digest that nobody else can compute.
"""

import fcntl
import hmac
import json
import logging
import os
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from identity.length_prefixed import length_prefixed
from identity.vault.errors import AuditLogUnusable

logger = logging.getLogger(__name__)

CHECKPOINT_EVERY = 64
GENESIS = "0" * 64
ALLOWED = "allowed"
_TAIL_BYTES = 65_536  # no line is longer: every value comes from a validated request or from our own code

acting: ContextVar[str] = ContextVar("acting", default="vault")
"""Principal of the request that is being answered; the vault itself when there is none."""


class AuditTrail(Protocol):
    """Takes down what was decided."""

    def record(
        self, event: str, *, who: str, what: str, decision: str, fingerprint: str | None = None, **facts: Any
    ) -> None:
        """Take down one decision.

        Args:
            event: What kind of thing happened: `decrypt`, `consent-started`.
            who: Principal that asked.
            what: What it concerned, by name; never a secret.
            decision: `allowed`, or why not.
            fingerprint: Keyed digest of the token concerned.
            facts: JSON values that explain the decision.
        """


@dataclass(frozen=True)
class AuditVerdict:
    """What a verification found.

    Attributes:
        entries: Lines in the file.
        first_bad_entry: Number of the first line that is not as it was written, or is missing; None if all are.
    """

    entries: int
    first_bad_entry: int | None = None

    @property
    def ok(self) -> bool:
        """Whether every line is there as it was written."""
        return self.first_bad_entry is None


class AuditLog:
    """The audit log of one vault; one process writes it at a time.

    Args:
        path: JSON lines; made with mode 0600, the head file beside it.
        key: 32 bytes that stay the same when the key encryption key rotates.
        clock: Epoch seconds.
        at_least: Lines that the log is known to have had (from outside it).
        checkpointed: Told the number of lines at every checkpoint.

    Raises:
        AuditLogUnusable: Another process writes it, or it is not a file of ours.
    """

    def __init__(
        self,
        path: Path,
        key: bytes,
        *,
        clock: Callable[[], float],
        at_least: int = 0,
        checkpointed: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._path = path
        self._head_path = path.with_suffix(".head")
        self._key = key
        self._clock = clock
        self._at_least = at_least
        self._checkpointed = checkpointed
        self._file = _open_private(path, os.O_RDWR | os.O_APPEND)
        self._lock()
        self._head = _open_private(self._head_path, os.O_RDWR)
        self.entries, self._code = self._resume()

    def fingerprint(self, secret: str) -> str:
        """A name for a token that tells nothing about it."""
        return hmac.digest(self._key, length_prefixed("fingerprint", secret), "sha256").hex()[:24]

    def record(
        self, event: str, *, who: str, what: str, decision: str, fingerprint: str | None = None, **facts: Any
    ) -> None:
        """Append one line; see AuditTrail."""
        entry = {
            "entry": self.entries + 1,
            "at": round(self._clock(), 6),
            "event": event,
            "who": who,
            "what": what,
            "decision": decision,
            **({"fingerprint": fingerprint} if fingerprint else {}),
            **({"facts": facts} if facts else {}),
        }
        code = self._chain(self._code, entry)
        os.write(self._file, json.dumps(entry | {"code": code}).encode() + b"\n")
        self.entries, self._code = self.entries + 1, code
        self._write_head()
        if decision != ALLOWED or self.entries % CHECKPOINT_EVERY == 0:
            self.checkpoint()

    def checkpoint(self) -> None:
        """Bring everything to the disk, and tell how many lines there are."""
        os.fsync(self._file)
        os.fsync(self._head)
        self._at_least = self.entries
        self._checkpointed(self.entries)

    def verify(self) -> AuditVerdict:
        """Read the whole file and check every line, its order, and that none is missing at the end."""
        count, code, last = 0, GENESIS, self._read_head()
        for count, entry in enumerate(self._lines(), start=1):
            given = entry.pop("code", None) if isinstance(entry, dict) else None
            code = self._chain(code, entry) if isinstance(entry, dict) else GENESIS
            if not isinstance(given, str) or not hmac.compare_digest(code, given) or entry.get("entry") != count:
                return AuditVerdict(self._count(), count)
            if last is not None and count == last[0] and not hmac.compare_digest(code, last[1]):
                return AuditVerdict(self._count(), count)
        expected = max(self._at_least, self.entries, last[0] if last else 0)
        if count < expected or (count and last is None):
            return AuditVerdict(count, count + 1)
        return AuditVerdict(count)

    def close(self) -> None:
        """Bring everything to the disk and let another process write."""
        self.checkpoint()
        os.close(self._head)
        os.close(self._file)

    def _chain(self, previous: str, entry: dict[str, Any]) -> str:
        text = length_prefixed("entry", previous, json.dumps(entry, sort_keys=True))
        return hmac.digest(self._key, text, "sha256").hex()

    def _seal(self, entries: int, code: str) -> str:
        return hmac.digest(self._key, length_prefixed("head", str(entries), code), "sha256").hex()

    def _write_head(self) -> None:
        # One write of one length: a crash leaves the old head or the new one. The line came first, so a head that
        # is behind by one is a crash, a head that is ahead is a cut.
        line = f"{self.entries:020d} {self._code} {self._seal(self.entries, self._code)}\n"
        os.pwrite(self._head, line.encode(), 0)

    def _read_head(self) -> tuple[int, str] | None:
        parts = os.pread(self._head, 512, 0).decode("ascii", "replace").split()
        if len(parts) != 3 or not parts[0].isdigit():  # noqa: PLR2004  count, code, seal
            return None
        entries, code = int(parts[0]), parts[1]
        return (entries, code) if hmac.compare_digest(self._seal(entries, code), parts[2]) else None

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            raise AuditLogUnusable(f"{self._path} is being written by another vault") from error

    def _resume(self) -> tuple[int, str]:
        """Go on after the last line. What is wrong with the log is not repaired: `verify` goes on saying so."""
        head = self._read_head()
        self._drop_torn_line(head[0] if head else 0)
        last = self._last_line()
        entries = max(self._count(), head[0] if head else 0, self._at_least)
        code = str(last.get("code", GENESIS)) if last else (head[1] if head else GENESIS)
        if entries and (head is None or last is None or last.get("entry") != entries):
            logger.error("path=<%s>, entries=<%s> | the audit log is not as it was left", self._path, entries)
        return entries, code

    def _drop_torn_line(self, known: int) -> None:
        """Forget half a line that the head does not know of: power failed before it counted."""
        tail = self._tail()
        if not tail or tail.endswith(b"\n"):
            return
        if self._count() - 1 >= known:
            os.ftruncate(self._file, os.fstat(self._file).st_size - len(tail) + tail.rfind(b"\n") + 1)
        else:  # it did count: somebody cut it, and it stays visible on a line of its own
            os.write(self._file, b"\n")

    def _last_line(self) -> dict[str, Any] | None:
        lines = [line for line in self._tail().split(b"\n") if line]
        entry = _parse(lines[-1]) if lines else None
        return entry if isinstance(entry, dict) else None

    def _tail(self) -> bytes:
        size = os.fstat(self._file).st_size
        return os.pread(self._file, _TAIL_BYTES, max(0, size - _TAIL_BYTES))

    def _count(self) -> int:
        return sum(1 for _ in self._lines())

    def _lines(self) -> Iterator[Any]:
        with self._path.open("rb") as file:
            for line in file:
                yield _parse(line)


def _parse(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _open_private(path: Path, flags: int) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise AuditLogUnusable(f"{path} cannot be opened") from error
    status = os.fstat(handle)
    if status.st_uid != os.geteuid() or status.st_mode & 0o077:
        os.close(handle)
        raise AuditLogUnusable(f"{path} must be a file of its user with mode 0600")
    return handle
