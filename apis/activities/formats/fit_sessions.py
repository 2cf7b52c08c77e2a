"""The legs of a FIT file: which records and laps belong to which of its sessions.

Most files have one session. A multisport file has one per leg, with transitions between them, and says of no record
which leg it belongs to but by its time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from apis.activities import sports
from apis.activities.formats.fit_chapters import Chapter
from apis.activities.formats.fit_heart_beats import with_heart_beats
from apis.activities.formats.fit_messages import Message
from apis.activities.formats.samples import Samples
from apis.activities.recordings import FloatArray

_LAST_RECORD_S: Final = 1.0  # the last record of a leg bears the second in which the leg ended


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """One session with its records and laps."""

    session: Message
    samples: Samples
    laps: Sequence[Message]


def legs_of(chapter: Chapter) -> list[Leg]:
    """The legs in file order, without the transitions between them.

    A damaged file may have lost its only session, which is then what `sport` says, or have a transition that was a
    run before the damage: of such a file nothing is left out.
    """
    if chapter.other_type:
        return []
    samples = with_heart_beats(chapter.records.samples(), chapter.of("hr"))
    sessions, laps = chapter.of("session"), chapter.of("lap")
    if len(sessions) <= 1:
        only = next(iter(sessions or chapter.of("sport")), Message())
        return [Leg(only, samples, laps)]
    whose = _whose(samples.at_s, sessions)
    lap_starts = [each.instant("start_time") for each in laps]
    whose_lap = _whose(np.array([each.timestamp() if each else np.nan for each in lap_starts]), sessions)
    return [
        Leg(
            session,
            Samples(samples.at_s[whose == number], samples.table[whose == number]),
            [lap for lap, owner in zip(laps, whose_lap.tolist(), strict=True) if owner == number],
        )
        for number, session in enumerate(sessions)
        if chapter.damage or not sports.is_transition(session.text("sport"))
    ]


def _whose(at_s: FloatArray, sessions: Sequence[Message]) -> NDArray[np.intp]:
    """For each time, the number of the session it lies in, the later one where two touch, else of the nearest leg."""
    owner, nearest_s = np.zeros(at_s.size, dtype=np.intp), np.full(at_s.size, np.inf)
    for number, session in enumerate(sessions):
        start = session.instant("start_time")
        if start is None:
            continue
        start_s = start.timestamp()
        end_s = start_s + (session.number("total_elapsed_time") or 0.0) + _LAST_RECORD_S
        away_s = np.maximum(np.maximum(start_s - at_s, at_s - end_s), 0.0)
        if sports.is_transition(session.text("sport")):
            away_s[away_s > 0.0] = np.inf
        nearer = away_s <= nearest_s
        owner[nearer], nearest_s[nearer] = number, away_s[nearer]
    return owner
