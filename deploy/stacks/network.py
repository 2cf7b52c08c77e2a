"""The network of an environment whose APIs are private: two zones, and one door to the APIs.

Runtimes stand in the private subnets. They reach the APIs through the endpoint, and everything else, Cognito's keys
above all, through one NAT gateway: Cognito has no endpoint of its own for token verification.
"""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from deploy.environments import Environment
from deploy.names import NETWORK_LOG_GROUP, physical
from deploy.stacks.base import FitnessStack, Statement, service_role

_HTTPS = 443


class NetworkStack(FitnessStack):
    """VPC, security groups, endpoint.

    Attributes:
        endpoint_id: Of `execute-api`: the only way to the private APIs.
        subnet_ids: Private ones.
        security_group_id: Of the runtimes.
        managed_endpoint: How the gateway comes into the network to reach a private API.
    """

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, "network", environment, description="Private network of runtimes and APIs.")
        vpc = ec2.Vpc(
            self,
            "vpc",
            vpc_name=physical("network"),
            ip_addresses=ec2.IpAddresses.cidr("10.20.0.0/20"),
            availability_zones=[cdk.Fn.select(index, cdk.Fn.get_azs()) for index in (0, 1)],
            nat_gateways=1,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="public", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=26, map_public_ip_on_launch=False
                ),
                ec2.SubnetConfiguration(name="private", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=24),
            ],
            # The default group keeps its rules, and nothing is ever put into it (invariant).
            restrict_default_security_group=False,
        )
        self._flow_log(vpc)
        runtimes = ec2.SecurityGroup(
            self, "runtimes", vpc=vpc, description="Runtimes: out by HTTPS, nothing in", allow_all_outbound=False
        )
        runtimes.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(_HTTPS), "Issuers, AWS, APIs")
        door = ec2.SecurityGroup(
            self, "api-door", vpc=vpc, description="Endpoint of the APIs: HTTPS from runtimes", allow_all_outbound=False
        )
        door.add_ingress_rule(runtimes, ec2.Port.tcp(_HTTPS), "Runtimes")
        endpoint = ec2.InterfaceVpcEndpoint(
            self,
            "api-endpoint",
            vpc=vpc,
            service=ec2.InterfaceVpcEndpointAwsService.APIGATEWAY,
            private_dns_enabled=True,
            security_groups=[door],
            open=False,
            subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
        )
        endpoint.add_to_policy(
            iam.PolicyStatement(
                sid="OurApisAlone",
                principals=[iam.AnyPrincipal()],
                actions=["execute-api:Invoke"],
                resources=[self.arns.of("execute-api", "*/v1/*/*")],
            )
        )
        self.endpoint_id = endpoint.vpc_endpoint_id
        self.subnet_ids = [subnet.subnet_id for subnet in vpc.private_subnets]
        self.security_group_id = runtimes.security_group_id
        self.managed_endpoint = {
            "ManagedVpcResource": {
                "VpcIdentifier": vpc.vpc_id,
                "SubnetIds": self.subnet_ids,
                "SecurityGroupIds": [self.security_group_id],
                "EndpointIpAddressType": "IPV4",
            }
        }

    def _flow_log(self, vpc: ec2.Vpc) -> None:
        role = service_role(
            self,
            "flow-log",
            service="vpc-flow-logs.amazonaws.com",
            source_arn=self.arns.of("ec2", "vpc-flow-log/*"),
            boundary="logging",
            statements=[
                Statement(
                    "WriteFlows",
                    ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                    [self.arns.of("logs", f"log-group:{NETWORK_LOG_GROUP}:*")],
                    star="The service names the streams.",
                ),
                Statement(
                    "FindGroups",
                    ["logs:DescribeLogGroups"],
                    ["*"],
                    star="It lists the groups of an account, and has no narrower resource.",
                ),
            ],
            description="Writes who talked to whom in the network.",
        )
        ec2.CfnFlowLog(
            self,
            "flow-log",
            resource_id=vpc.vpc_id,
            resource_type="VPC",
            traffic_type="ALL",
            log_group_name=NETWORK_LOG_GROUP,
            deliver_logs_permission_arn=role.role_arn,
        )
