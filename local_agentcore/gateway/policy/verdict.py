"""What policies say of one call."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policies say of one call.

    Attributes:
        policies: Names of those that decided; for a denial without any, `reason` says why.
        reason: The names in one word, or the rule of this module.
        shadow_denied: Policies in LOG_ONLY mode would have decided otherwise, to deny.
        unfit: Path of the argument that could not be decided about.
    """

    allowed: bool
    policies: tuple[str, ...]
    reason: str
    shadow_denied: bool = False
    unfit: str | None = None
