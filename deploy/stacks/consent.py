"""Where a consent lands: a page of our own, at which a person signs in before a code is redeemed.

It alone may complete consents (CompleteResourceTokenAuth). People come with a browser, so the API is public, has no
authorizer, and is reached by its custom domain alone: cookies are those of one host.
"""

import json
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_route53 as route53
from constructs import Construct

from deploy.environments import Environment
from deploy.names import CONSENT_LOG_GROUP, CONSENT_STACK, GATEWAY, physical, runtime_name, secret_name
from deploy.stacks.acknowledgements import acknowledge
from deploy.stacks.base import FitnessStack, Statement
from deploy.stacks.firewall import associate, web_acl
from deploy.stacks.functions import FunctionPlan, PackageKeys, function, read_secret
from deploy.stacks.identity import IdentityStack
from deploy.stacks.refusals import DETAILS, REFUSALS, refusals
from deploy.stacks.rest import (
    construct_id,
    deployment,
    invocation_uri,
    may_invoke,
    operation_source,
    resource_ids,
    resource_policy,
    stage,
    stage_arn,
)
from gateway_config.hops import Client, Hops
from gateway_config.model import read_hops

NAME: Final = "consent-return"
#: Routes of `identity.consent_return.app`; a test holds the two together.
ROUTES: Final = (
    ("GET", "/"),
    ("GET", "/callback"),
    ("GET", "/disconnect"),
    ("POST", "/disconnect"),
    ("GET", "/return"),
    ("GET", "/sign-in"),
    ("POST", "/sign-out"),
)
#: Its client's, and the key with which the coach seals what it opens.
SECRETS: Final = (f"client/{NAME}", "settings/consent-state")
_OWN_SIGN_IN: Final = "A browser brings no token: the page has its own sign-in at the user pool, and its own session."
_PAGES_SAY: Final = "What a request lacks, a page says to the person; a validator would answer with JSON."
# Sessions are in memory (docs/decisions/0009): a second instance would not know who signed in at the first.
_INSTANCES: Final = 1


