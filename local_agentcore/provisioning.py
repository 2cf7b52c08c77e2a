"""Creates workload identities and credential providers at the vault, by the calls that would create them on AWS."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from identity.token_source import vault_client
from local_agentcore.blueprint import REGION, Blueprint
from local_agentcore.home import write_private


def provision_vault(blueprint: Blueprint) -> None:
    """Bring the vault to what `gateway_config/` says; does nothing when it is already there.

    Raises:
        ClientError: The vault refused; the configuration or the operator's key is wrong.
    """
    config = blueprint.gateway_config()
    wanted = json.dumps(
        [config.workload_identities, config.credential_providers, config.api_key_providers], sort_keys=True
    )
    digest = hashlib.sha256(wanted.encode()).hexdigest()
    # Beside the database: a home whose vault was deleted is provisioned again.
    mark = blueprint.database("vault").with_suffix(".provisioned")
    if mark.exists() and mark.read_text(encoding="utf-8") == digest:
        return
    key = blueprint.keys.access_keys["operator"]
    client = vault_client(
        endpoint_url=blueprint.ports.url("control_plane"),
        region=REGION,
        access_key_id=key.access_key_id,
        secret_access_key=key.secret_access_key,
        plane="bedrock-agentcore-control",
    )
    for request in config.workload_identities:
        _create_or_update(client.create_workload_identity, client.update_workload_identity, request)
    for request in config.credential_providers:
        _create_or_update(client.create_oauth2_credential_provider, client.update_oauth2_credential_provider, request)
    for request in config.api_key_providers:
        _create_or_update(client.create_api_key_credential_provider, client.update_api_key_credential_provider, request)
    write_private(mark, digest.encode())


def _create_or_update(create: Callable[..., Any], update: Callable[..., Any], request: dict[str, Any]) -> None:
    try:
        create(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConflictException":
            raise
        update(**request)
