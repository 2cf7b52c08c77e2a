"""The zips that are deployed: arm64 code, the same bytes from the same source, and nothing of this machine."""

import json
import zipfile
from pathlib import Path

import pytest

from deploy.packaging.build import build_all
from deploy.packaging.plan import packages

NAMES = ("authorizer", "api-routes")


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    chosen = [each for each in packages() if each.name in NAMES]
    one, other = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("other")
    build_all(chosen, one)
    build_all(chosen, other)
    return one, other


@pytest.mark.parametrize("name", NAMES)
def test_the_same_source_gives_the_same_bytes(twice: tuple[Path, Path], name: str) -> None:
    for file in (f"{name}.zip", f"{name}.cdx.json", "report.json"):
        assert (twice[0] / file).read_bytes() == (twice[1] / file).read_bytes(), file


@pytest.mark.parametrize("name", NAMES)
def test_all_code_is_for_arm64(twice: tuple[Path, Path], name: str) -> None:
    with zipfile.ZipFile(twice[0] / f"{name}.zip") as archive:
        libraries = [each for each in archive.namelist() if each.endswith(".so") or ".so." in each]
        machines = {int.from_bytes(archive.read(each)[18:20], "little") for each in libraries}
    assert libraries
    assert machines == {183}


@pytest.mark.parametrize("name", NAMES)
def test_the_bill_names_what_is_in_the_zip(twice: tuple[Path, Path], name: str) -> None:
    bill = json.loads((twice[0] / f"{name}.cdx.json").read_text("utf-8"))
    named = {each["name"].lower().replace("-", "_") for each in bill["components"]}
    with zipfile.ZipFile(twice[0] / f"{name}.zip") as archive:
        installed = {
            each.split("-")[0].lower().replace("-", "_")
            for each in archive.namelist()
            if each.endswith(".dist-info/METADATA")
        }
    assert installed <= named
    assert "pydantic" in installed


def test_a_function_has_its_own_modules_and_no_other_teams(twice: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(twice[0] / "api-routes.zip") as archive:
        names = set(archive.namelist())
    assert {"apis/routes/function.py", "apis/routes/places.toml"} <= names
    assert not [each for each in names if each.startswith(("apis/activities", "agent/", "mcp_servers/", "tests/"))]
    assert not [each for each in names if "authorization_server" in each or "/vault/" in each]
