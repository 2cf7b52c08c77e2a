"""Guards of the house: names, imports, sizes, dependency groups."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ("agent", "apis", "gateway_config", "identity", "local_agentcore", "mcp_servers")
DISTRIBUTION = "fitness-coach-agent"
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
BANNED_NAMES = re.compile(r"^(util|utils|helper|helpers|manager|managers|common|misc|base)\.py$")
LONGEST_MODULE = 600
# They read settings when they are imported: a process of the laptop, and the functions on AWS Lambda.
ENTRY_MODULES = re.compile(r"__main__\.py|(.+_)?function\.py")
# Process boundaries: a part's thread, the Lambda functions, the vault's and the agent's entry points, a turn's task.
MOST_BROAD_EXCEPTS = 6


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_ships_our_package_names(package: str) -> None:
    assert set(packages_distributions().get(package, [])) <= {DISTRIBUTION}


def test_no_folder_is_named_like_a_module_of_a_dependency() -> None:
    ours = {path.name for path in ROOT.iterdir() if path.is_dir()}
    assert ours.isdisjoint({"mcp", "strands", "bedrock_agentcore", "authlib", "starlette"})


def test_importing_every_module_opens_no_socket_and_no_file_for_writing() -> None:
    modules = [module_name(path) for path in SOURCES if not ENTRY_MODULES.fullmatch(path.name)]
    # In a process of its own: what this one has imported already would not be imported again.
    program = f"""
import sys
import importlib
modules = {modules!r}
# Loaded first, so that what libraries do at import is not held against us.
for library in ("asyncio", "boto3", "strands", "mcp.client", "bedrock_agentcore", "authlib.oauth2", "cedarpy",
                "aws_lambda_powertools.event_handler", "numpy", "scipy.special", "uvicorn", "tzfpy", "rich.markdown",
                "prompt_toolkit", "httpx", "httpx2", "opentelemetry.sdk.trace", "fitdecode", "yaml", "uvloop"):
    importlib.import_module(library)
effects = []
def watch(event, arguments):
    if event in ("socket.connect", "socket.bind", "subprocess.Popen", "os.mkdir", "sqlite3.connect"):
        effects.append((event, str(arguments)[:200]))
    elif event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        if "__pycache__" not in str(arguments[0]):
            effects.append((event, str(arguments)[:200]))
sys.addaudithook(watch)
for module in modules:
    importlib.import_module(module)
assert not effects, effects
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_modules_stay_short_and_are_named_by_what_they_hold() -> None:
    long = {
        module_name(path): lines
        for path in SOURCES
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST_MODULE
    }
    assert not long
    assert not [module_name(path) for path in SOURCES if BANNED_NAMES.match(path.name)]


def swallows_everything(node: ast.ExceptHandler) -> bool:
    """A broad handler that does not raise again: one that only cleans up and re-raises hides nothing."""
    broad = node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
    return broad and not any(isinstance(inner, ast.Raise) and inner.exc is None for inner in ast.walk(node))


def test_broad_excepts_stand_at_process_boundaries_only() -> None:
    broad = [
        f"{module_name(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler) and swallows_everything(node)
    ]
    assert len(broad) <= MOST_BROAD_EXCEPTS, broad


def test_deployable_groups_cover_the_dependencies_and_name_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    name = re.compile(r"^[A-Za-z0-9-]+")

    def names(requirements: list[str]) -> set[str]:
        return {match[0] for requirement in requirements if (match := name.match(requirement))}

    needed = names(project["project"]["dependencies"])
    groups = [set_ for group, set_ in project["dependency-groups"].items() if group.startswith("deploy-")]
    shipped = set().union(*(names(group) for group in groups))
    assert shipped <= needed
    # What the laptop alone runs.
    assert needed - shipped <= {"aiohttp", "jsonschema", "uvicorn", "uvloop", "httptools", "pyyaml"}


def test_the_repository_names_no_path_of_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    pattern = re.compile(rb"/(work|root|home/[a-z]+)/[A-Za-z.]")
    named = [path for path in listed.decode().split("\0") if path and pattern.search((ROOT / path).read_bytes())]
    assert named == []
