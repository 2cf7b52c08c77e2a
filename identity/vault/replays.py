"""A signed request does what it does once: whoever copies it cannot do it again (S02).

Reads of the control plane change nothing and give out no secret, so they may be repeated; everything else is refused
when its signature was seen before, but for the first seconds. botocore dates signatures to the second and does not
sign its invocation id (it signs before it adds that header), so two equal calls of one client, or a call and its
retry, may carry one signature: what came a moment ago may come again. A copy is good for that moment, and no longer.

Signatures are remembered in memory, for as long as they would verify: a restart forgets them.
"""

from collections import deque

from botocore.model import OperationModel

from identity.vault.errors import SignatureRefused

MOMENT_S = 5.0  # between equal calls signed within one second, on a busy machine
_CONTROL = "bedrock-agentcore-control"
_LOCAL_READS = frozenset({"local:ListConnections", "local:VerifyAudit"})


class SeenSignatures:
    """The signatures of the last while.

    Args:
        clock_skew_s: Greatest distance between signing time and now that the verifier takes.
    """

    def __init__(self, clock_skew_s: float) -> None:
        self._window_s = 2 * clock_skew_s  # signed as far ahead as allowed, sent until as late as allowed
        self._first_seen_s: dict[str, float] = {}
        self._by_age: deque[tuple[float, str]] = deque()

    def take(self, operation: OperationModel, signature: str, *, now_s: float) -> None:
        """Use up the signature of a request that verified.

        Args:
            operation: What it is for.
            signature: Hexadecimal.
            now_s: Epoch seconds.

        Raises:
            SignatureRefused: It was used before, more than a moment ago, and not for a plain read.
        """
        while self._by_age and self._by_age[0][0] < now_s:
            del self._first_seen_s[self._by_age.popleft()[1]]
        if _only_reads(operation):
            return
        if signature not in self._first_seen_s:
            self._first_seen_s[signature] = now_s
            self._by_age.append((now_s + self._window_s, signature))
        elif now_s - self._first_seen_s[signature] > MOMENT_S:
            raise SignatureRefused("this signed request was sent before")


def _only_reads(operation: OperationModel) -> bool:
    control_read = operation.service_model.service_name == _CONTROL and operation.name.startswith(("Get", "List"))
    return control_read or operation.name in _LOCAL_READS
