"""The committed OpenAPI documents are what servers build on; they are generated and never edited by hand.

After an intended change: `python tests/contract/apis/test_openapi.py` writes them anew.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from apis.activities import handler as activities
from apis.routes import handler as routes
from apis.routes.places import read_places
from apis.serving.cursor import CursorSeal
from apis.serving.gateway_event import action_name
from apis.serving.openapi_document import openapi_document
from apis.serving.resolver import route_table
from apis.socials import handler as socials
from apis.support import handler as support
from apis.support.help_articles import read_sections
from apis.support.help_search import HelpIndex

ROOT = Path(__file__).parents[3]
NOTHING: Any = None  # the document does not depend on stores


def resolvers() -> dict[str, APIGatewayRestResolver]:
    return {
        "activities": activities.build_resolver(NOTHING, CursorSeal(b"x" * 16)),
        "routes": routes.build_resolver(read_places(), CursorSeal(b"x" * 16)),
        "socials": socials.build_resolver(NOTHING, NOTHING),
        "support": support.build_resolver(HelpIndex(read_sections()), NOTHING),
    }


def document(team: str) -> str:
    return json.dumps(openapi_document(resolvers()[team]), indent=2, sort_keys=True) + "\n"


@pytest.mark.parametrize("team", ["activities", "routes", "socials", "support"])
def test_the_committed_document_is_the_resolvers(team: str) -> None:
    assert (ROOT / "apis" / team / "openapi.json").read_text(encoding="utf-8") == document(team)


def test_every_action_of_the_schema_belongs_to_an_operation_that_wants_a_token() -> None:
    schema = json.loads((ROOT / "gateway_config/api_policies/schema.json").read_text(encoding="utf-8"))
    actions = {name for name in schema["Coach"]["actions"] if "/" in name}
    known = {action_name(*one) for resolver in resolvers().values() for one in route_table(resolver).with_token}
    assert known == actions


if __name__ == "__main__":
    for name in resolvers():
        (ROOT / "apis" / name / "openapi.json").write_text(document(name), encoding="utf-8")
