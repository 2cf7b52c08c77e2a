"""Tables: encrypted with a key of our own, restorable, and kept where data is kept."""

import pytest

from deploy.names import STORING_TEAMS, physical
from tests.support.templates import ENVIRONMENTS, resources, stacks

TABLE = "AWS::DynamoDB::Table"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_storing_team_has_a_table_of_its_own(environment: str) -> None:
    names = {table["TableName"] for table in resources(environment, "data", TABLE).values()}
    assert names == {physical(team) for team in STORING_TEAMS}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_tables_are_encrypted_with_our_own_rotating_key(environment: str) -> None:
    keys = resources(environment, "data", "AWS::KMS::Key")
    for table in resources(environment, "data", TABLE).values():
        encryption = table["SSESpecification"]
        assert encryption["SSEEnabled"] is True
        assert encryption["SSEType"] == "KMS"
        assert keys[encryption["KMSMasterKeyId"]["Fn::GetAtt"][0]]["EnableKeyRotation"] is True


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_tables_can_be_restored_and_pay_for_what_is_asked(environment: str) -> None:
    for table in resources(environment, "data", TABLE).values():
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_tables_have_the_keys_and_the_expiry_that_the_store_writes(environment: str) -> None:
    for table in resources(environment, "data", TABLE).values():
        assert table["KeySchema"] == [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ]
        assert {one["AttributeType"] for one in table["AttributeDefinitions"]} == {"S"}
        assert table["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
        assert "GlobalSecondaryIndexes" not in table


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_only_where_data_is_kept_nobody_can_delete_a_table(environment: str) -> None:
    kept = environment == "production"
    for resource in stacks(environment)["data"]["Resources"].values():
        assert resource["DeletionPolicy"] == ("Retain" if kept else "Delete")
        if resource["Type"] == TABLE:
            assert resource["Properties"]["DeletionProtectionEnabled"] is kept
