"""What a check says, and how it walks through templates."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Template = Mapping[str, Any]
Templates = Mapping[str, Template]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be.

    Attributes:
        check: Name of the check.
        place: Stack and resource.
        text: What is wrong, and what would be right.
    """

    check: str
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text} [{self.check}]"


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a template."""

    stack: str
    logical_id: str
    kind: str
    properties: Mapping[str, Any]

    @property
    def place(self) -> str:
        return f"{self.stack}/{self.logical_id}"

    def wrong(self, check: str, text: str) -> Finding:
        return Finding(check, self.place, text)


Check = Callable[[Templates], Iterator[Finding]]


def resources(templates: Templates, *kinds: str) -> Iterator[Resource]:
    """Those of some types, of all stacks."""
    for stack, template in templates.items():
        for logical_id, resource in template.get("Resources", {}).items():
            if resource["Type"] in kinds:
                yield Resource(stack, logical_id, resource["Type"], resource.get("Properties", {}))


def walked(value: Any) -> Iterator[Any]:
    """A value and everything in it."""
    yield value
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for each in inner:
        yield from walked(each)


def refers_to(value: Any, logical_id: str) -> bool:
    """Whether a value names a resource of its own stack."""
    return any(
        isinstance(each, Mapping)
        and (each.get("Ref") == logical_id or (each.get("Fn::GetAtt") or [None])[0] == logical_id)
        for each in walked(value)
    )
