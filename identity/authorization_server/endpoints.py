"""The URLs of one pool. Paths below `/pools/{pool}` are outside the issuer on purpose."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Endpoints:
    """URLs as published.

    Attributes:
        base_url: Scheme, host and port.
        pool: Name of the pool.
    """

    base_url: str
    pool: str

    @property
    def issuer(self) -> str:
        return f"{self.base_url}/{self.pool}"

    @property
    def jwks(self) -> str:
        return f"{self.issuer}/.well-known/jwks.json"

    @property
    def authorization(self) -> str:
        return self._url("oauth2/authorize")

    @property
    def token(self) -> str:
        return self._url("oauth2/token")

    @property
    def revocation(self) -> str:
        return self._url("oauth2/revoke")

    @property
    def userinfo(self) -> str:
        return self._url("oauth2/userInfo")

    @property
    def introspection(self) -> str:
        return self._url("oauth2/introspect")

    @property
    def device_authorization(self) -> str:
        return self._url("oauth2/device_authorization")

    @property
    def pushed_requests(self) -> str:
        return self._url("oauth2/par")

    @property
    def end_session(self) -> str:
        return self._url("logout")

    @property
    def device_page(self) -> str:
        return self._url("device")

    @property
    def revoked_tokens(self) -> str:
        return self._url("revoked.json")

    @property
    def registration(self) -> str:
        return self._url("oauth2/register")

    @property
    def sign_in_nonce(self) -> str:
        return self._url("oauth2/sign-in-nonce")

    def path(self, relative: str) -> str:
        """Path of an endpoint or page of this pool."""
        return f"/pools/{self.pool}/{relative}"

    def _url(self, relative: str) -> str:
        return f"{self.base_url}{self.path(relative)}"
