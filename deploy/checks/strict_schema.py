"""CloudFormation's own resource schemas, read more strictly than cfn-lint reads them.

cfn-lint searches where a pattern is not anchored, so that a hyphen in a runtime's name passes, and it lets a target
through that has two members of a union. Here a pattern is the whole text, a union has one member, and only what a
template leaves to CloudFormation (`Ref`, `Fn::…`) is taken for anything.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import regex
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from jsonschema import Draft7Validator, validators
from jsonschema.exceptions import ValidationError

from deploy.checks.findings import Finding, Resource, Template, Templates

CHECK: Final = "strict_schema"
_REGION: Final = "us-east-1"
_OWN_KEYWORDS: Final = ("additionalProperties", "pattern", "patternProperties", "type")
#: Patterns that say how a text begins or what it has, and mean no whole.
_PARTIAL: Final = frozenset({r"\S", r"^[^:]"})
#: Values that the service documents and its schema does not know yet, by type.
_NEWER: Final = {("AWS::Cognito::UserPoolClient", "ALLOW_TOKEN_EXCHANGE_DELEGATION")}
#: CloudFormation reads these texts as what they say.
_WRITTEN: Final = {
    "boolean": re.compile(r"true|false", re.IGNORECASE),
    "integer": re.compile(r"-?\d+"),
    "number": re.compile(r"-?\d+(\.\d+)?"),
}


def strict_schema(templates: Templates) -> Iterator[Finding]:
    """Every resource of AWS against the schema of its type."""
    for stack, template in templates.items():
        for resource in _resources(stack, template):
            yield from _of_resource(resource)


def _resources(stack: str, template: Template) -> Iterator[Resource]:
    for logical_id, resource in template.get("Resources", {}).items():
        if resource["Type"].startswith("AWS::"):
            yield Resource(stack, logical_id, resource["Type"], resource.get("Properties", {}))


def _of_resource(resource: Resource) -> Iterator[Finding]:
    schema = _schema(resource.kind)
    if schema is None:
        yield resource.wrong(CHECK, f"{resource.kind} is no type in {_REGION}")
        return
    for error in _STRICT(schema).iter_errors(dict(resource.properties)):
        if error.validator == "enum" and (resource.kind, error.instance) in _NEWER:
            continue
        yield resource.wrong(CHECK, _told(error))
    for path in schema.get("readOnlyProperties", ()):
        name = path.removeprefix("/properties/")
        if name in resource.properties:
            yield resource.wrong(CHECK, f"{name} is what AWS answers, not what a template sets")


def _told(error: ValidationError) -> str:
    place = "/".join(str(each) for each in error.absolute_path) or "its properties"
    if error.context:
        reasons = sorted({_told(each) for each in error.context})
        return f"{place}: {error.validator} of its schema does not hold ({'; '.join(reasons)[:300]})"
    return f"{place}: {error.message[:300]}"


@cache
def _schema(kind: str) -> Mapping[str, Any] | None:
    if kind not in PROVIDER_SCHEMA_MANAGER.get_resource_types(_REGION):
        return None
    schema: Mapping[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(_REGION, kind).schema
    return schema


def _is_left_open(value: Any) -> bool:
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    [name] = value
    return bool(name == "Ref" or name.startswith("Fn::"))


def _closed(keyword: Any) -> Any:
    """A keyword that has nothing to say about what CloudFormation fills in."""

    def checked(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        if not _is_left_open(instance):
            yield from keyword(validator, wanted, instance, schema) or ()

    return checked


def _whole_pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    found = regex.search if pattern in _PARTIAL else regex.fullmatch
    if isinstance(instance, str) and not found(pattern, instance):
        yield ValidationError(f"{instance!r} is not wholly {pattern}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    for pattern, wanted in patterns.items():
        for name, value in instance.items() if isinstance(instance, Mapping) else ():
            if regex.search(pattern, name):
                yield from validator.descend(value, wanted, path=name, schema_path=pattern)


def _additional_properties(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    for name, value in instance.items() if isinstance(instance, Mapping) else ():
        if name in schema.get("properties", {}):
            continue
        if any(regex.search(pattern, name) for pattern in schema.get("patternProperties", {})):
            continue
        if wanted is False:
            yield ValidationError(f"{name!r} is not one of its members")
        elif wanted is not True:
            yield from validator.descend(value, wanted, path=name)


def _type(validator: Any, wanted: str | list[str], instance: Any, schema: Any) -> Iterator[ValidationError]:
    names = [wanted] if isinstance(wanted, str) else wanted
    if isinstance(instance, str) and any(name in _WRITTEN and _WRITTEN[name].fullmatch(instance) for name in names):
        return
    if isinstance(instance, bool | int | float) and "string" in names:
        return
    yield from Draft7Validator.VALIDATORS["type"](validator, wanted, instance, schema) or ()


_STRICT: Final = validators.extend(
    Draft7Validator,
    {
        **{name: _closed(keyword) for name, keyword in Draft7Validator.VALIDATORS.items() if name not in _OWN_KEYWORDS},
        "additionalProperties": _closed(_additional_properties),
        "pattern": _closed(_whole_pattern),
        "patternProperties": _closed(_pattern_properties),
        "type": _closed(_type),
    },
)
