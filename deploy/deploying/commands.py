"""What the CDK's command line is told."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from deploy.environments import Environment

Verb = Literal["diff", "deploy", "destroy"]


def command(
    verb: Verb,
    environment: Environment,
    cdk: Path,
    *,
    stacks: Sequence[str] = (),
    templates: Mapping[str, Any] | None = None,
    keys: Mapping[str, str] | None = None,
) -> list[str]:
    """One call.

    Args:
        verb: What to do.
        environment: With whose stacks.
        cdk: The program.
        stacks: Some of them, by name; all without.
        templates: By stack: which asks for which package.
        keys: Package to its object key.
    """
    names = [f"{environment.name}-{stack}" for stack in stacks] or [f"{environment.name}-*"]
    told = [str(cdk), "--app", "cdk.out", verb, *names]
    if verb == "deploy":
        # Whoever reviews reads the difference: make diff, and the reviewers of the GitHub environment.
        told += ["--require-approval", "never", "--outputs-file", "build/outputs.json"]
    if verb == "destroy":
        told.append("--force")
    else:
        told += _parameters(templates or {}, keys or {}, stacks)
    return told


def parameter_of(package: str) -> str:
    """`api-routes` is the parameter `PackageApiRoutes`."""
    return "Package" + package.title().replace("-", "")


def wants_packages(templates: Mapping[str, Any], stacks: Sequence[str]) -> bool:
    """Whether one of the stacks takes code from the bucket."""
    chosen = (template for stack, template in templates.items() if not stacks or stack in stacks)
    return any(name.startswith("Package") for template in chosen for name in template.get("Parameters", {}))


def _parameters(templates: Mapping[str, Any], keys: Mapping[str, str], stacks: Sequence[str]) -> Iterator[str]:
    for stack, template in templates.items():
        if stacks and stack not in stacks:
            continue
        for package, key in keys.items():
            if parameter_of(package) in template.get("Parameters", {}):
                yield from ("--parameters", f"fitness-{stack}:{parameter_of(package)}={key}")
