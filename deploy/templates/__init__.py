"""The synthesised templates, committed: they are reviewed like code, and tests read them without Node.js."""

import json
from pathlib import Path
from typing import Any, Final, Protocol

TEMPLATES: Final = Path(__file__).parent


class _Artifact(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def template(self) -> Any: ...


class _Assembly(Protocol):
    @property
    def stacks(self) -> list[_Artifact]: ...


def write_templates(assembly: _Assembly, folder: Path) -> None:
    """Writes `<environment>/<stack>.json` for every stack and removes what no stack is behind any more."""
    written = set()
    for stack in assembly.stacks:
        environment, name = stack.id.split("-", 1)
        file = folder / environment / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(stack.template, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        written.add(file)
    for stale in set(folder.glob("*/*.json")) - written:
        stale.unlink()


def read_templates(environment: str, folder: Path = TEMPLATES) -> dict[str, dict[str, Any]]:
    """The templates of one environment by stack name."""
    return {
        file.stem: json.loads(file.read_text(encoding="utf-8"))
        for file in sorted((folder / environment).glob("*.json"))
    }
