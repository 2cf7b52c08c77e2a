"""Where targets may be, and which credential goes where: checked when a gateway is made, before anybody calls."""

from collections.abc import Sequence

from identity.errors import AddressRefused
from identity.outbound_addresses import AddressPolicy
from local_agentcore.gateway.errors import CredentialForTwoPlaces, PlaceRefused
from local_agentcore.gateway.settings import ApiTargetSettings, FunctionTargetSettings, GatewaySettings, TargetSettings


def require_sound_placement(settings: GatewaySettings) -> None:
    """Check the targets of a gateway.

    Raises:
        CredentialForTwoPlaces: Two targets at different places would get the same token, or key.
        PlaceRefused: A target is where none may be.
    """
    _require_allowed_places(settings)
    _require_one_place_for_each_credential(settings.targets)


def _require_allowed_places(settings: GatewaySettings) -> None:
    """No configuration leads the gateway to a cloud's metadata service or to a neighbour of it (V24)."""
    policy = AddressPolicy(settings.private_targets)
    for target in settings.targets:
        if isinstance(target, FunctionTargetSettings):
            continue  # is at no place
        try:
            policy.check_url(target.endpoint)
        except AddressRefused as error:
            raise PlaceRefused(target.name, str(error)) from error


def _require_one_place_for_each_credential(targets: Sequence[TargetSettings]) -> None:
    """The same question to the vault has the same answer: a token that is good at one place goes to no other (V23)."""
    places: dict[object, str] = {}
    for target in targets:
        for asked, provider in _questions(target):
            if places.setdefault(asked, target.origin) != target.origin:
                raise CredentialForTwoPlaces(target.name, provider)


def _questions(target: TargetSettings) -> list[tuple[object, str]]:
    """What the vault is asked for this target, and the provider of each."""
    credential, found = target.credential, list[tuple[object, str]]()
    if credential is not None:
        found.append(((credential.provider, credential.flow, credential.audiences), credential.provider))
    if isinstance(target, ApiTargetSettings) and target.api_key is not None:
        found.append((target.api_key.provider, target.api_key.provider))
    return found
