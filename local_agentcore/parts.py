"""The parts of the stack: their names, and how each is made.

Imports happen inside the functions: a process that runs one part must not load the others, and in one process the
parts load while others already start.
"""
# ruff: noqa: PLC0415

from collections.abc import Callable, Sequence

from starlette.types import ASGIApp

from local_agentcore.blueprint import Blueprint
from local_agentcore.ports import TEAMS
from local_agentcore.serving_thread import ServingThread

Applications = Sequence[tuple[int, ASGIApp]]


def part_names() -> tuple[str, ...]:
    """In the order in which they are started. The four APIs are one part: their resolver is not thread-safe."""
    return (
        "authorization_server",
        "control_plane",
        "consent_return",
        "apis",
        *(f"mcp-{team}" for team in TEAMS),
        "data_plane",
        "gateway",
        "coach",
    )


def build_part(blueprint: Blueprint, part: str, model: str) -> Applications:
    """The applications of one part, by port.

    Args:
        blueprint: The stack.
        part: One of `part_names`.
        model: Value of COACH_MODEL.

    Raises:
        KeyError: No such part.
    """
    builders: dict[str, Callable[[], list[tuple[str, ASGIApp]]]] = {
        "authorization_server": lambda: [("authorization_server", _authorization_server(blueprint))],
        "control_plane": lambda: [("control_plane", _control_plane(blueprint))],
        "consent_return": lambda: [("consent_return", _consent_return(blueprint))],
        "data_plane": lambda: [("data_plane", _front(blueprint))],
        "gateway": lambda: [("gateway", _gateway(blueprint))],
        "coach": lambda: [("coach", _coach(blueprint, model))],
        "apis": lambda: [(f"api-{team}", _api(blueprint, team)) for team in TEAMS],
    }
    if part.startswith("mcp-"):
        return [(blueprint.ports.port(part), _mcp_server(blueprint, part.removeprefix("mcp-")))]
    return [(blueprint.ports.port(name), app) for name, app in builders[part]()]


def serve_part(blueprint: Blueprint, part: str, model: str) -> ServingThread:
    """A started thread that serves this part."""
    thread = ServingThread(part, lambda: build_part(blueprint, part, model))
    thread.start()
    return thread


def _authorization_server(blueprint: Blueprint) -> ASGIApp:
    from local_agentcore.identity_parts import authorization_server

    return authorization_server(blueprint)


def _control_plane(blueprint: Blueprint) -> ASGIApp:
    from local_agentcore.control_plane_part import control_plane

    return control_plane(blueprint)


def _consent_return(blueprint: Blueprint) -> ASGIApp:
    from local_agentcore.consent_part import consent_return

    return consent_return(blueprint)


def _front(blueprint: Blueprint) -> ASGIApp:
    from local_agentcore.front_part import front

    return front(blueprint)


def _gateway(blueprint: Blueprint) -> ASGIApp:
    from local_agentcore.gateway_part import gateway

    return gateway(blueprint)


def _coach(blueprint: Blueprint, model: str) -> ASGIApp:
    from local_agentcore.team_parts import coach

    return coach(blueprint, model)


def _api(blueprint: Blueprint, team: str) -> ASGIApp:
    from local_agentcore.team_parts import api

    return api(blueprint, team)


def _mcp_server(blueprint: Blueprint, team: str) -> ASGIApp:
    from local_agentcore.team_parts import mcp_server

    return mcp_server(blueprint, team)
