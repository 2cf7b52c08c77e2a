"""Reads one file of `gateway_config/` and puts values where it has placeholders.

`${KIND:name}` marks what differs between a laptop and an account: `${URL:mcp-routes}`, `${ISSUER:coach}`,
`${SECRET:client}`, `${REGION}`, `${GATEWAY_ARN}`. `${FILE:schemas/socials.tools.json}` is the text of another file
of the folder, with its own placeholders filled: AWS takes schemas as text inside a request.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from gateway_config.errors import ConfigInvalid, ConfigUnreadable, PlaceholderUnknown

T = TypeVar("T")
FOLDER = Path(__file__).parent
Steps = tuple[str | int, ...]
_PLACEHOLDER = re.compile(r"\$\{([A-Z][A-Z_]*(?::[a-z0-9-]+)?)\}")
FILE_PLACEHOLDER = re.compile(r"\$\{FILE:([a-z0-9._/-]+)\}")
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def document(folder: Path, name: str, values: Mapping[str, str] | None = None) -> Any:
    """The content of one YAML file.

    Args:
        folder: The folder of the configuration.
        name: The file, relative to it.
        values: Placeholder without its marks to value; None leaves placeholders as they are.

    Raises:
        ConfigUnreadable: The file, or one that it names, is missing or not YAML.
        PlaceholderUnknown: A placeholder has no value.
    """
    try:
        content = yaml.load(text(folder, name), Loader=_LOADER)  # noqa: S506 - a safe loader, see above
    except yaml.YAMLError as error:
        raise ConfigUnreadable(str(error), file=name) from error
    return content if values is None else _Filling(folder, name, values).filled(content, ())


def names(folder: Path, below: str, ending: str = ".yaml") -> list[str]:
    """The files of a folder of the configuration, relative to the configuration, in order."""
    return sorted(path.relative_to(folder).as_posix() for path in (folder / below).glob(f"*{ending}"))


def text(folder: Path, name: str) -> str:
    """The text of one file.

    Raises:
        ConfigUnreadable: It is missing, not UTF-8, or outside the folder.
    """
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ConfigUnreadable("is outside the configuration", file=name)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigUnreadable(str(error), file=name) from error


def filled(template: str, values: Mapping[str, str], *, file: str = "", path: str = "") -> str:
    """One text with its placeholders resolved.

    Raises:
        PlaceholderUnknown: A placeholder has no value.
    """

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise PlaceholderUnknown(f"nothing is known for {match[0]}", file=file, path=path)
        return values[match[1]]

    return _PLACEHOLDER.sub(value, template)


def placeholders(template: str) -> Iterator[str]:
    """The placeholders of a text, without their marks."""
    return (match[1] for match in _PLACEHOLDER.finditer(template))


def checked(adapter: TypeAdapter[T], content: Any, file: str) -> T:
    """What a file says, as a type.

    Raises:
        ConfigInvalid: It does not fit; every place that does not is named.
    """
    try:
        return adapter.validate_python(content)
    except ValidationError as error:
        first, *more = error.errors(include_url=False, include_input=False)
        others = f" (and {len(more)} more: {', '.join(place(one['loc']) for one in more)})" if more else ""
        raise ConfigInvalid(first["msg"] + others, file=file, path=place(first["loc"])) from error


def place(path: Steps) -> str:
    """A path as people write it: `clients[2].scopes[0]`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


@dataclass(frozen=True)
class _Filling:
    """Fills the placeholders of one file."""

    folder: Path
    name: str
    values: Mapping[str, str]

    def filled(self, content: Any, at: Steps) -> Any:
        if isinstance(content, dict):
            return {key: self.filled(value, (*at, key)) for key, value in content.items()}
        if isinstance(content, list):
            return [self.filled(value, (*at, index)) for index, value in enumerate(content)]
        if isinstance(content, str):
            whole = FILE_PLACEHOLDER.sub(lambda match: text(self.folder, match[1]), content)
            return filled(whole, self.values, file=self.name, path=place(at))
        return content
