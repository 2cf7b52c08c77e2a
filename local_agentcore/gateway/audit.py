"""One line for all that a target is asked for a caller: who, what, decided how, ended how. No arguments, no token."""

import logging
import time
from dataclasses import dataclass, field

from identity.length_prefixed import digest
from identity.tokens import Principal

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class CallRecord:
    """Filled while a call goes on, written once.

    Attributes:
        tool: Only names that the gateway offers, or `unknown`; the method where no tool was called.
        decision: `allow` or `deny`.
        reason: Id of the rule that decided, or what refused the call before one did.
        outcome: What came back.
    """

    principal: Principal
    tool: str = "unknown"
    decision: str = "deny"
    reason: str = "unknown-tool"
    outcome: str = "refused"
    attempts: int = 0
    started_at: float = field(default_factory=time.perf_counter)

    def write(self) -> None:
        """Write the line."""
        principal = self.principal
        logger.info(
            "subject=<%s>, client=<%s>, jti=<%s>, tool=<%s>, decision=<%s>, reason=<%s>, outcome=<%s>, attempts=<%d>,"
            " ms=<%d> | tool call",
            digest(principal.issuer, principal.subject)[:16],
            principal.client_id,
            digest(principal.jti)[:16],
            self.tool,
            self.decision,
            self.reason,
            self.outcome,
            self.attempts,
            (time.perf_counter() - self.started_at) * 1000,
        )
