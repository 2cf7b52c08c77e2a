"""What goes wrong when a consent lands.

    ConsentReturnError
    ├── RequestMalformed        the request is not one of ours; the text is for the person
    ├── FormForged              a form that was not served to this browser for this purpose
    ├── SignInFailed            the sign-in ended without a person we know
    │   └── PresenceUnproven    signed in, but nobody typed a password or a confirmation (V29)
    ├── ConnectionsUnlisted     this vault does not tell what is connected, and ends nothing
    ├── StartFailed             the process does not start
    └── VaultRefused            the vault did not do as asked
        ├── ConsentOfAnother    somebody else began this consent (V01)
        ├── ConsentOver         used, expired, or never there
        ├── SignInOver          the vault no longer believes this sign-in
        └── VaultUnavailable    nobody answers, or an error that is not the person's

The text of an error is for the log, except where it says otherwise.
"""


class ConsentReturnError(Exception):
    """A person's request cannot be done."""


class RequestMalformed(ConsentReturnError):
    pass


class FormForged(ConsentReturnError):
    pass


class SignInFailed(ConsentReturnError):
    pass


class PresenceUnproven(SignInFailed):
    pass


class StartFailed(ConsentReturnError):
    pass


class ConnectionsUnlisted(ConsentReturnError):
    pass


class VaultRefused(ConsentReturnError):
    pass


class ConsentOfAnother(VaultRefused):
    pass


class ConsentOver(VaultRefused):
    pass


class SignInOver(VaultRefused):
    pass


class VaultUnavailable(VaultRefused):
    pass
