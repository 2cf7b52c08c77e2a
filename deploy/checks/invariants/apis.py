"""The REST APIs: nothing gets past an authorizer, and nothing is written down of what passes."""

from collections.abc import Iterator
from typing import Any, Final

from deploy.checks.findings import Finding, Templates, refers_to, resources, walked

#: Operations without a token, by logical id. Nothing else is public.
PUBLIC: Final = frozenset({"apisupportGEThelp"})
#: Pages that people reach with a browser; they sign in there.
_PAGES: Final = "consent"
_TOLD_TOO_MUCH: Final = (
    "authorizer.claims",
    "authorizer.principal",
    "header",
    "queryst",
    "body",
    "identity.apiKey",
    "caller",
)


def methods_are_authorized(templates: Templates) -> Iterator[Finding]:
    """Every method has the API's authorizer; the public ones are named here (W06)."""
    for method in resources(templates, "AWS::ApiGateway::Method"):
        if method.stack == _PAGES:
            continue
        kind = method.properties.get("AuthorizationType")
        public = method.logical_id in PUBLIC
        if kind == "CUSTOM" and "AuthorizerId" in method.properties:
            continue
        if kind == "NONE" and public and method.properties.get("ApiKeyRequired") is True:
            continue
        yield method.wrong("methods_are_authorized", "it needs the authorizer of its API")


def functions_are_invoked_by_their_api_alone(templates: Templates) -> Iterator[Finding]:
    """An exact source, with the stage: the console's test invocation would go around the authorizer (W06)."""
    for permission in resources(templates, "AWS::Lambda::Permission"):
        properties = permission.properties
        if not properties.get("SourceAccount") or not properties.get("SourceArn"):
            yield permission.wrong("functions_are_invoked_by_their_api_alone", "SourceArn and SourceAccount are needed")
        if _any_stage(properties.get("SourceArn")):
            yield permission.wrong(
                "functions_are_invoked_by_their_api_alone", "its source is any stage, or the console's test"
            )
    for url in resources(templates, "AWS::Lambda::Url"):
        yield url.wrong("functions_are_invoked_by_their_api_alone", "a URL of a function has no authorizer before it")


def _any_stage(source: Any) -> bool:
    """Whether the part after the API is a pattern, or the stage of the console's test."""
    texts = [each for each in walked(source) if isinstance(each, str)]
    after = [text.partition("/")[2] for text in texts if text.startswith("/") or ":execute-api:" in text]
    return any(text.startswith(("*", "test-invoke-stage")) for text in after)


def authorizers_remember_nothing(templates: Templates) -> Iterator[Finding]:
    """A kept answer would be used for other methods of the same token (I07)."""
    for authorizer in resources(templates, "AWS::ApiGateway::Authorizer"):
        properties = authorizer.properties
        if properties.get("AuthorizerResultTtlInSeconds") != 0:
            yield authorizer.wrong("authorizers_remember_nothing", "AuthorizerResultTtlInSeconds is 0")
        if (
            properties.get("Type") != "REQUEST"
            or properties.get("IdentitySource") != "method.request.header.Authorization"
        ):
            yield authorizer.wrong("authorizers_remember_nothing", "it is asked with the request, by its Authorization")


def stages_log_no_data(templates: Templates) -> Iterator[Finding]:
    """No trace of requests, no token, person or query in the access log (W05)."""
    for stage in resources(templates, "AWS::ApiGateway::Stage"):
        for settings in stage.properties.get("MethodSettings", [{}]):
            if settings.get("DataTraceEnabled") is not False:
                yield stage.wrong("stages_log_no_data", "DataTraceEnabled is false")
            if settings.get("CachingEnabled") and settings.get("CacheDataEncrypted") is not True:
                yield stage.wrong("stages_log_no_data", "what is cached is encrypted")
        log = stage.properties.get("AccessLogSetting")
        if not log:
            yield stage.wrong("stages_log_no_data", "there is an access log")
        elif any(word in str(log.get("Format")) for word in _TOLD_TOO_MUCH):
            yield stage.wrong("stages_log_no_data", "the access log tells who or what was asked")


def doors_have_a_firewall(templates: Templates) -> Iterator[Finding]:
    """A web ACL before every stage, pool and gateway."""
    associated = [each.properties["ResourceArn"] for each in resources(templates, "AWS::WAFv2::WebACLAssociation")]
    doors = ("AWS::ApiGateway::RestApi", "AWS::Cognito::UserPool", "AWS::BedrockAgentCore::Gateway")
    for door in resources(templates, *doors):
        if not any(refers_to(arn, door.logical_id) for arn in associated):
            yield door.wrong("doors_have_a_firewall", "no web ACL stands before it")
