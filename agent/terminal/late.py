"""The one place that imports by name at run time.

A command first starts the stack and only then loads what it needs itself, so that both start-ups overlap:
the time to the first answer is measured. Everything else in the terminal is imported at the top of its module.
"""

import importlib
from collections.abc import Callable
from typing import Any


def late(module: str, name: str) -> Callable[..., Any]:
    """The function `name` of `agent.terminal.<module>`, imported now."""
    function: Callable[..., Any] = getattr(importlib.import_module(f"agent.terminal.{module}"), name)
    return function
