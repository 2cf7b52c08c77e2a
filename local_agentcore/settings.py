"""Settings of the local stack, from the environment of whoever starts it."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class StackSettings(BaseSettings):
    """Defaults of the command line of `python -m local_agentcore.stack`.

    Attributes:
        home: COACH_HOME.
        port: First port; None keeps the one the home was made with.
        model: Which model answers.
        tools: How the coach reaches the teams' tools: through the gateway, or each server by itself.
        weather: The service that is asked for weather which no file brought.
    """

    model_config = SettingsConfigDict(env_prefix="COACH_", frozen=True, extra="ignore", env_ignore_empty=True)

    home: Path = Field(default_factory=lambda: Path.home() / ".fitness-coach")
    port: int | None = None
    model: str = "offline"
    tools: Literal["gateway", "direct"] = "gateway"
    weather: Literal["none", "open-meteo"] = "none"
