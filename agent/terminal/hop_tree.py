"""The tree of one turn: who called what, as whom, with which token.

Built from spans in four steps: library spans fall away and their children move up; so do spans of a part inside
itself; a runtime front and the container behind it become one hop, because they see the same token; and a hop's
grant is looked up at whoever issued its token, which may have been in an earlier turn.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from agent.terminal.hop_records import Span
from agent.terminal.plain_text import one_line

TERMINAL = "terminal"
FRONT = "front"
VAULT = "vault"
RUNTIME_SEGMENT = 2


@dataclass(frozen=True)
class Hop:
    """One call from a part to another."""

    caller: str
    callee: str
    operation: str | None
    subject: str | None
    actors: tuple[str, ...]
    audience: str | None
    scopes: tuple[str, ...]
    grant: str | None
    token: str | None
    workload_token: str | None
    policy: str | None
    status: int | str | None
    ms: float
    children: tuple["Hop", ...]

    def document(self) -> dict[str, Any]:
        """The form of `coach trace --json`."""
        return {
            "from": self.caller,
            "to": self.callee,
            "operation": self.operation,
            "subject": self.subject,
            "actors": list(self.actors),
            "audience": self.audience,
            "scopes": list(self.scopes),
            "grant": self.grant,
            "token": self.token,
            "workload_token": self.workload_token,
            "policy": self.policy,
            "status": self.status,
            "ms": self.ms,
            "children": [child.document() for child in self.children],
        }


@dataclass(frozen=True)
class _Call:
    """A span, the container's span if it is a front's, the front's own calls and the calls made inside."""

    span: Span
    inner: Span | None
    before: tuple["_Call", ...]
    children: tuple["_Call", ...]

    @property
    def callee(self) -> str:
        return (self.inner.part if self.inner else _part_behind(self.span)) or self.span.part or "unknown"

    def value(self, name: str) -> str | None:
        return (self.inner.text(name) if self.inner else None) or self.span.text(name)

    def values(self, name: str) -> list[str]:
        return (self.inner.texts(name) if self.inner else []) or self.span.texts(name)


def hop_tree(spans: Sequence[Span], turn_id: str) -> list[Hop]:
    """The hops of a turn, outermost first.

    Args:
        spans: All spans on record; those of other turns tell where a token came from.
        turn_id: Trace id of the turn.
    """
    inside: dict[str | None, list[Span]] = {}
    turn = [span for span in spans if span.trace_id == turn_id]
    known = {span.span_id for span in turn}
    for span in sorted(turn, key=lambda span: span.start_unix_ns):
        inside.setdefault(span.parent_id if span.parent_id in known else None, []).append(span)
    grants = _grants(spans)
    return [_hop(call, TERMINAL, grants) for call in _calls(inside, None, None)]


def tree_lines(hops: Sequence[Hop], indent: str = "") -> list[str]:
    """The tree for people: two lines a hop."""
    lines: list[str] = []
    for number, hop in enumerate(hops):
        last = number == len(hops) - 1
        branch, stem = ("└─ ", "   ") if last else ("├─ ", "│  ")
        lines.append(f"{indent}{branch}{_headline(hop)}")
        lines.extend(f"{indent}{stem}   {detail}" for detail in _details(hop))
        lines.extend(tree_lines(hop.children, indent + stem))
    return lines


def _calls(inside: Mapping[str | None, list[Span]], parent_id: str | None, part: str | None) -> list[_Call]:
    calls: list[_Call] = []
    for span in inside.get(parent_id, []):
        if span.part is None or span.part == part:
            calls.extend(_calls(inside, span.span_id, part))
        else:
            calls.append(_merged(span, _calls(inside, span.span_id, span.part)))
    return calls


def _merged(span: Span, children: list[_Call]) -> _Call:
    behind = next((child for child in children if _is_behind(span, child)), None)
    if behind is None:
        return _Call(span, None, (), tuple(children))
    return _Call(span, behind.span, tuple(child for child in children if child is not behind), behind.children)


def _is_behind(front: Span, call: _Call) -> bool:
    """Whether the call went to the very part that the front was asked for, with the token that the front saw.

    A front's token that turns up with another audience stays visible as a hop of its own.
    """
    same_token = call.span.text("token") in {None, front.text("token")}
    same_audience = call.span.text("audience") in {None, front.text("audience")}
    return call.span.part == _part_behind(front) and same_token and same_audience


def _part_behind(span: Span) -> str | None:
    """The part that a path of the data plane leads to; None if the span is no front's."""
    if span.part != FRONT:
        return None
    path = (span.text("operation") or "").rpartition(" ")[2].split("/")
    if len(path) > RUNTIME_SEGMENT and path[1] == "runtimes":
        return unquote(path[RUNTIME_SEGMENT]).rpartition("/")[2].replace("_", "-")
    return VAULT if len(path) > 1 and path[1] == "identities" else None


def _grants(spans: Iterable[Span]) -> dict[str, str]:
    issued = ((span.text("issued_token"), span.text("grant")) for span in spans)
    return {token: grant for token, grant in issued if token and grant}


def _hop(call: _Call, caller: str, grants: Mapping[str, str]) -> Hop:
    token = call.value("token")
    return Hop(
        caller=caller,
        callee=call.callee,
        operation=call.value("operation"),
        subject=call.value("subject"),
        actors=tuple(call.values("actors")),
        audience=call.value("audience"),
        scopes=tuple(call.values("scopes")),
        grant=grants.get(token or "") or call.value("grant"),
        token=token,
        workload_token=call.value("workload_token"),
        policy=call.value("policy"),
        status=call.span.attributes.get("status"),
        ms=call.span.ms,
        children=(
            *(_hop(child, FRONT, grants) for child in call.before),
            *(_hop(child, call.callee, grants) for child in call.children),
        ),
    )


def _headline(hop: Hop) -> str:
    status = "" if hop.status is None else f"  {hop.status}"
    return one_line(f"{hop.caller} → {hop.callee}  {hop.operation or ''}{status}  {hop.ms:.1f} ms")


def _details(hop: Hop) -> list[str]:
    chain = ", acted for by ".join([hop.subject, *hop.actors]) if hop.subject else None
    fields = {
        "as": chain,
        "for": hop.audience,
        "scopes": " ".join(hop.scopes) or None,
        "grant": hop.grant,
        "token": hop.token,
        "workload token": hop.workload_token,
        "policy": hop.policy,
    }
    detail = " · ".join(f"{name} {value}" for name, value in fields.items() if value)
    return [one_line(detail, 500)] if detail else []
