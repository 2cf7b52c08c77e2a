"""Which settings would make something known that the activities team gives no number for."""

from collections.abc import Mapping

from agent.models.offline.answers import wording

#: How the activities team calls a setting in its reasons, and its key in `coach profile`.
_KEYS: Mapping[str, str] = {
    "threshold heart rate": "lthr_bpm",
    "threshold nor maximal heart rate": "lthr_bpm",
    "maximal heart rate": "max_heartrate_bpm",
    "resting heart rate": "resting_heartrate_bpm",
    "sex": "sex",
    "birth year": "birth_year",
    "threshold power": "ftp_w",
}


def reason_and_setting(reason: str | None) -> str:
    """The reason as it was given, and how to set what it names."""
    if not reason:
        return ""
    settings = [f"{key}=VALUE" for key in dict.fromkeys(key for words, key in _KEYS.items() if words in reason)]
    one_is_enough = reason.startswith("neither")
    listed = " or ".join(settings) if one_is_enough else " ".join(settings)
    how = f" Set {'one of them' if one_is_enough else 'it'} in a terminal: coach profile {listed}"
    return wording.sentence(reason) + (how if settings else "")
