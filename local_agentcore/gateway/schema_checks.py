"""Checks arguments and answers against the schemas of a tool whose target does not do it itself."""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import SchemaError, best_match

from local_agentcore.gateway.errors import InvalidParams, SchemaUnusable


def checker(schema: Mapping[str, Any]) -> Draft202012Validator:
    """What checks values against a schema; made once, for many.

    Raises:
        SchemaUnusable: It is none.
    """
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise SchemaUnusable from error
    return Draft202012Validator(schema)


def require_fit(checks: Draft202012Validator, arguments: Mapping[str, Any]) -> None:
    """Check the arguments of a call.

    Raises:
        InvalidParams: They do not fit; it names the place, never the value.
    """
    wrong = best_match(checks.iter_errors(arguments))
    if wrong is not None:
        raise InvalidParams(_place(wrong))


def _place(error: ValidationError) -> str:
    steps = ["arguments", *(str(step) for step in error.absolute_path)]
    if error.validator == "required" and isinstance(error.instance, Mapping):
        missing = [name for name in error.validator_value if name not in error.instance]
        steps += missing[:1]
    return ".".join(steps)
