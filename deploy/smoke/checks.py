"""What is tried. Each check says what it saw; it holds nothing of a token, an answer or an athlete."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal
from urllib.parse import urlsplit

from deploy.errors import CallFailed
from deploy.names import TEAMS
from deploy.smoke.calls import USER_ID, Caller, Turn
from deploy.smoke.places import PROTECTED_PATHS, Places
from gateway_config.tool_pins import read_tool_pins

Outcome = Literal["ok", "FAILED", "skipped"]
#: One question for each team whose tools need no consent, which a tool that only reads answers.
QUESTIONS: Final = {
    "activities": "How many runs did I do in the last 30 days?",
    "routes": "Find me a route of about 10 km",
    "support": "Which tickets did I open?",
}
CONSENT_QUESTION: Final = "Which clubs am I in?"
SOMEBODY_ELSE: Final = "somebody-else"
# Looks like a token and is nobody's: three parts, an algorithm, no signature that anybody could check.
FORGED: Final = ".".join(
    base64.urlsafe_b64encode(part).rstrip(b"=").decode()
    for part in (b'{"alg":"RS256","typ":"at+jwt"}', b'{"sub":"somebody"}', b"no signature")
)
_UNAUTHORIZED, _FORBIDDEN = 401, 403


@dataclass(frozen=True, slots=True)
class Seen:
    """One check."""

    name: str
    outcome: Outcome
    what: str

    def __str__(self) -> str:
        return f"{self.outcome:7} {self.name}: {self.what}"


@dataclass(frozen=True, slots=True)
class Trial:
    """What checks work with.

    Attributes:
        token: Of a person, for the coach.
        gateway_token: Of a program, for the gateway; None: the list there is not looked at.
    """

    places: Places
    caller: Caller
    token: str
    gateway_token: str | None


def run(trial: Trial) -> Iterator[Seen]:
    """All checks, in order; one that fails keeps no other from being made."""
    yield from _questions(trial)
    yield _check("consent", partial(_consent, trial))
    yield _check("gateway-lists", partial(_listed, trial))
    yield from _refusals(trial)


def _questions(trial: Trial) -> Iterator[Seen]:
    for team, question in QUESTIONS.items():
        yield _check(f"coach-asks-{team}", partial(_asked, trial, team, question))
    yield _check("coach-believes-tokens-alone", partial(_nobody_else, trial))


def _refusals(trial: Trial) -> Iterator[Seen]:
    """Who must not come in: nobody, a forger, and the person's own token for the coach at all other parts."""
    places = trial.places
    doors = {"coach": places.coach, "gateway": places.gateway}
    doors |= {f"server-{team}": url for team, url in places.servers.items()}
    for name, url in doors.items():
        yield _check(f"{name}-refuses-nobody", partial(_challenged, trial, url))
        yield _check(f"{name}-refuses-a-forger", partial(_refused, trial, "POST", url, FORGED))
        if name != "coach":
            look = partial(_refused, trial, "POST", url, trial.token)
            yield _check(f"{name}-refuses-a-token-for-the-coach", look)
    for team in TEAMS:
        url = places.apis[team] + PROTECTED_PATHS[team]
        for name, token in {"nobody": None, "a-forger": FORGED, "a-token-for-the-coach": trial.token}.items():
            yield _check(f"api-{team}-refuses-{name}", partial(_kept_out, trial, url, token))


def _asked(trial: Trial, team: str, question: str) -> str:
    turn = trial.caller.ask(trial.places.coach, trial.token, question)
    if team not in turn.tools:
        raise CallFailed(f"no tool of {team} was called with success")
    if not turn.answered:
        raise CallFailed("there was no answer")
    return f"a tool of {team} was called, and the coach answered"


def _nobody_else(trial: Trial) -> str:
    """AgentCore lets a caller name a user in a header; nobody may be believed who says so."""
    own = trial.caller.ask(trial.places.coach, trial.token, QUESTIONS["routes"])
    try:
        named = trial.caller.ask(trial.places.coach, trial.token, QUESTIONS["routes"], **{USER_ID: SOMEBODY_ELSE})
    except CallFailed as error:
        return f"a named user is refused ({error})"
    if not own.athlete or named.athlete != own.athlete:
        raise CallFailed("the coach took the caller for the user whom a header named")
    return "a user named in a header is not believed"


def _consent(trial: Trial) -> str:
    turn: Turn = trial.caller.ask(trial.places.coach, trial.token, CONSENT_QUESTION)
    if turn.consent is None:
        if "socials" in turn.tools:
            return "this person has agreed already, and the tool answers"
        raise CallFailed("neither a link to agree nor a tool of socials")
    if _origin(turn.consent) != _origin(trial.places.consents):
        raise CallFailed("the link to agree leads elsewhere than to the token vault")
    return "there is a link to agree, and it leads to the token vault"


def _listed(trial: Trial) -> str | None:
    if trial.gateway_token is None:
        return None
    listed, accepted = trial.caller.tools(trial.places.gateway, trial.gateway_token), frozenset(read_tool_pins())
    if unknown := sorted(listed - accepted - {"x_amz_bedrock_agentcore_search"}):
        raise CallFailed(f"tools that nobody accepted: {', '.join(unknown)}")
    if lacking := [team for team in QUESTIONS if not any(name.startswith(f"{team}___") for name in listed)]:
        raise CallFailed(f"no tool of {', '.join(lacking)}")
    return f"{len(listed)} tools, all of them accepted"


def _challenged(trial: Trial, url: str) -> str:
    """RFC 9728 section 5.1: whoever has no token is told where to get one."""
    refusal = trial.caller.refusal("POST", url)
    if refusal.status != _UNAUTHORIZED or "resource_metadata=" not in refusal.challenge:
        raise CallFailed(f"HTTP {refusal.status}, challenge {refusal.challenge.split(' ')[0] or 'none'}")
    return "401, and where to get a token"


def _refused(trial: Trial, method: str, url: str, token: str | None) -> str:
    refusal = trial.caller.refusal(method, url, token)
    if refusal.status not in {_UNAUTHORIZED, _FORBIDDEN}:
        raise CallFailed(f"HTTP {refusal.status}")
    return str(refusal.status)


def _kept_out(trial: Trial, url: str, token: str | None) -> str:
    try:
        return _refused(trial, "GET", url, token)
    except CallFailed as error:
        if trial.places.apis_are_private and "no answer" in str(error):
            return "nobody outside gets an answer"
        raise


def _check(name: str, look: Callable[[], str | None]) -> Seen:
    try:
        what = look()
    except CallFailed as error:
        return Seen(name, "FAILED", str(error))
    if what is None:
        return Seen(name, "skipped", "no token for the gateway was given")
    return Seen(name, "ok", what)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
