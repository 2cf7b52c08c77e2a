"""Every client of a pool: those of the hop table, those that were registered, those that describe themselves at a URL.

Foreign clients reach resource servers by their URL alone, and their consent page is never skipped (A12). Their ids are
ours to make, or URLs: neither can be the id of a client of the hop table or the subject of a person (K17).
"""

import hashlib
import secrets
from collections.abc import Iterable

from identity.authorization_server.client_metadata_documents import ClientMetadataDocuments
from identity.authorization_server.client_store import ClientStore, Origin, RegisteredClient
from identity.authorization_server.clients import Client
from identity.authorization_server.pools import ClientConfig
from identity.authorization_server.users import Users


class ClientRegistry:
    """The clients of one pool.

    Args:
        configured: Those of the hop table.
        store: Those that were registered; None where that is not offered.
        documents: Those that describe themselves; None where that is not offered.
        users: People, whose subjects no client may have as its id.
    """

    def __init__(
        self,
        configured: Iterable[ClientConfig],
        *,
        store: ClientStore | None,
        documents: ClientMetadataDocuments | None,
        users: Users,
    ) -> None:
        self._configured = {config.client_id: Client(config) for config in configured}
        self._users = users
        self.store = store
        self.documents = documents

    @property
    def configured_ids(self) -> frozenset[str]:
        """Client ids of the hop table."""
        return frozenset(self._configured)

    @property
    def ids(self) -> frozenset[str]:
        """Every client id that is kept here."""
        registered = self.store.all() if self.store else []
        return self.configured_ids | {one.config.client_id for one in registered}

    def find(self, client_id: str) -> Client | None:
        """A client that is known; one that describes itself only after `resolve`."""
        if client_id in self._configured:
            return self._configured[client_id]
        if "://" in client_id:
            return self.documents.known(client_id) if self.documents else None
        registered = self.store.find(client_id) if self.store else None
        return Client(registered.config) if registered else None

    async def resolve(self, client_id: str | None, *, peer: str) -> None:
        """Read what a client says about itself, if its id is a URL, so that `find` knows it.

        An id that leads to nothing good is simply not known afterwards.

        Args:
            client_id: As a request names it.
            peer: Who asks: each may make us read only so many documents.

        Raises:
            Throttled: This peer made us read too many.
        """
        if client_id is not None and "://" in client_id and self.documents is not None:
            await self.documents.resolve(client_id, peer=peer)

    def register(self, config: ClientConfig, origin: Origin) -> tuple[RegisteredClient, str | None, str]:
        """Store a client under an id that we make.

        Args:
            config: What it asked for; its id is replaced. A secret is made if `secret_hash` is set to anything.
            origin: Who registers it.

        Returns:
            The registration, the secret of a confidential client, and the token that manages the registration. The
            two secrets are kept as hashes: this is the only time to see them.

        Raises:
            RegistrationsFull: No room.
        """
        if self.store is None:
            raise LookupError("clients are not registered here")
        secret = None if config.public else secrets.token_urlsafe(32)
        stored = config.model_copy(
            update={
                "client_id": self._new_id(),
                "foreign": True,
                "secret_hash": hashlib.sha256(secret.encode()).hexdigest() if secret else None,
            }
        )
        registered, management = self.store.add(stored, origin)
        return registered, secret, management

    def used(self, client_id: str) -> None:
        """A person has agreed to this client."""
        if self.store is not None:
            self.store.used(client_id)

    def _new_id(self) -> str:
        while True:
            client_id = f"foreign-{secrets.token_hex(12)}"
            if self.find(client_id) is None and not self._users.has_subject(client_id):
                return client_id
