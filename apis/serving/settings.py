"""What every API is told when it starts on a laptop: handler and authorizer together, and where they are reached.

A team's settings are a subclass with its own ``env_prefix``. On AWS handler and authorizer are two functions, each with
its own half of this.
"""

from pydantic_settings import SettingsConfigDict

from apis.serving.authorizer_settings import AuthorizerSettings
from apis.serving.handler_settings import HandlerSettings
from apis.serving.usage_plan import UsagePlan


class ApiSettings(HandlerSettings, AuthorizerSettings):
    """Settings of one API."""

    model_config = SettingsConfigDict(frozen=True)

    host: str = "127.0.0.1"  # the local shim serves loopback only
    port: int = 0  # part of the Host values that the shim accepts
    usage_plan_keys: frozenset[str] = frozenset()  # SHA-256 of each API key, hexadecimal; empty: no key is needed

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """Host header values under which the local shim is reached."""
        return frozenset({f"{self.host}:{self.port}", f"localhost:{self.port}"})

    def usage_plan(self) -> UsagePlan | None:
        """Meters the API keys that the settings name; on AWS the service does."""
        return UsagePlan(self.usage_plan_keys) if self.usage_plan_keys else None
