"""Holds a request against AWS's model of its call: botocore's own validator, and what that one leaves to the service.

botocore checks members, types, unions and lower bounds before it sends anything; patterns, upper bounds and closed
lists of words are in the model too, but only the service holds requests against them.
"""

import re
from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

from gateway_config.documents import Steps, place
from gateway_config.lint.findings import Finding, Findings, Ground, Rule
from identity.aws_models import service_model

CONTROL = "bedrock-agentcore-control"
FORM = "model-form"
#: Shape of the model to the rule that says it better than the model; all others are `model-value`.
NAMED: dict[str, tuple[str, str]] = {
    "GatewayName": ("gateway-name", "Use up to 48 letters and digits with single hyphens between them."),
    "TargetName": ("target-name", "Use up to 100 letters and digits with single hyphens between them."),
    "PolicyEngineName": ("engine-name", "Begin with a letter; go on with letters, digits and underscores, 48 in all."),
    "PolicyName": ("policy-name", "Begin with a letter; go on with letters, digits and underscores, 48 in all."),
    "Statement": ("policy-length", "A statement has 35 to 10000 characters: split it, or say more."),
    "McpServerTargetConfigurationEndpointString": (
        "https-endpoint",
        "Put TLS before the server and give its https URL.",
    ),
    "CredentialProviderConfigurations": ("one-credential", "A target has one credential: make a target for each."),
    "GatewayInterceptorConfigurations": ("interceptor-points", "A gateway has two interceptors at most."),
    "OAuthScope": ("scope-length", "A scope of a target has 64 characters at most: give it a shorter name."),
}
_STATEMENT = "definition.cedar.statement"
_IN_REPORT = re.compile(r"(?:in|parameter) ([\w.\[\]]+)")


def model_findings(operation: str, request: Any, file: str, *, laptop: bool, inside: Steps = ()) -> Findings:
    """What the model of an operation says against a request.

    Args:
        operation: For example `CreateGateway`.
        request: Its parameters.
        file: Where they are written.
        laptop: Leave out that URLs are https.
        inside: Place of the request in its file.
    """
    shape = service_model(CONTROL).operation_model(operation).input_shape
    assert shape is not None  # noqa: S101 - every create call takes something
    ground = Ground("model", operation)
    form = Rule(FORM, ground, "Write the members that the call has.")
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        for line in report.generate_report().splitlines():
            yield _of_validator(form, line, file, inside)
        return
    for at, kind, what in _values(shape, request, (), laptop=laptop):
        code, mend = NAMED.get(kind, ("model-value", "Write a value that the model takes."))
        yield Rule(code, ground, mend).finding(file, (*inside, *at), what)


def _of_validator(form: Rule, line: str, file: str, inside: Steps) -> Finding:
    found = _IN_REPORT.search(line)
    path = found[1].removeprefix("input") if found else ""
    if path == _STATEMENT:
        code, mend = NAMED["Statement"]
        return Rule(code, form.ground, mend).finding(file, path, line)
    return form.finding(file, ".".join(part for part in (place(inside), path) if part), line)


def _values(shape: Shape, value: Any, at: Steps, *, laptop: bool) -> Iterator[tuple[Steps, str, str]]:
    """Place, shape and fault of each value that only the service would refuse."""
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            if isinstance(value, dict) and name in value:
                yield from _values(member, value[name], (*at, name), laptop=laptop)
    elif isinstance(shape, ListShape):
        yield from _too_long(shape, value, at, "entries")
        for index, one in enumerate(value):
            yield from _values(shape.member, one, (*at, index), laptop=laptop)
    elif isinstance(shape, MapShape):
        yield from _too_long(shape, value, at, "entries")
        for key, one in value.items():
            yield from _values(shape.key, key, (*at, key), laptop=laptop)
            yield from _values(shape.value, one, (*at, key), laptop=laptop)
    elif isinstance(shape, StringShape):
        yield from _of_text(shape, str(value), at, laptop=laptop)
    elif shape.type_name == "integer" and value > shape.metadata.get("max", value):
        yield at, shape.name, f"{value} is more than {shape.metadata['max']}"


def _of_text(shape: StringShape, value: str, at: Steps, *, laptop: bool) -> Iterator[tuple[Steps, str, str]]:
    pattern = shape.metadata.get("pattern")
    shown = "the value" if shape.metadata.get("sensitive") else repr(value)
    if shape.enum and value not in shape.enum:
        yield at, shape.name, f"{shown} is none of {', '.join(shape.enum)}"
    elif pattern and not re.fullmatch(pattern, value) and not (laptop and pattern.startswith("https://")):
        yield at, shape.name, f"{shown} does not match {pattern}"
    else:
        yield from _too_long(shape, value, at, "characters")


def _too_long(shape: Shape, value: Any, at: Steps, unit: str) -> Iterator[tuple[Steps, str, str]]:
    longest = shape.metadata.get("max")
    if longest is not None and len(value) > longest:
        yield at, shape.name, f"has {len(value)} {unit}; {longest} are allowed"
