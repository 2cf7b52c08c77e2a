"""One setting, `COACH_MODEL`, picks the model. Nothing is detected: a model that costs money is only ever named."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from strands.models import Model

from agent.errors import ModelNotAvailableYet, ModelUnknown

OFFLINE = "offline"
_LATER = ("bedrock:", "anthropic:", "openai:", "ollama:", "llamacpp@")


def utc_today() -> date:
    """Today in UTC; the tools resolve relative windows in the athlete's own zone."""
    return datetime.now(UTC).date()


def model_for(setting: str, *, today: Callable[[], date] = utc_today) -> Model:
    """The model that a setting names.

    Args:
        setting: `offline`, `bedrock:ID`, `anthropic:ID`, `openai:ID@URL`, `ollama:ID` or `llamacpp@URL`.
        today: For models that resolve dates themselves.

    Raises:
        ModelNotAvailableYet: A provider that a later version brings.
        ModelUnknown: No such provider.
    """
    if setting == OFFLINE:
        # The class of a provider is imported in its branch: unused providers cost start-up time.
        from agent.models.offline.strands_model import OfflineCoach  # noqa: PLC0415

        return OfflineCoach(today=today)
    if setting.startswith(_LATER):
        raise ModelNotAvailableYet(setting)
    raise ModelUnknown(setting)
