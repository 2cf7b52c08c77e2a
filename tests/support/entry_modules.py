"""Starts the modules that AWS Lambda starts, with an environment of their own."""

import importlib
import sys
from dataclasses import dataclass
from types import ModuleType

import pytest

TEAMS = ("activities", "routes", "socials", "support")


@dataclass(frozen=True)
class LambdaContext:
    """What our functions use of the Lambda context.

    Attributes:
        remaining_ms: Until Lambda ends the invocation.
    """

    aws_request_id: str = "11111111-2222-4333-8444-555555555555"
    remaining_ms: int = 30_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


def started(name: str, monkeypatch: pytest.MonkeyPatch, **environment: str) -> ModuleType:
    """A new instance of an entry module, such as `apis.routes.function`."""
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    sys.modules.pop(name, None)
    return importlib.import_module(name)
