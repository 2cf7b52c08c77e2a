"""Verified Permissions: one store for each user pool, filled with the Cedar files that the laptop decides by."""

import aws_cdk as cdk
from aws_cdk import aws_verifiedpermissions as permissions

from deploy.stacks.base import FitnessStack
from gateway_config.api_policy import read_api_policies, read_api_schema

USER = "Coach::User"
GROUP = "Coach::UserGroup"


def policy_store(stack: FitnessStack, pool: str, pool_arn: str, pool_id: str) -> permissions.CfnPolicyStore:
    """Schema, policies and identity source of the APIs whose tokens come from this pool.

    Each policy is described by its `@id`, by which `gateway_config.replay_decisions` tells it.
    """
    store = permissions.CfnPolicyStore(
        stack,
        f"policies-{pool}",
        description=f"Who may do what at the APIs with tokens of the pool {pool}.",
        validation_settings=permissions.CfnPolicyStore.ValidationSettingsProperty(mode="STRICT"),
        schema=permissions.CfnPolicyStore.SchemaDefinitionProperty(cedar_json=read_api_schema()),
        deletion_protection=permissions.CfnPolicyStore.DeletionProtectionProperty(
            mode="ENABLED" if stack.environment_.retain_data else "DISABLED"
        ),
    )
    permissions.CfnIdentitySource(
        stack,
        f"identity-source-{pool}",
        policy_store_id=store.attr_policy_store_id,
        principal_entity_type=USER,
        configuration=permissions.CfnIdentitySource.IdentitySourceConfigurationProperty(
            cognito_user_pool_configuration=permissions.CfnIdentitySource.CognitoUserPoolConfigurationProperty(
                user_pool_arn=pool_arn,
                group_configuration=permissions.CfnIdentitySource.CognitoGroupConfigurationProperty(
                    group_entity_type=GROUP
                ),
            )
        ),
    )
    for policy in read_api_policies():
        statement = (
            cdk.Fn.sub(policy.statement, {"POOL": pool_id}) if "${POOL}" in policy.statement else policy.statement
        )
        permissions.CfnPolicy(
            stack,
            f"policy-{pool}-{policy.name}",
            policy_store_id=store.attr_policy_store_id,
            definition=permissions.CfnPolicy.PolicyDefinitionProperty(
                static=permissions.CfnPolicy.StaticPolicyDefinitionProperty(
                    description=policy.name, statement=statement
                )
            ),
        )
    return store
