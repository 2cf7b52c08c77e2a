"""The part of the support API that needs no token, as the OpenAPI document of the gateway's `support-help` target.

`python -m gateway_config.support_help_schema` writes the file anew after a change of the API; a test compares.
"""

import json
import sys
from pathlib import Path
from typing import Any

from gateway_config.documents import FOLDER

SOURCE = FOLDER.parent / "apis" / "support" / "openapi.json"
FILE = "schemas/support-help.openapi.json"
#: Operation to the name of its tool; everything else of the API belongs to an athlete.
PUBLIC = {("/help", "get"): "search_help"}


def support_help_document(api: dict[str, Any]) -> dict[str, Any]:
    """The public operations alone, with the schemas of their answers, as AWS wants a target's document.

    Only successes stay: the gateway makes tool errors of everything else. Security schemes go, because AWS takes
    authorization from the target's credential configuration alone.
    """
    paths: dict[str, Any] = {}
    for (path, method), tool in PUBLIC.items():
        operation = api["paths"][path][method]
        successes = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
        kept = {key: value for key, value in operation.items() if key not in {"security", "responses"}}
        paths.setdefault(path, {})[method] = {**kept, "operationId": tool, "responses": successes}
    return {
        "openapi": api["openapi"],
        "info": {"title": "Help articles", "version": api["info"]["version"]},
        "servers": [{"url": "${URL:api-support}"}],
        "paths": paths,
        "components": {"schemas": _schemas(api["components"]["schemas"], paths)},
    }


def document_text(source: Path = SOURCE) -> str:
    """The content of the file."""
    derived = support_help_document(json.loads(source.read_text(encoding="utf-8")))
    return json.dumps(derived, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _schemas(known: dict[str, Any], start: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    waiting = _names(start)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = known[name]
            waiting |= _names(known[name])
    return found


def _names(content: Any) -> set[str]:
    if isinstance(content, dict):
        own = {str(content["$ref"]).rpartition("/")[2]} if "$ref" in content else set()
        return own.union(*(_names(value) for value in content.values()))
    if isinstance(content, list):
        return set().union(*(_names(value) for value in content))
    return set()


if __name__ == "__main__":
    (FOLDER / FILE).write_text(document_text(), encoding="utf-8")
    sys.stdout.write(f"{FILE}\n")
