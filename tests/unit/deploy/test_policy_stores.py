"""Policy stores: filled with the Cedar files that the laptop decides by, one store for each pool."""

import json
from pathlib import Path

import cedarpy
import pytest

from apis.serving.policy_files import GROUP, USER, PolicyFiles
from gateway_config.model import read_hops
from tests.support.templates import ENVIRONMENTS, resolved, resources

FOLDER = Path(__file__).parents[3] / "gateway_config" / "api_policies"
POOLS = sorted(read_hops().pools)

each_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)
each_pool = pytest.mark.parametrize("pool", POOLS)


def policies(environment: str, pool: str) -> dict[str, str]:
    """Cedar text by description."""
    return {
        one["Definition"]["Static"]["Description"]: resolved(
            environment, "apis", one["Definition"]["Static"]["Statement"]
        )
        for one in resources(environment, "apis", "AWS::VerifiedPermissions::Policy").values()
        if one["PolicyStoreId"]["Fn::GetAtt"][0] == f"policies{pool}"
    }


@each_environment
@each_pool
def test_a_store_holds_every_policy_of_the_files_with_its_pool_filled_in(environment: str, pool: str) -> None:
    files = PolicyFiles.read(FOLDER, f"us-east-1_fitness{pool}")
    whole = json.loads(cedarpy.policies_to_json_str(files.policies))["staticPolicies"].values()
    wanted = {one["annotations"]["id"]: one for one in whole}
    stored = {
        name: next(iter(json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"].values()))
        for name, text in policies(environment, pool).items()
    }
    assert stored == wanted


@each_environment
@each_pool
def test_what_a_store_holds_fits_its_schema(environment: str, pool: str) -> None:
    store = resources(environment, "apis", "AWS::VerifiedPermissions::PolicyStore")[f"policies{pool}"]
    assert store["ValidationSettings"] == {"Mode": "STRICT"}
    schema = store["Schema"]["CedarJson"]
    assert json.loads(schema) == json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
    result = cedarpy.validate_policies("\n".join(policies(environment, pool).values()), schema)
    assert result.validation_passed, result.errors


@each_environment
@each_pool
def test_a_store_takes_people_and_groups_from_its_own_pool(environment: str, pool: str) -> None:
    sources = resources(environment, "apis", "AWS::VerifiedPermissions::IdentitySource").values()
    [source] = [one for one in sources if one["PolicyStoreId"]["Fn::GetAtt"][0] == f"policies{pool}"]
    assert source["PrincipalEntityType"] == USER
    told = source["Configuration"]["CognitoUserPoolConfiguration"]
    assert told["GroupConfiguration"] == {"GroupEntityType": GROUP}
    assert resolved(environment, "apis", told["UserPoolArn"]) == f"us-east-1_fitness{pool}"


@each_environment
def test_only_where_data_is_kept_nobody_can_delete_a_store(environment: str) -> None:
    for store in resources(environment, "apis", "AWS::VerifiedPermissions::PolicyStore").values():
        assert store["DeletionProtection"] == {"Mode": "ENABLED" if environment == "production" else "DISABLED"}
