"""The private network: runtimes go out by HTTPS, nobody comes in, and the APIs have one door."""

from typing import Any

from tests.support.templates import many, resources, stacks, statements


def groups() -> dict[str, dict[str, Any]]:
    return resources("production", "network", "AWS::EC2::SecurityGroup")


def group_called(words: str) -> str:
    [name] = [name for name, one in groups().items() if one["GroupDescription"].startswith(words)]
    return name


def test_only_an_environment_with_private_apis_has_a_network() -> None:
    assert "network" in stacks("production")
    assert "network" not in stacks("sandbox")


def test_runtimes_go_out_by_https_and_nobody_comes_in() -> None:
    runtimes = groups()[group_called("Runtimes")]
    assert [(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in runtimes["SecurityGroupEgress"]] == [
        ("tcp", 443, 443)
    ]
    assert "SecurityGroupIngress" not in runtimes


def test_the_door_of_the_apis_opens_for_runtimes_alone() -> None:
    [rule] = resources("production", "network", "AWS::EC2::SecurityGroupIngress").values()
    assert rule["GroupId"]["Fn::GetAtt"][0] == group_called("Endpoint of the APIs")
    assert rule["SourceSecurityGroupId"]["Fn::GetAtt"][0] == group_called("Runtimes")
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 443, 443)
    assert "SecurityGroupIngress" not in groups()[group_called("Endpoint of the APIs")]


def test_the_door_leads_to_apis_of_this_account_alone() -> None:
    [endpoint] = resources("production", "network", "AWS::EC2::VPCEndpoint").values()
    assert endpoint["PrivateDnsEnabled"] is True
    [statement] = endpoint["PolicyDocument"]["Statement"]
    assert statement["Action"] == "execute-api:Invoke"
    assert statement["Resource"].startswith("arn:aws:execute-api:us-east-1:222222222222:")


def test_no_subnet_gives_public_addresses() -> None:
    subnets = resources("production", "network", "AWS::EC2::Subnet").values()
    assert len(subnets) == 4
    assert not any(subnet.get("MapPublicIpOnLaunch") for subnet in subnets)


def test_who_talked_to_whom_is_written_down() -> None:
    [flow] = resources("production", "network", "AWS::EC2::FlowLog").values()
    assert flow["TrafficType"] == "ALL"
    role = resources("production", "network", "AWS::IAM::Role")[flow["DeliverLogsPermissionArn"]["Fn::GetAtt"][0]]
    allowed = {action for statement in statements(role) for action in many(statement["Action"])}
    assert {"logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"} <= allowed


def test_the_runtimes_of_production_stand_in_it() -> None:
    for runtime in resources("production", "agentcore", "AWS::BedrockAgentCore::Runtime").values():
        assert runtime["NetworkConfiguration"]["NetworkMode"] == "VPC"
    for runtime in resources("sandbox", "agentcore", "AWS::BedrockAgentCore::Runtime").values():
        assert runtime["NetworkConfiguration"]["NetworkMode"] == "PUBLIC"
