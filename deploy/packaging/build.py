"""Puts packages together."""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.packaging.archive import write_zip
from deploy.packaging.closure import ROOT, own_files
from deploy.packaging.dependencies import bill, install
from deploy.packaging.inspection import inspect, inspect_zip
from deploy.packaging.plan import ARM64, PYTHON, Package, Platform
from deploy.programs import interpreter, output_of

_MAIN = '''"""Started by AgentCore Runtime."""

import runpy

runpy.run_module("{entry}", run_name="__main__", alter_sys=True)
'''


@dataclass(frozen=True, slots=True)
class Built:
    """A package as it lies there.

    Attributes:
        key: Where `make deploy` puts it.
        sha256: Of the zip, hexadecimal.
        bytecode: Whether it is compiled; without an interpreter of the target version it is not.
    """

    name: str
    key: str
    sha256: str
    zipped_bytes: int
    unpacked_bytes: int
    files: int
    bytecode: bool


def build_all(chosen: Sequence[Package], out: Path, platform: Platform = ARM64, root: Path = ROOT) -> list[Built]:
    """Builds packages into a folder, each with its bill of materials, and a report of all.

    Raises:
        DeployError: One cannot be built or may not be deployed.
    """
    out.mkdir(parents=True, exist_ok=True)
    python = interpreter(PYTHON)
    built = [build(package, out, platform, python, root) for package in chosen]
    report = json.dumps([asdict(each) for each in built], indent=1)
    (out / "report.json").write_text(report + "\n", encoding="utf-8")
    return built


def build(package: Package, out: Path, platform: Platform, python: Path | None, root: Path = ROOT) -> Built:
    """Builds one."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / package.name
        folder.mkdir()
        install(package, platform, folder, root)
        for path in own_files(package.entry, package.folders, root):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / path, folder / path)
        if package.runtime:
            (folder / "main.py").write_text(_MAIN.format(entry=package.entry[0]), encoding="utf-8")
        if python is not None:
            compile_bytecode(folder, python)
        unpacked = inspect(package, platform, folder)
        file = out / f"{package.name}.zip"
        digest = write_zip(folder, file)
        text = json.dumps(bill(package, root), indent=1, sort_keys=True)
        (out / f"{package.name}.cdx.json").write_text(text + "\n", encoding="utf-8")
        files = sum(path.is_file() for path in folder.rglob("*"))
        key = f"{package.name}/{digest}.zip"
        return Built(package.name, key, digest, inspect_zip(package, file), unpacked, files, python is not None)


def compile_bytecode(folder: Path, python: Path) -> None:
    """Compiles everything for an interpreter that may not write beside it: it would compile anew at every start.

    Unchecked, so that no date counts; with fixed hashes, so that the same source gives the same bytes.
    """
    output_of(
        [python, "-m", "compileall", "-q", "-j", "1", "--invalidation-mode", "unchecked-hash", "-s", folder, "."],
        folder=folder,
        environment={**_environment(), "PYTHONHASHSEED": "0"},
    )


def _environment() -> dict[str, str]:
    # compileall of another interpreter wants none of ours.
    kept = ("PATH", "HOME", "LANG")
    return {name: value for name in kept if (value := os.environ.get(name)) is not None}  # noqa: TID251 - a child's
