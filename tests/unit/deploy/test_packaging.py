import zipfile
from pathlib import Path

import pytest

from deploy import names
from deploy.errors import PackageRefused, ToolFailed
from deploy.packaging.archive import write_zip
from deploy.packaging.closure import ROOT, modules, own_files
from deploy.packaging.inspection import inspect, inspect_zip
from deploy.packaging.plan import ARM64, Package, packages
from deploy.programs import output_of

PACKAGE = Package("api-routes", ("apis.routes.function",), "deploy-api-light", runtime=False)


def elf(machine: int) -> bytes:
    return b"\x7fELF" + bytes(14) + machine.to_bytes(2, "little") + bytes(40)


def test_the_packages_are_those_that_the_stacks_ask_for() -> None:
    assert {each.name for each in packages()} == set(names.packages())


@pytest.mark.parametrize("package", packages(), ids=lambda each: each.name)
def test_a_package_has_its_entry_and_nothing_that_is_deployed_elsewhere(package: Package) -> None:
    files = {path.as_posix() for path in own_files(package.entry, package.folders)}
    for entry in package.entry:
        assert f"{entry.replace('.', '/')}.py" in files
    assert not [each for each in files if each.startswith(("local_agentcore", "deploy", "tests", "agent/terminal"))]
    assert not [each for each in files if "authorization_server" in each or each.startswith("identity/vault/")]
    teams = {each.split("/")[1] for each in files if each.startswith(("apis/", "mcp_servers/"))} & set(names.TEAMS)
    assert len(teams) <= 1


def test_data_beside_modules_comes_along() -> None:
    routes = {path.as_posix() for path in own_files(("apis.routes.function",))}
    assert {"apis/routes/places.toml", "apis/__init__.py"} <= routes
    assert "apis/support/articles/privacy.md" in {p.as_posix() for p in own_files(("apis.support.function",))}
    agent = {path.as_posix() for path in own_files(("agent.app",), ("gateway_config",))}
    assert {"gateway_config/hops.yaml", "gateway_config/targets/socials.yaml"} <= agent


def test_an_import_inside_a_function_is_followed() -> None:
    assert "apis.serving.dynamo_store" in modules(("apis.support.function",), ROOT)


@pytest.mark.parametrize(
    ("name", "content", "fine"),
    [
        ("a.so", elf(183), True),
        ("a.so", elf(62), False),
        ("hidden", elf(62), False),
        ("a.so", b"no library", True),
        ("certifi/cacert.pem", b"roots", True),
        ("other/cacert.pem", b"roots", False),
        ("keys/coach.jwks", b"{}", False),
        (".env", b"A=B", False),
        ("items.sqlite", b"", False),
    ],
)
def test_code_of_another_processor_and_what_looks_like_a_secret_are_refused(
    tmp_path: Path, name: str, content: bytes, fine: bool
) -> None:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    if fine:
        assert inspect(PACKAGE, ARM64, tmp_path) == len(content)
        return
    with pytest.raises(PackageRefused, match=file.name.rpartition("/")[2]):
        inspect(PACKAGE, ARM64, tmp_path)


def test_more_than_lambda_takes_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(PACKAGE.most_unpacked + 1)
    with pytest.raises(PackageRefused, match="the most"):
        inspect(PACKAGE, ARM64, tmp_path)
    with pytest.raises(PackageRefused, match="zip"):
        inspect_zip(PACKAGE, tmp_path / "large")


def test_a_zip_of_the_same_content_is_the_same_whenever_it_is_made(tmp_path: Path) -> None:
    digests = []
    for folder, order in (("one", ("b", "a/c")), ("other", ("a/c", "b"))):
        for name in order:
            (tmp_path / folder / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / folder / name).write_text(name)
            (tmp_path / folder / name).chmod(0o700 if folder == "one" else 0o644)
        digests.append(write_zip(tmp_path / folder, tmp_path / f"{folder}.zip"))
    assert digests[0] == digests[1]
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.namelist() == ["a/c", "b"]
    (tmp_path / "one" / "b").write_text("changed")
    assert write_zip(tmp_path / "one", tmp_path / "one.zip") != digests[0]


def test_a_program_that_fails_is_told_of_with_what_it_said() -> None:
    with pytest.raises(ToolFailed, match="no such thing"):
        output_of(["bash", "-c", "echo no such thing >&2; exit 3"])
