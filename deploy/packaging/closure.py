"""What of this repository goes into a package: the modules that the entry imports, and no others.

Found by reading the source, as the house tests find dependencies: an import inside a function counts too.
"""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
OWN: Final = ("agent", "apis", "gateway_config", "identity", "mcp_servers")
_NO_DATA: Final = frozenset({".py", ".pyc"})


def own_files(entries: Iterable[str], folders: Iterable[str] = (), root: Path = ROOT) -> list[Path]:
    """Paths of source and data, relative to the root, in order.

    Args:
        entries: Modules.
        folders: Whole folders of data.
        root: Of the repository.
    """
    sources = {path for module in modules(entries, root) if (path := _source(module, root)) is not None}
    found = set(sources)
    for source in sources:
        found.update(_packages_above(source, root))
        found.update(_data_beside(source))
    for folder in folders:
        found.update(path for path in (root / folder).rglob("*") if path.is_file() and path.suffix not in _NO_DATA)
    return sorted(path.relative_to(root) for path in found)


def modules(entries: Iterable[str], root: Path = ROOT) -> set[str]:
    """Own modules that are imported, directly or not."""
    seen: set[str] = set()
    waiting = list(entries)
    while waiting:
        module = waiting.pop()
        if module in seen or module.partition(".")[0] not in OWN:
            continue
        if _source(module, root) is None:
            continue
        seen.add(module)
        # Python runs the packages above a module first.
        waiting.extend(module.rsplit(".", depth)[0] for depth in range(1, module.count(".") + 1))
        waiting.extend(imports_of(module, root))
    return seen


def imports_of(module: str, root: Path = ROOT) -> Iterator[str]:
    """What a module of this repository imports; of `from a import b` both `a` and `a.b`."""
    source = _source(module, root)
    if source is None:
        return
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _source(module: str, root: Path) -> Path | None:
    path = root.joinpath(*module.split("."))
    return next((one for one in (path.with_suffix(".py"), path / "__init__.py") if one.is_file()), None)


def _packages_above(source: Path, root: Path) -> Iterator[Path]:
    for folder in source.relative_to(root).parents[:-1]:
        init = root / folder / "__init__.py"
        if init.is_file():
            yield init


def _data_beside(source: Path) -> Iterator[Path]:
    """Files beside a module, and folders there that hold data alone."""
    for path in source.parent.iterdir():
        if path.is_file() and path.suffix not in _NO_DATA:
            yield path
        elif path.is_dir() and path.name != "__pycache__" and not any(path.rglob("*.py")):
            yield from (each for each in path.rglob("*") if each.is_file() and each.suffix not in _NO_DATA)