class ConsentStack(FitnessStack):
    """Function, REST API, domain, web ACL.

    Attributes:
        url: `https://consent.<domain name>`.
    """

    def __init__(
        self, scope: Construct, environment: Environment, *, identity: IdentityStack, log_key_arn: str
    ) -> None:
        super().__init__(scope, CONSENT_STACK, environment, description="Where consents land.")
        self._identity = identity
        self._host = f"consent.{environment.domain_name}"
        self.url = f"https://{self._host}"
        self._function = self._page(read_hops())
        api = self._rest_api()
        shown = deployment(
            self, NAME, api, shows=self._shows(api), told={"routes": ROUTES, "refusals": [REFUSALS, DETAILS]}
        )
        only = stage(self, NAME, api, shown, log_group=CONSENT_LOG_GROUP, log_key_arn=log_key_arn)
        for method, path in ROUTES:
            may_invoke(
                self,
                f"invoke-{method}{construct_id(path)}",
                api,
                self._function,
                what=operation_source(method, path),
            )
        acl = web_acl(self, NAME, requests_in_five_minutes=300)
        associate(self, NAME, acl, stage_arn(self, api)).add_resource_dependency(only)
        self._domain(api, only)

    def _page(self, hops: Hops) -> lambda_.CfnFunction:
        plan = FunctionPlan(
            name=NAME,
            package=NAME,
            handler="identity.consent_return.function.handler",
            description="Completes consents for the person who signed in.",
            environment=self._settings(hops),
            statements=[
                Statement(
                    "EndConsents",
                    ["bedrock-agentcore:CompleteResourceTokenAuth"],
                    self.arns.vault_access(
                        map(self.arns.credential_provider, consented(hops)),
                        *(workload_name(workload) for workload in workloads(hops)),
                    ),
                ),
                *read_secret(self, self._identity.key.key_arn, *SECRETS),
            ],
            reserved=_INSTANCES,
        )
        return function(self, plan, PackageKeys(self).of(plan.package))

    def _settings(self, hops: Hops) -> dict[str, str]:
        client = hops.client(NAME, pool="coach")
        server = hops.resource_server("vault")
        return {
            "CONSENT_RETURN_BASE_URL": self.url,
            "CONSENT_RETURN_ISSUER": self._identity.issuer(client.pool),
            "CONSENT_RETURN_PROFILE": "cognito",
            "CONSENT_RETURN_CLIENT_ID": self._identity.clients[NAME],
            "CONSENT_RETURN_AUDIENCE": server.audiences[0],
            "CONSENT_RETURN_SCOPES": json.dumps(list(server.scopes)),
            "CONSENT_RETURN_REGION": self.environment_.region,
            "CONSENT_RETURN_SECRET_ID": ",".join(map(secret_name, SECRETS)),
            "CONSENT_RETURN_SERVICES": json.dumps({name: _service(hops, name) for name in consented(hops)}),
        }

    def _rest_api(self) -> apigateway.CfnRestApi:
        api = apigateway.CfnRestApi(
            self,
            NAME,
            name=physical(NAME),
            description="The page where consents land.",
            endpoint_configuration=apigateway.CfnRestApi.EndpointConfigurationProperty(types=["REGIONAL"]),
            # Its sessions belong to one host.
            disable_execute_api_endpoint=True,
            policy=resource_policy(),
        )
        acknowledge(api, {"AwsSolutions-APIG2": _PAGES_SAY})
        return api

    def _shows(self, api: apigateway.CfnRestApi) -> list[cdk.CfnResource]:
        resources = resource_ids(self, NAME, api, (path for _, path in ROUTES))
        methods = [self._method(api, resources[path.rstrip("/")], method, path) for method, path in ROUTES]
        return [*methods, *refusals(self, NAME, api)]

    def _method(self, api: apigateway.CfnRestApi, resource_id: str, method: str, path: str) -> apigateway.CfnMethod:
        made = apigateway.CfnMethod(
            self,
            f"{NAME}-{method}{construct_id(path)}",
            rest_api_id=api.ref,
            resource_id=resource_id,
            http_method=method,
            authorization_type="NONE",
            integration=apigateway.CfnMethod.IntegrationProperty(
                type="AWS_PROXY", integration_http_method="POST", uri=invocation_uri(self, self._function)
            ),
        )
        acknowledge(made, {"AwsSolutions-APIG4": _OWN_SIGN_IN, "AwsSolutions-COG4": _OWN_SIGN_IN})
        return made

    def _domain(self, api: apigateway.CfnRestApi, only: apigateway.CfnStage) -> None:
        """The certificate is validated in the environment's own zone, by CloudFormation itself."""
        zone = self.environment_.hosted_zone_id
        certificate = acm.CfnCertificate(
            self,
            "certificate",
            domain_name=self._host,
            validation_method="DNS",
            domain_validation_options=[
                acm.CfnCertificate.DomainValidationOptionProperty(domain_name=self._host, hosted_zone_id=zone)
            ],
        )
        domain = apigateway.CfnDomainName(
            self,
            "domain",
            domain_name=self._host,
            regional_certificate_arn=certificate.ref,
            endpoint_configuration=apigateway.CfnDomainName.EndpointConfigurationProperty(types=["REGIONAL"]),
            security_policy="TLS_1_2",
        )
        mapping = apigateway.CfnBasePathMapping(
            self, "mapping", domain_name=domain.ref, rest_api_id=api.ref, stage=only.ref
        )
        record = route53.CfnRecordSet(
            self,
            "address",
            name=self._host,
            type="A",
            hosted_zone_id=zone,
            alias_target=route53.CfnRecordSet.AliasTargetProperty(
                dns_name=domain.attr_regional_domain_name, hosted_zone_id=domain.attr_regional_hosted_zone_id
            ),
        )
        # Nobody is sent there before something answers.
        record.add_resource_dependency(mapping)


def consented(hops: Hops) -> list[str]:
    """The credential providers for which a person agrees at another issuer; they are called like their clients."""
    return [client.client_id for client in _of_workloads(hops)]


def workloads(hops: Hops) -> list[str]:
    """Who uses them."""
    return [client.workload for client in _of_workloads(hops) if client.workload]


def workload_name(workload: str) -> str:
    """Physical name of a gateway or runtime, which its workload identity begins with."""
    return GATEWAY if workload == "gateway" else runtime_name(workload)


def _of_workloads(hops: Hops) -> list[Client]:
    return [client for client in hops.clients if client.workload and "authorization_code" in client.grants]


def _service(hops: Hops, provider: str) -> dict[str, object]:
    """The issuer behind a provider, in words."""
    pool = next(client.pool for client in hops.clients if client.client_id == provider)
    meanings = {
        scope: words for row in hops.resource_servers if row.pool == pool for scope, words in row.scopes.items()
    }
    return {"name": hops.pools[pool].name, "meanings": meanings}
