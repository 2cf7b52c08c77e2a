import pytest

from deploy.checks.iam.vocabulary import is_known, unknown_actions
from deploy.templates import read_templates


@pytest.mark.parametrize("environment", ["sandbox", "production", "organization"])
def test_every_action_of_the_templates_exists(environment: str) -> None:
    assert list(unknown_actions(read_templates(environment))) == []


def test_a_misspelt_action_is_found_in_its_resource() -> None:
    statement = {"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:GetItems"], "Resource": "*"}
    role = {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": {"Statement": [statement]}}]}}
    [found] = unknown_actions({"data": {"Resources": {"role": role}}})
    assert (found.place, found.text) == ("data/role", "no service has an action dynamodb:GetItems")


@pytest.mark.parametrize("name", ["s3:GetObject", "S3:getobject".lower(), "s3:Get*", "*", "bedrock-agentcore:*"])
def test_names_and_wildcards_that_stand_for_something_are_known(name: str) -> None:
    assert is_known(name)


@pytest.mark.parametrize("name", ["s3:GetObjekt", "s4:GetObject", "s3:Got*", "apigateway:PutMethod", "GetObject"])
def test_names_that_stand_for_nothing_are_not(name: str) -> None:
    assert not is_known(name)
