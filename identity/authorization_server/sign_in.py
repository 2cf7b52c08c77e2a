"""What a sign-in establishes, however it was done."""

from dataclasses import dataclass

from identity.authorization_server.users import User


@dataclass(frozen=True)
class SignIn:
    """A person who proved who they are.

    Attributes:
        auth_time: Epoch seconds.
        amr: How (RFC 8176): `swk`, a key held by software, or `pwd`; `user` if the person was there and agreed.
        session: Hash of the id of the browser session; None for a sign-in without a browser.
    """

    user: User
    auth_time: int
    amr: tuple[str, ...]
    session: str | None = None
