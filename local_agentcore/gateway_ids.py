"""The ids that AWS would make up: a name, and ten characters that are the same at every start."""

import hashlib

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
LENGTH = 10


def ten_characters(*names: str) -> str:
    """`[a-z0-9]{10}` that stand for these names alone."""
    number = int.from_bytes(hashlib.sha256("\x1f".join(names).encode()).digest())
    digits = []
    for _ in range(LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)


def gateway_id(gateway_arn: str) -> str:
    """The id at the end of a gateway's ARN."""
    return gateway_arn.rpartition("/")[2]


def target_id(name: str) -> str:
    """Of a target of the gateway."""
    return ten_characters("target", name)


def policy_id(name: str) -> str:
    """Of a policy of the gateway's engine."""
    return f"{name}-{ten_characters('policy', name)}"
