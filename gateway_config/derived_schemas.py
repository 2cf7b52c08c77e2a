"""The schemas that targets carry as text, derived from what the teams publish.

`python -m gateway_config.derived_schemas` writes the files anew after a team's change; a test compares.
"""

import json
import sys
from pathlib import Path
from typing import Any

from gateway_config.documents import FOLDER

ROOT = FOLDER.parent
SUPPORT_API = ROOT / "apis" / "support" / "openapi.json"
SOCIALS_TOOLS = ROOT / "mcp_servers" / "socials" / "tools.lock.json"
HELP_FILE = "schemas/support-help.openapi.json"
SOCIALS_FILE = "schemas/socials.tools.json"
#: Operation of the support API to the name of its tool; everything else there belongs to an athlete.
PUBLIC = {("/help", "get"): "search_help_articles"}


def schema_texts(support_api: Path = SUPPORT_API, socials_tools: Path = SOCIALS_TOOLS) -> dict[str, str]:
    """File, relative to the configuration, to the content that it must have."""
    return {
        HELP_FILE: _text(help_document(_json(support_api))),
        # As `tools/list` answers.
        SOCIALS_FILE: _text({"tools": _json(socials_tools)}),
    }


def help_document(api: dict[str, Any]) -> dict[str, Any]:
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
        "components": {"schemas": _used(api["components"]["schemas"], paths)},
    }


def _used(schemas: dict[str, Any], start: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    waiting = _references(start)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = schemas[name]
            waiting |= _references(schemas[name])
    return found


def _references(content: Any) -> set[str]:
    if isinstance(content, dict):
        own = {str(content["$ref"]).rpartition("/")[2]} if "$ref" in content else set()
        return own.union(*(_references(value) for value in content.values()))
    if isinstance(content, list):
        return set().union(*(_references(value) for value in content))
    return set()


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _text(content: Any) -> str:
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, content in schema_texts().items():
        (FOLDER / name).write_text(content, encoding="utf-8")
        sys.stdout.write(f"{name}\n")
