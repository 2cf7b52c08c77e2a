"""The files inside a FIT stream, each decoded until its end or until the damage that stops the decoder.

Reading stops at once where a file is about no activity, or where it would take longer than any recording does.
"""

import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import fitdecode
from fitdecode import profile

from apis.activities.errors import FileTooLarge
from apis.activities.formats.fit_checksum import checksum
from apis.activities.formats.fit_messages import FIELDS, Message
from apis.activities.formats.fit_records import RECORD, RecordTable

# What decoding costs, in steps of about 3 µs (one field). A recording of 200,000 samples with 25 fields takes 6 million
# steps; 8 million end after half a minute, whatever the stream holds.
MAX_STEPS: Final = 8_000_000
_STEPS_PER_ACTIVITY: Final = 500  # each file of a chain and each session becomes one, which is measured
_STEPS_PER_MESSAGE: Final = 3
_BYTES_PER_STEP: Final = 16
_COMPARISONS_PER_STEP: Final = 64
MAX_MESSAGES: Final = 10_000  # of one kind beside the records; a 24 h run on a track has 500 laps
MAX_MESSAGES_OF: Final[Mapping[str, int]] = {"session": 100, "hr": 200_000}  # legs; one beat or more each

_ACTIVITY: Final = 4  # FIT `file` types; manufacturers have a range of their own, which may hold anything
_MANUFACTURERS: Final = range(247, 255)
_FOOTER_BYTES: Final = 2
_NAMES: Final = {number: each.name for number, each in profile.MESSAGE_TYPES.items() if each.name in FIELDS}
# fitdecode lets what its struct and number conversions raise on nonsense escape as it is
_NONSENSE: Final = (
    fitdecode.FitError,
    struct.error,
    ValueError,
    TypeError,
    AssertionError,
    LookupError,
    OverflowError,
)


@dataclass(slots=True)
class Chapter:
    """One FIT file inside a (chained) stream, and what was wrong with it.

    `other_type` is set where the file says that it is no activity; then it was not read any further.
    """

    records: RecordTable = field(default_factory=RecordTable)
    messages: dict[str, list[Message]] = field(default_factory=dict)
    damage: str | None = None
    other_type: bool = False

    @property
    def empty(self) -> bool:
        return not self.messages and not len(self.records)

    def of(self, name: str) -> list[Message]:
        """Messages of one kind in file order."""
        return self.messages.get(name, [])

    def keep(self, frame: Any) -> None:
        """Keeps what is read of a data message of fitdecode.

        Raises:
            FileTooLarge: More messages of a kind than anybody records in one go.
        """
        number = frame.global_mesg_num
        if number == RECORD:
            self.records.add(frame.fields)
        elif number in _NAMES:
            name = _NAMES[number]
            found = self.messages.setdefault(name, [])
            if len(found) >= MAX_MESSAGES_OF.get(name, MAX_MESSAGES):
                raise FileTooLarge
            found.append(Message.of(name, frame))
            if name == "file_id" and not len(self.records):
                self.other_type = _is_other_type(found[-1])


def read_chapters(content: bytes) -> list[Chapter]:
    """The files of a stream, in order.

    Raises:
        FileTooLarge: More than anybody records in one go.
    """
    reading, chapters = _Reading(content, steps_left=MAX_STEPS), list[Chapter]()
    while reading.at < len(content):
        begin, chapter = reading.at, reading.next_chapter()
        if chapters and chapter.empty and chapter.damage:
            chapters[-1].damage = chapters[-1].damage or chapter.damage  # what follows a file is none
        else:
            chapters.append(chapter)
        if reading.at == begin:
            break
    return chapters


@dataclass(slots=True)
class _Reading:
    """Where in the stream the next file begins, by the header of the one before, and what may still be spent."""

    content: bytes
    steps_left: int
    at: int = 0

    def next_chapter(self) -> Chapter:
        chapter = Chapter()
        self._spend(_STEPS_PER_ACTIVITY)
        try:
            self._read_into(chapter)
        except fitdecode.FitEOFError as err:
            chapter.damage = f"the file ends early, at byte {err.offset}"
        except fitdecode.FitHeaderError:
            chapter.damage = "a broken header follows the last good record"
        except _NONSENSE:
            chapter.damage = "a message cannot be decoded; what follows it is lost"
        return chapter

    def _read_into(self, chapter: Chapter) -> None:
        begin, costs = self.at, dict[int, int]()
        stream = io.BytesIO(self.content)
        stream.seek(begin)
        with fitdecode.FitReader(
            stream,
            processor=None,  # its conversions are ours, for the fields that are read
            check_crc=fitdecode.CrcCheck.DISABLED,  # ours as well: faster, and raising would lose the chained files
            error_handling=fitdecode.ErrorHandling.IGNORE,  # undefined developer fields
        ) as reader:
            for frame in reader:
                if frame.frame_type == fitdecode.FIT_FRAME_DATA:
                    self._spend(costs[frame.local_mesg_num])
                    chapter.keep(frame)
                    if chapter.other_type:
                        break
                elif frame.frame_type == fitdecode.FIT_FRAME_DEFINITION:
                    costs[frame.local_mesg_num] = _cost(frame)
                    self._spend(costs[frame.local_mesg_num])
                elif frame.frame_type == fitdecode.FIT_FRAME_HEADER:
                    self.at = begin + frame.header_size + frame.body_size + _FOOTER_BYTES
                else:
                    if frame.crc != checksum(self.content[begin : self.at - _FOOTER_BYTES]):
                        chapter.damage = "the checksum at the end of the file is wrong"
                    break

    def _spend(self, steps: int) -> None:
        self.steps_left -= steps
        if self.steps_left < 0:
            raise FileTooLarge


def _cost(definition: Any) -> int:
    """Steps that a message of this definition takes, by what fitdecode does with it.

    A field whose meaning depends on others is compared with every field of the message, once per candidate.
    """
    fields = [*definition.field_defs, *definition.dev_field_defs]
    steps: int = _STEPS_PER_MESSAGE + len(fields) + sum(each.size for each in fields) // _BYTES_PER_STEP
    for known in (each.field for each in definition.field_defs if each.field):
        candidates = known.subfields or ()
        steps += sum(len(each.components or ()) for each in (known, *candidates))
        steps += sum(len(each.ref_fields) for each in candidates) * len(fields) // _COMPARISONS_PER_STEP
    return steps + (_STEPS_PER_ACTIVITY if definition.name == "session" else 0)


def _is_other_type(file_id: Message) -> bool:
    """Says whether the file is one of settings, monitoring, sleep, a course and so on; damage may leave no type."""
    kind = file_id.fields.get("type")
    if isinstance(kind, str):
        return kind != "activity" and not kind.startswith("mfg_range")
    return isinstance(kind, int) and kind != _ACTIVITY and kind not in _MANUFACTURERS
