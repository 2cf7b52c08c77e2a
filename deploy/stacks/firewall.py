"""A web ACL as every public door has it: known attacks, bad reputations, countries, and too much from one address."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_wafv2 as waf

from deploy.names import WAF_LOG_GROUP, physical
from deploy.stacks.base import FitnessStack

_MANAGED = (
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesAmazonIpReputationList",
)
# A rule of the common set that refuses bodies over 8 KB: activity files are larger, and API Gateway has a limit.
_BODY_SIZE = "SizeRestrictions_BODY"
_COMMON = _MANAGED[0]
_OF_PROGRAMS = 20_000


def web_acl(
    stack: FitnessStack,
    door: str,
    *,
    requests_in_five_minutes: int,
    files: bool = False,
    from_anywhere: bool = False,
    programs: str | None = None,
) -> waf.CfnWebACL:
    """A regional web ACL with its log; nothing of the Authorization header, cookies or the query is logged.

    Args:
        stack: Where it is made.
        door: What it stands before; part of its name.
        requests_in_five_minutes: From one address.
        files: Whether bodies may be larger than 8 KB.
        from_anywhere: Whether no country is asked for: behind a VPC endpoint addresses belong to none.
        programs: Path at which programs of AWS call for everybody, from few addresses and without a User-Agent: it has
            a rate of its own, and neither countries nor the common rules, which refuse such a request.
    """
    rules = [
        *([] if from_anywhere else [_countries(0, stack.environment_.countries, programs)]),
        _rate(1, "rate", requests_in_five_minutes, _anywhere_but(programs)),
        *(_managed(2 + index, name, files=files, programs=programs) for index, name in enumerate(_MANAGED)),
        *([_rate(2 + len(_MANAGED), "programs-rate", _OF_PROGRAMS, _path(programs))] if programs else []),
    ]
    acl = waf.CfnWebACL(
        stack,
        f"{door}-web-acl",
        name=physical(door),
        scope="REGIONAL",
        default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
        visibility_config=_visibility(door),
        rules=rules,
    )
    waf.CfnLoggingConfiguration(
        stack,
        f"{door}-web-acl-log",
        resource_arn=acl.attr_arn,
        log_destination_configs=[stack.arns.of("logs", f"log-group:{WAF_LOG_GROUP}")],
        redacted_fields=[
            {"singleHeader": {"Name": "authorization"}},
            {"singleHeader": {"Name": "cookie"}},
            {"singleHeader": {"Name": "x-api-key"}},
            {"queryString": {}},
        ],
    )
    return acl


def associate(stack: FitnessStack, name: str, acl: waf.CfnWebACL, resource_arn: str) -> waf.CfnWebACLAssociation:
    """Puts the web ACL before a resource."""
    return waf.CfnWebACLAssociation(
        stack, f"{name}-web-acl-association", web_acl_arn=acl.attr_arn, resource_arn=resource_arn
    )


def _visibility(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    # Samples of requests would hold what a person asked for.
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=physical(name), sampled_requests_enabled=False
    )


def _countries(priority: int, codes: Sequence[str], programs: str | None) -> waf.CfnWebACL.RuleProperty:
    ours = waf.CfnWebACL.StatementProperty(
        geo_match_statement=waf.CfnWebACL.GeoMatchStatementProperty(country_codes=list(codes))
    )
    elsewhere = _not(ours)
    if programs is not None:
        both = waf.CfnWebACL.AndStatementProperty(statements=[elsewhere, _not(_path(programs))])
        elsewhere = waf.CfnWebACL.StatementProperty(and_statement=both)
    return _blocking(priority, "countries", elsewhere)


def _rate(
    priority: int, name: str, limit: int, where: waf.CfnWebACL.StatementProperty | None
) -> waf.CfnWebACL.RuleProperty:
    statement = waf.CfnWebACL.StatementProperty(
        rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
            limit=limit, aggregate_key_type="IP", scope_down_statement=where
        )
    )
    return _blocking(priority, name, statement)


def _anywhere_but(path: str | None) -> waf.CfnWebACL.StatementProperty | None:
    return None if path is None else _not(_path(path))


def _not(statement: waf.CfnWebACL.StatementProperty) -> waf.CfnWebACL.StatementProperty:
    return waf.CfnWebACL.StatementProperty(not_statement=waf.CfnWebACL.NotStatementProperty(statement=statement))


def _path(path: str) -> waf.CfnWebACL.StatementProperty:
    return waf.CfnWebACL.StatementProperty(
        byte_match_statement=waf.CfnWebACL.ByteMatchStatementProperty(
            field_to_match=waf.CfnWebACL.FieldToMatchProperty(uri_path={}),
            positional_constraint="EXACTLY",
            search_string=path,
            text_transformations=[waf.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")],
        )
    )


def _blocking(priority: int, name: str, statement: Any) -> waf.CfnWebACL.RuleProperty:
    return waf.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        statement=statement,
        action=waf.CfnWebACL.RuleActionProperty(block={}),
        visibility_config=_visibility(name),
    )


def _managed(priority: int, name: str, *, files: bool, programs: str | None) -> waf.CfnWebACL.RuleProperty:
    overrides = (
        [
            waf.CfnWebACL.RuleActionOverrideProperty(
                name=_BODY_SIZE, action_to_use=waf.CfnWebACL.RuleActionProperty(count={})
            )
        ]
        if files and name == _COMMON
        else None
    )
    group = waf.CfnWebACL.ManagedRuleGroupStatementProperty(
        vendor_name="AWS",
        name=name,
        rule_action_overrides=overrides,
        scope_down_statement=_anywhere_but(programs) if name == _COMMON else None,
    )
    return waf.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        statement=waf.CfnWebACL.StatementProperty(managed_rule_group_statement=group),
        override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
        visibility_config=_visibility(name),
    )
