"""What the placeholders stand for while the linter looks: the shapes of a laptop, or those of an account."""

from collections.abc import Mapping
from typing import Literal

Where = Literal["laptop", "aws"]

REGION = "us-east-1"
ACCOUNT = "123456789012"
_ARN = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}"
#: Placeholders without a name.
_ALONE = {
    "REGION": REGION,
    "ACCOUNT": ACCOUNT,
    "GATEWAY_ARN": f"{_ARN}:gateway/coach-a1b2c3d4e5",
    "POLICY_ENGINE_ARN": f"{_ARN}:policy-engine/coach_tools-a1b2c3d4e5",
}
_NAMED: Mapping[Where, Mapping[str, str]] = {
    "laptop": {"URL": "http://127.0.0.1:8700/{}", "ISSUER": "http://127.0.0.1:8700/{}", "SECRET": "secret-of-{}"},
    "aws": {
        "URL": "https://{}.example.com",
        "ISSUER": f"https://cognito-idp.{REGION}.amazonaws.com/{REGION}_" + "{}",
        "SECRET": "secret-of-{}",
    },
}


def value_of(placeholder: str, where: Where, known: frozenset[str] | None) -> str | None:
    """A value of the right shape; None where no deployment has one.

    Args:
        placeholder: Without its marks.
        where: Whose shapes.
        known: Names that URLs, issuers and secrets may have: those of the hop table; None: it is not known.
    """
    kind, _, name = placeholder.partition(":")
    if not name:
        return _ALONE.get(kind)
    template = _NAMED[where].get(kind)
    return template.format(name) if template and (known is None or name in known) else None
