"""Validate a document against a shape of AWS's model, all of it.

botocore's own validator checks types, required members, unions and minima and leaves the rest to the service: that is
us. Ours adds maxima, patterns and enumerations, takes JSON booleans for booleans only, and reports without values.
"""

import re
from typing import Any

from botocore.model import Shape, StringShape
from botocore.validate import ParamValidator, ValidationErrors

from identity.vault.errors import RequestInvalid

LONGEST_MATCHED = 2048


class StrictValidator(ParamValidator):
    """Checks a parsed JSON document against every constraint of a shape."""

    def _validate(self, params: Any, shape: Shape, errors: ValidationErrors, name: str) -> None:
        if isinstance(params, bool) and shape.type_name in {"integer", "long", "float", "double"}:
            errors.report(name, "invalid type", param=params, valid_types=[shape.type_name])
            return
        super()._validate(params, shape, errors, name)  # type: ignore[misc]  # the stubs leave it out
        _check_maximum(params, shape, errors, name)
        if isinstance(params, str) and isinstance(shape, StringShape):
            _check_text(params, shape, errors, name)

    def _shape_has_constraints(self, shape: Shape) -> bool:
        return bool(shape.metadata)


def check(document: Any, shape: Shape) -> None:
    """Check a document against a shape.

    Raises:
        RequestInvalid: With the path and the fault of every bad member, never its value.
    """
    errors = StrictValidator().validate(document, shape)
    faults = tuple((_path(name, details), reason) for reason, name, details in errors._errors)  # noqa: SLF001  the report of botocore prints values, and values are secrets here
    if faults:
        raise RequestInvalid("; ".join(f"{path}: {reason}" for path, reason in faults), fields=faults)


def _check_maximum(params: Any, shape: Shape, errors: ValidationErrors, name: str) -> None:
    maximum = shape.metadata.get("max")
    if maximum is None:
        return
    size = len(params) if isinstance(params, str | list | dict) else params
    if isinstance(size, int | float) and size > maximum:
        errors.report(name, "invalid length" if size is not params else "invalid range", param=None, min_allowed=None)


def _check_text(text: str, shape: StringShape, errors: ValidationErrors, name: str) -> None:
    if shape.enum and text not in shape.enum:
        errors.report(name, "not one of the allowed values")
    pattern = shape.metadata.get("pattern")
    # The pattern of tokens takes cubic time on a long text that does not match; tokens have a parser of their own.
    if pattern is not None and len(text) <= LONGEST_MATCHED and not re.fullmatch(pattern, text):
        errors.report(name, "does not match the pattern")


def _path(name: str, details: dict[str, Any]) -> str:
    parent = name.removeprefix(".") or "input"
    member = details.get("required_name") or details.get("unknown_param")
    return f"{parent}.{member}" if member else parent
