"""Puts questions to the APIs' policies as their authorizer does."""

import json
from pathlib import Path
from typing import Any

from apis.serving.authorization import Question
from apis.serving.policy_files import ACTION, API, PolicyFiles
from tests.support.api_client import POLICIES

SCHEMA = (POLICIES / "schema.json").read_text(encoding="utf-8")
POOL = "coach"
NOW = 1_790_000_000
FILES = PolicyFiles.read(POLICIES, POOL)


def question(action: str, api: str, *, context: Any = None, entities: Any = ()) -> Question:
    """The question; its context is the present unless one is given."""
    given = {"request_time": NOW} if context is None else context
    return Question(
        action={"actionType": ACTION, "actionId": action},
        resource={"entityType": API, "entityId": api},
        context={"cedarJson": json.dumps(given)},
        entities={"cedarJson": json.dumps(list(entities))},
    )


def files_of(policies: str, pool: str = POOL) -> PolicyFiles:
    """These policies with the shipped schema."""
    return PolicyFiles.from_texts(policies, SCHEMA, pool)


def operations() -> list[tuple[str, str]]:
    """Every operation that asks for a token, with the API that has it."""
    documents = Path(POLICIES).parents[1] / "apis"
    return [
        (api, f"{method} {template}")
        for api in ("activities", "routes", "socials", "support")
        for template, item in json.loads((documents / api / "openapi.json").read_text("utf-8"))["paths"].items()
        for method, operation in item.items()
        if all("bearer" in way for way in operation.get("security", [{"bearer": []}]))
    ]
