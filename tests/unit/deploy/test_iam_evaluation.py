from typing import Any

import pytest

from deploy.checks.iam.documents import statements
from deploy.checks.iam.evaluation import Grants, Request
from deploy.checks.iam.matching import Context
from deploy.checks.iam.resolving import Resolver
from deploy.errors import PolicyUnreadable, TemplateUnreadable

ARN = "arn:aws:s3:::plans/maya/marathon.md"


def policy(*given: dict[str, Any]) -> Any:
    return statements({"Version": "2012-10-17", "Statement": list(given)})


def allow(**more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **more}


def decided(
    *given: dict[str, Any], action: str = "s3:GetObject", on: str = ARN, context: Context | None = None
) -> bool:
    return Grants(policy(*given)).decide(Request(action, on, context or {})).allowed


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        (allow(), True),
        (allow(Action="S3:getobject"), True),
        (allow(Action="s3:Get*"), True),
        (allow(Action="s3:Get?bject"), True),
        (allow(Action="s3:GetObjects"), False),
        (allow(Action="s3"), False),
        (allow(Action="*"), True),
        (allow(Action=["s3:PutObject", "s3:GetObject"]), True),
        ({"Effect": "Allow", "NotAction": "s3:PutObject", "Resource": "*"}, True),
        ({"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"}, False),
        (allow(Resource="arn:aws:s3:::plans/*"), True),
        (allow(Resource="arn:aws:s3:::plans/maya/????????.md"), True),
        (allow(Resource="arn:aws:s3:::Plans/*"), False),
        (allow(Resource="arn:aws:*:::plans/*"), True),
        ({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::plans/*"}, False),
        ({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::other/*"}, True),
        (allow(Resource="arn:aws:s3:::plans/maya.marathon.md"), False),
    ],
)
def test_actions_and_resources_match_by_their_wildcards(statement: dict[str, Any], allowed: bool) -> None:
    assert decided(statement) == allowed


@pytest.mark.parametrize(
    ("conditions", "context", "allowed"),
    [
        ({"StringEquals": {"a:b": "x"}}, {"a:b": "x"}, True),
        ({"StringEquals": {"A:B": "x"}}, {"a:b": "x"}, True),
        ({"StringEquals": {"a:b": "x"}}, {"a:b": "X"}, False),
        ({"StringEquals": {"a:b": ["y", "x"]}}, {"a:b": "x"}, True),
        ({"StringEquals": {"a:b": "x"}}, {}, False),
        ({"StringEquals": {"a:b": "x", "c:d": "y"}}, {"a:b": "x"}, False),
        ({"StringEquals": {"a:b": "x"}, "StringLike": {"c:d": "y*"}}, {"a:b": "x", "c:d": "yes"}, True),
        ({"StringEqualsIfExists": {"a:b": "x"}}, {}, True),
        ({"StringEqualsIfExists": {"a:b": "x"}}, {"a:b": "y"}, False),
        ({"StringNotEquals": {"a:b": "x"}}, {}, True),
        ({"StringNotEquals": {"a:b": ["x", "y"]}}, {"a:b": "y"}, False),
        ({"StringNotEquals": {"a:b": ["x", "y"]}}, {"a:b": "z"}, True),
        ({"StringEqualsIgnoreCase": {"a:b": "x"}}, {"a:b": "X"}, True),
        ({"StringLike": {"a:b": "x?z*"}}, {"a:b": "xyz:/1"}, True),
        ({"StringNotLike": {"a:b": "x*"}}, {"a:b": "xyz"}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:a*"}}, {"aws:SourceArn": "arn:aws:s3:r:1:abc"}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:a*"}}, {"aws:SourceArn": "arn:aws:s3:r:1:abc"}, False),
        ({"Bool": {"aws:SecureTransport": "false"}}, {"aws:SecureTransport": "false"}, True),
        ({"Bool": {"aws:SecureTransport": False}}, {"aws:SecureTransport": "true"}, False),
        ({"Bool": {"aws:SecureTransport": "false"}}, {}, False),
        ({"Null": {"a:b": "true"}}, {}, True),
        ({"Null": {"a:b": "true"}}, {"a:b": "x"}, False),
        ({"Null": {"a:b": "false"}}, {"a:b": "x"}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws:SourceIp": "10.9.8.7"}, True),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws:SourceIp": "10.9.8.7"}, False),
        ({"NumericLessThan": {"a:n": "10"}}, {"a:n": "9"}, True),
        ({"NumericLessThan": {"a:n": "10"}}, {"a:n": "10"}, False),
        ({"NumericGreaterThanEquals": {"a:n": "10"}}, {"a:n": "ten"}, False),
        ({"DateLessThan": {"aws:t": "2026-11-26T00:00:00Z"}}, {"aws:t": "2026-11-25T00:00:00Z"}, True),
        ({"ForAnyValue:StringEquals": {"a:b": ["x", "y"]}}, {"a:b": ("z", "y")}, True),
        ({"ForAnyValue:StringEquals": {"a:b": ["x"]}}, {}, False),
        ({"ForAllValues:StringEquals": {"a:b": ["x", "y"]}}, {"a:b": ("x", "y")}, True),
        ({"ForAllValues:StringEquals": {"a:b": ["x"]}}, {"a:b": ("x", "y")}, False),
        ({"ForAllValues:StringEquals": {"a:b": ["x"]}}, {}, True),
        ({"ForAnyValue:StringNotEquals": {"a:b": ["x"]}}, {"a:b": ("x", "y")}, True),
        ({"ForAnyValue:StringNotEquals": {"a:b": ["x"]}}, {"a:b": ("x",)}, False),
        ({"ForAnyValue:StringNotEquals": {"a:b": ["x"]}}, {}, False),
        ({"StringEquals": {"a:b": "${aws:username}"}}, {"a:b": "maya", "aws:username": "maya"}, True),
        ({"StringEquals": {"a:b": "${aws:username}"}}, {"a:b": "maya"}, False),
        ({"StringLike": {"a:b": "${aws:username}"}}, {"a:b": "mayaxx", "aws:username": "maya*"}, False),
        ({"StringLike": {"a:b": "${*}x"}}, {"a:b": "*x"}, True),
        ({"StringLike": {"a:b": "${*}x"}}, {"a:b": "yx"}, False),
    ],
)
def test_conditions_hold_as_documented(conditions: dict[str, Any], context: Context, allowed: bool) -> None:
    assert decided(allow(Condition=conditions), context=context) == allowed


def test_a_resource_may_be_named_by_who_asks() -> None:
    own = allow(Resource="arn:aws:s3:::plans/${aws:username}/*")
    assert decided(own, context={"aws:username": "maya"})
    assert not decided(own, context={"aws:username": "jonas"})
    assert not decided(own, context={"aws:username": "*"})
    assert not decided(own)


def test_an_explicit_denial_wins_wherever_it_stands() -> None:
    denial = {"Effect": "Deny", "Action": "s3:Get*", "Resource": "*"}
    request = Request("s3:GetObject", ARN)
    everything = policy(allow(Action="*"))
    assert Grants(everything).decide(request).allowed
    assert not Grants(policy(allow(), denial)).decide(request).allowed
    assert not Grants(everything, boundary=policy(allow(), denial)).decide(request).allowed
    assert not Grants(everything, service_control=[policy(denial)]).decide(request).allowed


def test_a_boundary_must_allow_too_and_allows_nothing_alone() -> None:
    request = Request("s3:GetObject", ARN)
    assert Grants(policy(allow()), boundary=policy(allow())).decide(request).allowed
    assert not Grants(policy(allow()), boundary=policy(allow(Action="s3:Put*"))).decide(request).allowed
    assert not Grants(policy(allow(Action="s3:Put*")), boundary=policy(allow())).decide(request).allowed
    assert not Grants((), boundary=policy(allow())).decide(request).allowed


@pytest.mark.parametrize(
    "document",
    [
        {"Version": "2008-10-17", "Statement": []},
        {"Version": "2012-10-17", "Statement": [], "Comment": "x"},
        {"Version": "2012-10-17", "Statement": [{"Effect": "allow", "Action": "a:b", "Resource": "*"}]},
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*"}]},
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a:b", "NotAction": "a:c"}]},
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a:b", "Resources": "*"}]},
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": {"Ref": "x"}, "Resource": "*"}]},
    ],
)
def test_a_document_with_something_unknown_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(PolicyUnreadable):
        statements(document)


@pytest.mark.parametrize(
    "operator", ["StringMatches", "ForSomeValues:StringEquals", "stringequals", "ForAllValues:Odd"]
)
def test_an_unknown_operator_is_an_error_and_no_allowance(operator: str) -> None:
    with pytest.raises(PolicyUnreadable):
        decided(allow(Condition={operator: {"a:b": "x"}}), context={"a:b": "x"})


def test_several_values_need_an_operator_for_sets() -> None:
    with pytest.raises(PolicyUnreadable):
        decided(allow(Condition={"StringEquals": {"a:b": "x"}}), context={"a:b": ("x", "y")})


TEMPLATES: dict[str, Any] = {
    "one": {
        "Parameters": {"P": {"Default": "p"}},
        "Resources": {
            "T": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "runs"}},
            "K": {"Type": "AWS::KMS::Key"},
        },
        "Outputs": {"O": {"Value": {"Fn::GetAtt": ["T", "Arn"]}, "Export": {"Name": "one:T"}}},
    },
    "two": {"Resources": {}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("stack", "value", "expected"),
    [
        ("one", {"Ref": "P"}, "p"),
        ("one", {"Ref": "T"}, "runs"),
        ("one", {"Ref": "K"}, "one.K"),
        ("one", {"Ref": "AWS::AccountId"}, "111111111111"),
        ("one", {"Fn::GetAtt": ["K", "Arn"]}, "arn:aws:kms:us-east-1:111111111111:key/one.K"),
        ("two", {"Fn::ImportValue": "one:T"}, "arn:aws:dynamodb:us-east-1:111111111111:table/runs"),
        ("one", {"Fn::Join": ["/", ["a", {"Ref": "T"}]]}, "a/runs"),
        ("one", {"Fn::Select": [1, {"Fn::Split": [":", "a:b:c"]}]}, "b"),
        ("one", {"Fn::Sub": ["${X}-y", {"X": {"Ref": "T"}}]}, "runs-y"),
        ("one", {"a": [{"Ref": "P"}]}, {"a": ["p"]}),
    ],
)
def test_intrinsic_functions_are_resolved(stack: str, value: Any, expected: Any) -> None:
    assert Resolver(TEMPLATES, "111111111111", "us-east-1").resolved(stack, value) == expected


@pytest.mark.parametrize(
    "value", [{"Ref": "Nobody"}, {"Fn::ImportValue": "two:T"}, {"Fn::If": ["c", "a", "b"]}, {"Fn::Sub": "${Open}"}]
)
def test_what_cannot_be_resolved_is_an_error(value: Any) -> None:
    with pytest.raises(TemplateUnreadable):
        Resolver(TEMPLATES, "111111111111", "us-east-1").resolved("one", value)


@pytest.mark.parametrize("pattern", ["arn:*", "arn:aws:s3:*", "plans"])
def test_a_resource_that_is_no_arn_is_an_error_and_not_a_statement_about_nothing(pattern: str) -> None:
    with pytest.raises(PolicyUnreadable):
        decided(allow(Resource=pattern, Effect="Deny"))
