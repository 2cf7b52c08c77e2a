"""The messages of a FIT stream with typed access, read until its end or until the damage that stops the decoder.

A damaged definition can give any field any type, so nothing here believes that a number is one.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import fitdecode

from apis.activities.errors import FileTooLarge
from apis.activities.formats.samples import MAX_SAMPLES

_ABSURD = 1e12
_LARGEST_TIME = 2**32
_EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
_KEPT = frozenset({"file_id", "record", "lap", "session", "activity", "hr", "sport"})


@dataclass(frozen=True, slots=True)
class Message:
    """One data message, its native fields by name."""

    fields: Mapping[str, Any] = field(default_factory=dict)

    def number(self, *names: str) -> float | None:
        """The first of these fields that holds a finite number of a size that is measured."""
        values = (self.fields.get(name) for name in names)
        return next((each for each in values if isinstance(each, int | float) and abs(each) < _ABSURD), None)

    def positive(self, *names: str) -> float | None:
        """A number above 0: devices write 0 where they measured nothing."""
        value = self.number(*names)
        return value if value is not None and value > 0 else None

    def text(self, *names: str) -> str | None:
        values = (self.fields.get(name) for name in names)
        return next((value for value in values if isinstance(value, str)), None)

    def instant(self, name: str) -> datetime | None:
        """A date; before the clock is set, seconds since power-on, which then count from FIT's epoch."""
        value = self.fields.get(name)
        if isinstance(value, int) and 0 <= value < _LARGEST_TIME:
            return _EPOCH + timedelta(seconds=value)
        return value if isinstance(value, datetime) else None

    def each(self, name: str) -> list[Any]:
        """All values of a field that may be an array or occur several times."""
        value = self.fields.get(name, [])
        return list(value) if isinstance(value, list | tuple) else [value]


@dataclass(slots=True)
class Chapter:
    """The messages of one FIT file inside a (chained) stream, and what was wrong with it."""

    messages: dict[str, list[Message]] = field(default_factory=dict)
    damage: str | None = None

    def keep(self, frame: Any) -> None:
        found = self.messages.setdefault(frame.name, [])
        if len(found) >= MAX_SAMPLES:
            raise FileTooLarge
        found.append(Message(_native_fields(frame)))

    def of(self, name: str) -> list[Message]:
        return self.messages.get(name, [])


def read_chapters(content: bytes) -> list[Chapter]:
    """Decodes until the end or the first damage that stops the decoder, whichever comes first.

    Raises:
        FileTooLarge: More records than anybody records in one go.
    """
    chapters = [Chapter()]
    try:
        for frame in _frames(content):
            if isinstance(frame, fitdecode.FitHeader) and chapters[-1].messages:
                chapters.append(Chapter())
            elif isinstance(frame, fitdecode.FitDataMessage) and frame.name in _KEPT:
                chapters[-1].keep(frame)
            elif isinstance(frame, fitdecode.FitCRC) and not frame.matched:
                chapters[-1].damage = "the checksum at the end of the file is wrong"
    except fitdecode.FitEOFError as err:
        chapters[-1].damage = f"the file ends early, at byte {err.offset}"
    except fitdecode.FitHeaderError:
        chapters[-1].damage = "a broken header follows the last good record"
    except (fitdecode.FitError, struct.error, ValueError, TypeError, AssertionError, LookupError, OverflowError):
        # fitdecode lets what its struct and date conversions raise on nonsense escape as it is
        chapters[-1].damage = "a message cannot be decoded; what follows it is lost"
    return chapters


def _frames(content: bytes) -> Iterator[Any]:
    with fitdecode.FitReader(
        content,
        check_crc=fitdecode.CrcCheck.READONLY,  # judged per file here: raising would lose the files chained after it
        error_handling=fitdecode.ErrorHandling.IGNORE,  # undefined developer fields
    ) as reader:
        yield from reader


def _native_fields(frame: Any) -> dict[str, Any]:
    """Native fields by name; a developer field may carry a native field's name and is left out.

    A field that occurs several times (the beats of `hr`) becomes a list.
    """
    values: dict[str, Any] = {}
    for each in frame.fields:
        if each.value is None or (each.field is not None and each.field.field_type == "devfield"):
            continue
        if frame.name == "hr" and each.name in values:
            known = Message(values)
            values[each.name] = [*known.each(each.name), *Message({each.name: each.value}).each(each.name)]
        else:
            values[each.name] = each.value
    return values
