"""What the tools behind the gateway said when they were accepted: `tool_pins.json`, a fingerprint for each name."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints, TypeAdapter

from gateway_config.documents import FOLDER, checked, text
from gateway_config.errors import ConfigInvalid

PINS = "tool_pins.json"
Fingerprint = Annotated[str, StringConstraints(pattern=re.compile(r"^sha256:[0-9a-f]{64}$"))]
_ADAPTER = TypeAdapter(dict[str, Fingerprint])


def read_tool_pins(folder: Path = FOLDER) -> Mapping[str, str]:
    """Name of a tool, with its target's before it, to its fingerprint.

    Raises:
        ConfigError: The file is missing or not what it should be.
    """
    try:
        document = json.loads(text(folder, PINS))
    except ValueError as error:
        raise ConfigInvalid(f"is not JSON: {error}", file=PINS) from error
    return checked(_ADAPTER, document, PINS)


def write_tool_pins(pins: Mapping[str, str], folder: Path = FOLDER) -> None:
    """Accept these and no others."""
    content = json.dumps(dict(sorted(pins.items())), indent=1) + "\n"
    partial = (folder / PINS).with_suffix(".partial")
    partial.write_text(content, encoding="utf-8")
    partial.replace(folder / PINS)
