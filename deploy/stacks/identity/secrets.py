"""Secrets under the key of this stack. No template and no log shows one: Cognito and Secrets Manager make them."""

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager

from deploy.names import secret_name
from deploy.stacks.acknowledgements import acknowledge
from deploy.stacks.base import FitnessStack

_LENGTH = 48
_COGNITOS = "Cognito makes it and has no rotation: a new one is a new client, put in its place by a deployment."
_BY_HAND = "Two functions read it at start; a new one is a new version and new instances (docs/aws.md, Rotation)."


def client_secret(
    stack: FitnessStack, key: kms.Key, client_id: str, client: cognito.CfnUserPoolClient
) -> secretsmanager.CfnSecret:
    """What Cognito made for a client, where the token vault reads it. CloudFormation moves it, nobody sees it."""
    document = cdk.Fn.join("", ['{"client_secret":"', client.attr_client_secret, '"}'])
    secret = secretsmanager.CfnSecret(
        stack,
        f"secret-{client_id}",
        name=secret_name(f"client/{client_id}"),
        description=f"Client secret of {client_id}, made by Cognito.",
        kms_key_id=key.key_arn,
        secret_string=document,
    )
    acknowledge(secret, {"AwsSolutions-SMG4": _COGNITOS})
    return secret


def generated_secret(stack: FitnessStack, key: kms.Key, name: str, member: str) -> secretsmanager.CfnSecret:
    """A random text under one member of a JSON object."""
    secret = secretsmanager.CfnSecret(
        stack,
        f"secret-{name.replace('/', '-')}",
        name=secret_name(name),
        description=f"{member} of {name}",
        kms_key_id=key.key_arn,
        generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
            secret_string_template="{}",
            generate_string_key=member,
            password_length=_LENGTH,
            exclude_punctuation=True,
        ),
    )
    acknowledge(secret, {"AwsSolutions-SMG4": _BY_HAND})
    return secret
