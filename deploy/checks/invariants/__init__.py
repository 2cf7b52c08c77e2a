"""What must be true of the templates whatever else changes; no public tool looks at these.

Each is a function from templates to findings. `tests/unit/deploy/test_invariants.py` plants what each is against.
"""

from typing import Final

from deploy.checks.findings import Check
from deploy.checks.invariants import apis, doors, identity, roles, storage

INVARIANTS: Final[tuple[Check, ...]] = (
    doors.gateways_decide,
    doors.runtimes_take_tokens,
    doors.nobody_names_its_own_url,
    doors.scopes_are_short,
    doors.exchanges_are_custom_providers,
    roles.roles_have_a_boundary,
    roles.trust_has_a_condition,
    roles.no_managed_policies_of_aws,
    roles.roles_are_passed_to_their_services,
    roles.stars_have_reasons,
    identity.public_clients_exchange_nothing,
    identity.exchange_clients_sign_nobody_in,
    identity.nobody_impersonates,
    identity.secrets_are_not_written_down,
    identity.a_secret_has_one_reader,
    apis.methods_are_authorized,
    apis.functions_are_invoked_by_their_api_alone,
    apis.authorizers_remember_nothing,
    apis.stages_log_no_data,
    apis.doors_have_a_firewall,
    storage.logs_are_kept_and_encrypted,
    storage.data_is_encrypted_by_own_keys,
    storage.keys_rotate,
    storage.buckets_are_closed,
)
